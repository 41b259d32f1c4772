import type { Raw } from '../model/column.ts'
import { grownU16, grownU32 } from './growing.ts'
import { firstAfter } from './moments.ts'
import type { Form } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { bucketBits, bucketCount, type Ended, indexSlots, type SlotIndex } from './slot-index.ts'
import { ValueArray } from './value-array.ts'

/** Rows at the end that a search walks through; with more of them the index is made anew. */
const WALK = 64

/** The history of a block since its last checkpoint: facts that ended, appended in order of `to`. */
export class OpenRows implements Ended {
  slot: Uint16Array = new Uint16Array(0)
  from: Uint32Array = new Uint32Array(0)
  to: Uint32Array = new Uint32Array(0)
  readonly #value: ValueArray
  #index: SlotIndex | undefined

  constructor(form: Form) {
    this.#value = new ValueArray(form)
  }

  get value(): Raw {
    return this.#value.raw
  }

  get bytes(): number {
    return (
      this.slot.byteLength +
      this.from.byteLength +
      this.to.byteLength +
      this.#value.bytes +
      (this.#index ? this.#index.bytes : 0)
    )
  }

  widen(form: Form): void {
    this.#value.widen(form)
  }

  write(row: number, slot: number, value: RawValue, from: number, to: number): void {
    if (row >= this.slot.length) {
      this.slot = grownU16(this.slot, row + 1)
      this.from = grownU32(this.from, row + 1)
      this.to = grownU32(this.to, row + 1)
    }
    this.slot[row] = slot
    this.#value.set(row, value)
    this.from[row] = from
    this.to[row] = to
  }

  get(row: number): RawValue {
    return this.#value.get(row)
  }

  /** The first of `rows` rows that ended after `t`. */
  firstAfter(rows: number, t: number): number {
    return firstAfter(this.to, rows, t)
  }

  /** The first of `rows` rows of a slot that ended after `t`, or -1. */
  after(rows: number, slots: number, slot: number, t: number): number {
    if (rows === 0 || this.to[rows - 1] <= t) return -1
    let index = this.#index
    if (rows - (index ? index.rows : 0) > WALK) {
      const bits = bucketBits(rows, slots)
      const starts = new Uint16Array(bucketCount(slots, bits) + 1)
      this.#index = index = indexSlots(this, rows, slots, bits, new Uint16Array(rows), starts)
    }
    const found = index ? index.after(this, slot, t) : -1
    if (found >= 0) return found
    for (let row = index ? index.rows : 0; row < rows; row++)
      if (this.slot[row] === slot && this.to[row] > t) return row
    return -1
  }
}
