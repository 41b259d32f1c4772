import { keyText } from '../columns/numbering.ts'
import { BLOCK, type Run } from '../columns/relation.ts'
import type { Vector } from '../columns/vector.ts'

/** Values up to this many are numbered by an array instead of a map: ordinals and codes are small. */
const DIRECT = 1 << 22
/** Fewer values than these are quicker in a map. */
const FEW = 64
const NONE = new Int32Array(0)

/** Dense numbers for the values of one column, given out as values come; equal values have equal numbers. */
export class ValueNumbers {
  #direct = NONE
  #wide = false
  readonly #others = new Map<number | bigint | string, number>()
  /** How many different values there are. */
  count = 0

  /** One number a row; a value that is new gets the next one. */
  add(vector: Vector, rows: number, run: Run): Int32Array {
    const out = new Int32Array(rows)
    for (let start = 0; start < rows; start += BLOCK) {
      run.stop()
      const end = Math.min(rows, start + BLOCK)
      if (vector.as === 'i32' || vector.as === 'f64') this.#addNumbers(vector.values, start, end, out)
      else {
        for (let i = start; i < end; i++) {
          const key = vector.as === 'i64' ? vector.values[i] : keyText(vector.values[i])
          let id = this.#others.get(key)
          if (id === undefined) this.#others.set(key, (id = this.count++))
          out[i] = id
        }
      }
    }
    return out
  }

  #addNumbers(values: Int32Array | Float64Array, start: number, end: number, out: Int32Array): void {
    if (!this.#wide && end - start + this.count > FEW) this.#widenFirst()
    for (let i = start; i < end; i++) {
      const x = values[i]
      if (this.#wide && isDirect(x)) {
        if (x >= this.#direct.length) this.#widen(x)
        if (this.#direct[x] === 0) this.#direct[x] = ++this.count
        out[i] = this.#direct[x] - 1
      } else {
        let id = this.#others.get(x)
        if (id === undefined) this.#others.set(x, (id = this.count++))
        out[i] = id
      }
    }
  }

  /** One number a row, -1 for a value without one. The vector must have the form of those that were added. */
  find(vector: Vector, rows: number, run: Run): Int32Array {
    const out = new Int32Array(rows)
    for (let start = 0; start < rows; start += BLOCK) {
      run.stop()
      const end = Math.min(rows, start + BLOCK)
      for (let i = start; i < end; i++) {
        const x = vector.values[i]
        if (this.#wide && typeof x === 'number' && vector.as !== 'any' && isDirect(x))
          out[i] = x < this.#direct.length ? this.#direct[x] - 1 : -1
        else out[i] = this.#others.get(vector.as === 'any' ? keyText(vector.values[i]) : (x as number | bigint)) ?? -1
      }
    }
    return out
  }

  /** From a map to an array, once there are enough values to be worth one. */
  #widenFirst(): void {
    this.#wide = true
    for (const [key, id] of this.#others) {
      if (typeof key !== 'number' || !isDirect(key)) continue
      if (key >= this.#direct.length) this.#widen(key)
      this.#direct[key] = id + 1
      this.#others.delete(key)
    }
  }

  #widen(x: number): void {
    const wider = new Int32Array(Math.min(DIRECT, Math.max(64, 2 * (x + 1))))
    wider.set(this.#direct)
    this.#direct = wider
  }
}

const isDirect = (x: number): boolean => x >= 0 && x < DIRECT && (x | 0) === x

/** Dense numbers for pairs of whole numbers, by open addressing. */
export class PairNumbers {
  #keys = new Int32Array(64)
  #ids = new Int32Array(32).fill(-1)
  count = 0

  /** The number of a pair; the next one where it is new. */
  add(a: number, b: number): number {
    if (this.count * 2 >= this.#ids.length) this.#grow()
    const slot = this.#slot(a, b)
    if (this.#ids[slot] < 0) {
      this.#keys[2 * slot] = a
      this.#keys[2 * slot + 1] = b
      this.#ids[slot] = this.count++
    }
    return this.#ids[slot]
  }

  /** The number of a pair, -1 where it has none. */
  find(a: number, b: number): number {
    return this.#ids[this.#slot(a, b)]
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#ids.byteLength
  }

  #slot(a: number, b: number): number {
    const mask = this.#ids.length - 1
    let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
    let slot = (h ^ (h >>> 13)) & mask
    while (this.#ids[slot] >= 0 && (this.#keys[2 * slot] !== a || this.#keys[2 * slot + 1] !== b))
      slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [keys, ids] = [this.#keys, this.#ids]
    this.#keys = new Int32Array(keys.length * 2)
    this.#ids = new Int32Array(ids.length * 2).fill(-1)
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] < 0) continue
      const slot = this.#slot(keys[2 * i], keys[2 * i + 1])
      this.#keys[2 * slot] = keys[2 * i]
      this.#keys[2 * slot + 1] = keys[2 * i + 1]
      this.#ids[slot] = ids[i]
    }
  }
}
