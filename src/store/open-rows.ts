import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import type { Address, Memory } from './memory.ts'
import { firstAfter } from './moments.ts'
import { copyRows, type Form, rawOver, widthOf } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { bucketBits, bucketCount, type Ended, indexSlots, type SlotIndex } from './slot-index.ts'
import { formCode, formOf, setRaw } from './value-array.ts'

/** Rows at the end that a search walks through; with more of them the index is made anew. */
const WALK = 64

const HEADER = 64
const COUNT = 0
const FORM = 1
const ROOM = 2

/**
 * The history of a block since its last checkpoint: facts that ended, appended in order of `to`. All in one piece of memory, behind
 * the count of rows: values, `to`, `from`, slots. Rows that count never change.
 */
export class OpenRows implements Ended {
  readonly address: Address
  readonly value: Raw
  readonly to: Uint32Array
  readonly from: Uint32Array
  readonly slot: Uint16Array
  readonly #cells: Uint32Array
  #index: SlotIndex | undefined

  constructor(memory: Memory, address: Address) {
    const { buffer, offset } = memory.place(address)
    this.address = address
    this.#cells = new Uint32Array(buffer, offset, HEADER / 4)
    const room = this.#cells[ROOM]
    const form = formOf(this.#cells[FORM])
    const moments = offset + HEADER + room * widthOf(form)
    this.value = rawOver(form, buffer, offset + HEADER, room)
    this.to = new Uint32Array(buffer, moments, room)
    this.from = new Uint32Array(buffer, moments + 4 * room, room)
    this.slot = new Uint16Array(buffer, moments + 8 * room, room)
  }

  /** `room` is even. */
  static make(memory: Memory, form: Form, room: number): Address {
    const address = memory.allocate(HEADER + room * (widthOf(form) + 10))
    const cells = memory.u32(address)
    cells[FORM] = formCode(form)
    cells[ROOM] = room
    return address
  }

  get rows(): number {
    return Atomics.load(this.#cells, COUNT)
  }

  get full(): boolean {
    return this.#cells[COUNT] === this.to.length
  }

  /** The same rows with more room, or with values in a wider form. */
  replaced(memory: Memory, form: Form, room: number): Address {
    const address = OpenRows.make(memory, form, room)
    const other = new OpenRows(memory, address)
    const { rows } = this
    copyRows(this.value, rows, other.value, 0)
    other.to.set(this.to)
    other.from.set(this.from)
    other.slot.set(this.slot)
    other.#cells[COUNT] = rows
    return address
  }

  /** What is written afterwards is seen by nobody who does not see the row. */
  append(slot: number, value: RawValue, from: T, to: T): void {
    const row = this.#cells[COUNT]
    this.slot[row] = slot
    setRaw(this.value, row, value)
    this.from[row] = from
    this.to[row] = to
    Atomics.add(this.#cells, COUNT, 1)
  }

  /** The first of `rows` rows that ended after `t`. */
  firstAfter(rows: number, t: T): number {
    return firstAfter(this.to, rows, t)
  }

  /** The first of `rows` rows of a slot that ended after `t`, or -1. */
  after(rows: number, slots: number, slot: number, t: T): number {
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
