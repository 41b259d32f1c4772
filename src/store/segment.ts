import { assert } from '../base/assert.ts'
import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import { type Absences, emptyAt, lastAbsence, type OpenAbsences, undoAbsences } from './absences.ts'
import type { Address, Memory } from './memory.ts'
import { firstAfter } from './moments.ts'
import type { OpenRows } from './open-rows.ts'
import { clearRaw, copyRow, copyRows, rawOver, scatterRows, scatterT, widthOf } from './raw-array.ts'
import { bucketBits, bucketCount, type Ended, indexSlots, SlotIndex } from './slot-index.ts'
import { formCode, formOf } from './value-array.ts'

/** Out of shared memory whole words are copied, but only where they begin at words: bytes take five times as long. */
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** What a block held when a segment was closed. */
export interface Live {
  readonly value: Raw
  /** 0 where nothing holds. */
  readonly from: Uint32Array
  /** When the slot first held a fact, 0 for never. */
  readonly first: Uint32Array
  /** Slots ever used. */
  readonly slots: number
  /** How many of them ever held a fact. */
  readonly born: number
  /** How many of them hold a fact. */
  readonly count: number
}

// cells of the header
const HEADER = 64
const ROWS = 0
const ROW_FORM = 1
const FORM = 2
const FLAGS = 3
const KEPT = 4
const NUMBERED = 5
const BITS = 6
const SLOTS = 7
const ABSENCES = 8
const EMPTY_BEFORE = 9

const DENSE = 1
const WHOLE = 2
const SINCE = 4

/**
 * A closed piece of a block's history, and a checkpoint: the values that held at its end. Nothing in it changes any more.
 * All of it lies in one piece of memory:
 *
 *     header | values of rows | values of the checkpoint | to | from of rows | from of the checkpoint | t of absences
 *     slots of rows | order | directory | slots of the checkpoint | slots of absences | empty slots after absences
 *
 * A checkpoint holds every slot and the numbers of those that were left empty, or, where that is smaller, only those that
 * hold a fact with their numbers. It may go without `from`, which then is found in a later one.
 */
export class Segment implements Ended {
  readonly slot: Uint16Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly value: Raw
  /** `to` of the last row: the checkpoint is the state as of this moment. */
  readonly end: T
  /** Whether from its first row to its last every slot held a fact from the slot's first one on. */
  readonly whole: boolean
  readonly bytes: number
  readonly #index: SlotIndex
  readonly #values: Raw
  readonly #since: Uint32Array | null
  /** Slots ever used when it was closed. */
  readonly slots: number
  /** Whether row `i` of the checkpoint is slot `i`. */
  readonly #dense: boolean
  /** Ascending: where dense the slots that were left empty, otherwise those of the rows of the checkpoint. */
  readonly #slots: Uint16Array
  /** Rows of the checkpoint. */
  readonly #kept: number
  readonly #absences: Absences
  /** Slots that were empty before the first row. */
  readonly #emptyBefore: number

  /** The segment at an address. */
  constructor(memory: Memory, address: Address) {
    const { buffer, offset, bytes } = memory.place(address)
    const header = new Uint32Array(buffer, offset, HEADER / 4)
    const rows = header[ROWS]
    const kept = header[KEPT]
    const numbered = header[NUMBERED]
    const absences = header[ABSENCES]
    const rowForm = formOf(header[ROW_FORM])
    const form = formOf(header[FORM])
    const since = (header[FLAGS] & SINCE) !== 0
    const buckets = bucketCount(header[SLOTS], header[BITS]) + 1
    this.bytes = bytes
    this.slots = header[SLOTS]
    this.#dense = (header[FLAGS] & DENSE) !== 0
    this.whole = (header[FLAGS] & WHOLE) !== 0
    this.#kept = kept
    this.#emptyBefore = header[EMPTY_BEFORE]
    let at = offset + HEADER
    /** Where the next part begins. */
    const next = (length: number): number => {
      const start = at
      at += length
      return start
    }
    this.value = rawOver(rowForm, buffer, next(aligned(rows * widthOf(rowForm))), rows)
    this.#values = rawOver(form, buffer, next(aligned(kept * widthOf(form))), kept)
    this.to = new Uint32Array(buffer, next(4 * rows), rows)
    this.from = new Uint32Array(buffer, next(4 * rows), rows)
    this.#since = since ? new Uint32Array(buffer, next(4 * kept), kept) : null
    const lacking = new Uint32Array(buffer, next(4 * absences), absences)
    this.slot = new Uint16Array(buffer, next(2 * rows), rows)
    const order = new Uint16Array(buffer, next(2 * rows), rows)
    const starts = new Uint16Array(buffer, next(2 * buckets), buckets)
    this.#slots = new Uint16Array(buffer, next(2 * numbered), numbered)
    this.#absences = {
      t: lacking,
      slot: new Uint16Array(buffer, next(2 * absences), absences),
      empty: new Uint16Array(buffer, next(2 * absences), absences),
    }
    this.#index = new SlotIndex(order, starts, header[SLOTS], header[BITS])
    this.end = this.to[rows - 1]
  }

  /** Closes the open rows of a block; gives the address of the segment. `whole` as above, `since`: whether the checkpoint keeps since when. */
  static close(
    memory: Memory,
    open: OpenRows,
    absences: OpenAbsences,
    live: Live,
    emptyBefore: number,
    whole: boolean,
    since: boolean,
  ): Address {
    const { rows } = open
    assert(rows > 0 && rows <= 0xffff, `a segment has ${rows} rows`)
    const width = widthOf(live.value.as)
    const each = width + (since ? 4 : 0)
    const absent = live.born - live.count
    const dense = live.slots * each + absent * 2 <= live.count * (each + 2)
    const kept = dense ? live.slots : live.count
    const numbered = dense ? absent : live.count
    const bits = bucketBits(rows, live.slots)
    const buckets = bucketCount(live.slots, bits) + 1
    const address = memory.allocate(
      HEADER +
        aligned(rows * widthOf(open.value.as)) +
        aligned(kept * width) +
        rows * 12 +
        (since ? kept * 4 : 0) +
        absences.count * 8 +
        2 * (buckets + numbered),
    )
    const header = memory.u32(address)
    header[ROWS] = rows
    header[ROW_FORM] = formCode(open.value.as)
    header[FORM] = formCode(live.value.as)
    header[FLAGS] = (dense ? DENSE : 0) + (whole ? WHOLE : 0) + (since ? SINCE : 0)
    header[KEPT] = kept
    header[NUMBERED] = numbered
    header[BITS] = bits
    header[SLOTS] = live.slots
    header[ABSENCES] = absences.count
    header[EMPTY_BEFORE] = emptyBefore
    const segment = new Segment(memory, address)
    segment.#fill(open, rows, absences, live, bits)
    return address
  }

  #fill(open: OpenRows, rows: number, absences: OpenAbsences, live: Live, bits: number): void {
    copyRows(open.value, rows, this.value, 0)
    this.to.set(open.to.subarray(0, rows))
    this.from.set(open.from.subarray(0, rows))
    this.slot.set(open.slot.subarray(0, rows))
    const { count } = absences
    this.#absences.slot.set(absences.slot.subarray(0, count))
    this.#absences.t.set(absences.t.subarray(0, count))
    this.#absences.empty.set(absences.empty.subarray(0, count))
    indexSlots(this, rows, live.slots, bits, this.#index.order, this.#index.starts)
    this.#keep(live)
  }

  #keep(live: Live): void {
    const { first, from, slots, value } = live
    let row = 0
    if (this.#dense) {
      copyRows(value, slots, this.#values, 0)
      this.#since?.set(from.subarray(0, slots))
      for (let slot = 0; slot < slots; slot++) if (from[slot] === 0 && first[slot] !== 0) this.#slots[row++] = slot
    } else
      for (let slot = 0; slot < slots; slot++) {
        if (from[slot] === 0) continue
        this.#slots[row] = slot
        copyRow(value, slot, this.#values, row)
        if (this.#since) this.#since[row] = from[slot]
        row++
      }
    assert(row === this.#slots.length, `${row} slots are to be numbered, not ${this.#slots.length}`)
  }

  get rows(): number {
    return this.to.length
  }

  /** Whether the checkpoint tells since when its facts hold. */
  get tellsSince(): boolean {
    return this.#since !== null
  }

  /** The first row that ended after `t`. */
  firstAfter(t: T): number {
    return firstAfter(this.to, this.rows, t)
  }

  /** The first row of a slot that ended after `t`, or -1. */
  after(slot: number, t: T): number {
    return this.#index.after(this, slot, t)
  }

  /** The checkpoint's row of a slot, or -1 where nothing held or the slot came later. */
  keptRow(slot: number): number {
    if (this.#dense) return slot < this.#kept ? slot : -1
    let low = 0
    let high = this.#kept
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#slots[middle] < slot) low = middle + 1
      else high = middle
    }
    return low < this.#kept && this.#slots[low] === slot ? low : -1
  }

  /** Since when the fact in a row of the checkpoint holds, 0 for none. Only where `tellsSince`. */
  keptSince(row: number): T {
    return this.#since![row]
  }

  /** The checkpoint's values. */
  get kept(): Raw {
    return this.#values
  }

  /** Writes the checkpoint's values to `room` rows from `at`; rows in which nothing held are 0 or old. */
  copyValues(target: Raw, at: number, room: number): void {
    if (this.#dense) {
      const rows = Math.min(this.#kept, room)
      copyRows(this.#values, rows, target, at)
      clearRaw(target, at + rows, at + room)
    } else {
      clearRaw(target, at, at + room)
      scatterRows(this.#values, this.#slots, 0, this.#kept, target, at)
    }
  }

  /** The last moment at or before `t` at which a fact of this segment ended or an empty slot was filled, 0 for none. */
  sameSince(t: T): T {
    const row = this.firstAfter(t)
    const { length } = this.#absences.t
    return Math.max(row === 0 ? 0 : this.to[row - 1], length === 0 ? 0 : lastAbsence(this.#absences, length, t))
  }

  /** How many slots were left empty at `t`, no earlier than the segment's first row. */
  emptyAt(t: T): number {
    return emptyAt(this.#absences, this.#absences.t.length, t, this.#emptyBefore)
  }

  /** Writes the moments of `first` of slots that held a fact at `t` to `room` rows from `at`; 0 for those left empty. */
  copyPresence(t: T, first: Uint32Array, target: Uint32Array, at: number, room: number): void {
    const known = Math.min(room, first.length)
    if (this.#dense) {
      target.set(first.subarray(0, known), at)
      target.fill(0, at + known, at + room)
      for (const slot of this.#slots) target[at + slot] = 0
    } else {
      target.fill(0, at, at + room)
      for (const slot of this.#slots) target[at + slot] = first[slot]
    }
    undoAbsences(this.#absences, this.#absences.t.length, t, first, target, at)
  }

  /** Writes since when the checkpoint's facts hold to `room` rows from `at`, 0 where nothing held. Only where `tellsSince`. */
  copySince(target: Uint32Array, at: number, room: number): void {
    if (this.#dense) {
      const rows = Math.min(this.#kept, room)
      target.set(this.#since!.subarray(0, rows), at)
      target.fill(0, at + rows, at + room)
    } else {
      target.fill(0, at, at + room)
      scatterT(this.#since!, this.#slots, 0, this.#kept, target, at)
    }
  }
}
