import { BLOCK, type Run } from './relation.ts'

const bits = new Float64Array(1)
const halves = new Int32Array(bits.buffer)

function hash(key: number): number {
  bits[0] = key
  let h = Math.imul(halves[0] ^ Math.imul(halves[1], 0x85ebca6b), 0x9e3779b1)
  h ^= h >>> 15
  return Math.imul(h, 0x2c1b3c6d)
}

/** An open-addressing table from doubles to numbers from 0. */
export class NumberTable {
  #keys: Float64Array
  #ids: Int32Array
  #mask: number
  count = 0

  constructor(expected: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, Math.min(expected, 1 << 16) * 2)))
    this.#keys = new Float64Array(size)
    this.#ids = new Int32Array(size).fill(-1)
    this.#mask = size - 1
  }

  addAll(values: Int32Array | Float64Array, rows: number, run: Run): Int32Array {
    const ids = new Int32Array(rows)
    for (let start = 0; start < rows; start += BLOCK) {
      run.stop()
      const end = Math.min(rows, start + BLOCK)
      while ((this.count + BLOCK) * 2 > this.#mask) this.#grow()
      for (let i = start; i < end; i++) ids[i] = this.#add(values[i] + 0) // -0 + 0 is 0
    }
    return ids
  }

  findAll(values: Int32Array | Float64Array, rows: number, run: Run): Int32Array {
    const ids = new Int32Array(rows)
    for (let i = 0; i < rows; i++) {
      if (i % BLOCK === 0) run.stop()
      const slot = this.#slot(values[i] + 0)
      ids[i] = this.#ids[slot]
    }
    return ids
  }

  #slot(key: number): number {
    let slot = hash(key) & this.#mask
    while (this.#ids[slot] >= 0 && this.#keys[slot] !== key) slot = (slot + 1) & this.#mask
    return slot
  }

  #add(key: number): number {
    const slot = this.#slot(key)
    if (this.#ids[slot] < 0) {
      this.#keys[slot] = key
      this.#ids[slot] = this.count++
    }
    return this.#ids[slot]
  }

  #grow(): void {
    const [keys, ids] = [this.#keys, this.#ids]
    const size = keys.length * 2
    this.#keys = new Float64Array(size)
    this.#ids = new Int32Array(size).fill(-1)
    this.#mask = size - 1
    for (let i = 0; i < keys.length; i++) {
      if (ids[i] < 0) continue
      const slot = this.#slot(keys[i])
      this.#keys[slot] = keys[i]
      this.#ids[slot] = ids[i]
    }
  }
}
