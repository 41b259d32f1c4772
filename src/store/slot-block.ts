import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import { emptiedSince, lastAbsence, OpenAbsences, undoAbsences } from './absences.ts'
import { grownU32 } from './growing.ts'
import { firstAfter } from './moments.ts'
import { OpenRows } from './open-rows.ts'
import { clearRaw, copyRows, type Form, scatterRows, scatterT, widest } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { Segment } from './segment.ts'
import { rawAt, ValueArray } from './value-array.ts'

/** How often checkpoints come, and how large blocks are. */
export interface Pace {
  /** A block has 2 to this power slots, at most 14. */
  readonly blockBits: number
  /** A checkpoint comes after so many changes for each fact that holds, at most 1/2 (store rule 21); after half as many where values are narrow. */
  readonly share: number
  /** But not after fewer changes than this: undoing them costs less than a checkpoint of its own. */
  readonly least: number
}

export const PACE: Pace = { blockBits: 14, share: 1 / 2, least: 256 }

/** A fact as a point look-up finds it. */
export interface Held {
  readonly value: RawValue
  readonly from: T
}

/** Intervals in a row; `slot` null: row `i` is slot `i`, `to` null: they hold, where `from` is not 0. */
export interface Run {
  readonly rows: number
  readonly slot: Uint16Array | null
  readonly value: Raw
  readonly from: Uint32Array
  readonly to: Uint32Array | null
}

// cells of a block's state, for readers on other threads
const ROWS = 0
const CLOSED = 1

/** One checkpoint of so many tells since when its facts hold: so history stays within 40 bytes a fact. */
const SINCE_EVERY = 4

/**
 * Some thousand slots of a column. A slot holds one fact at a time. The present is an array by slot, and what ended is
 * appended to the open rows, in order of `to`; after some changes these are closed into a segment, with a copy of the
 * present. Any moment is the next checkpoint at or after it, or the present itself, with the changes since undone,
 * newest first.
 *
 * The writer writes the row of what ends, then the count of rows, then the slot. A reader copies the slots, then reads
 * the count, makes sure that no segment was closed meanwhile, and undoes whatever ended after its moment: so it may copy
 * while the writer writes.
 */
export class SlotBlock {
  readonly #pace: Pace
  readonly #share: number
  readonly #value: ValueArray
  /** 0 where nothing holds. */
  #from: Uint32Array = new Uint32Array(0)
  /** Since when a slot first held a fact, 0 for never; the same as `#from` until something ends. */
  #first: Uint32Array | undefined
  #slots = 0
  #live = 0
  #born = 0
  #lastBorn: T = 0
  /** Whether slots got their first facts in ascending order, without a gap. */
  #inOrder = true

  #open: OpenRows
  #absences = new OpenAbsences()
  readonly #segments: Segment[] = []
  /** `end` of each segment. */
  #ends: Uint32Array = new Uint32Array(0)
  readonly #state = new Int32Array(new SharedArrayBuffer(8))
  #rowsClosed = 0
  #bytesClosed = 0
  #changed: T = 0
  /** Facts that held at the last checkpoint. */
  #liveClosed = 0
  /** The closed segment that was looked for last: its number stays. */
  #found = 0
  #foundFor = -1
  /** Whether every slot that was born held a fact after each transaction since the last checkpoint. */
  #openWhole = true

  constructor(form: Form, pace: Pace) {
    this.#pace = pace
    this.#share = form === 'i32' ? pace.share / 2 : pace.share
    this.#value = new ValueArray(form)
    this.#open = new OpenRows(form)
  }

  /** Slots ever used: none is at or above this. */
  get slots(): number {
    return this.#slots
  }

  get live(): number {
    return this.#live
  }

  get ended(): number {
    return this.#rowsClosed + this.#state[ROWS]
  }

  get segments(): number {
    return this.#segments.length
  }

  get bytes(): number {
    return (
      this.#value.bytes +
      this.#from.byteLength +
      (this.#first ? this.#first.byteLength : 0) +
      this.#ends.byteLength +
      this.#state.byteLength +
      this.#open.bytes +
      this.#absences.bytes +
      this.#bytesClosed
    )
  }

  holds(slot: number): boolean {
    return slot < this.#slots && this.#from[slot] !== 0
  }

  /** Whether the slot never held a fact. */
  unborn(slot: number): boolean {
    return slot >= this.#slots || this.#births[slot] === 0
  }

  /** Since when the fact that holds now does, 0 where none does. */
  since(slot: number): T {
    return slot < this.#slots ? this.#from[slot] : 0
  }

  is(slot: number, value: RawValue): boolean {
    return this.#value.is(slot, value)
  }

  latest(slot: number): RawValue {
    return this.#value.get(slot)
  }

  widen(form: Form): void {
    this.#value.widen(form)
    this.#open.widen(form)
  }

  begin(slot: number, value: RawValue, t: T): void {
    this.#turn(t)
    if (slot >= this.#from.length) {
      this.#from = grownU32(this.#from, slot + 1)
      if (this.#first) this.#first = grownU32(this.#first, slot + 1)
    }
    if (slot >= this.#slots) this.#slots = slot + 1
    if (this.#from[slot] !== 0) this.#append(slot, t)
    else {
      this.#live++
      if (this.#births[slot] === 0) this.#bear(slot, t)
      else this.#absences.filled(slot, t)
    }
    Atomics.store(this.#from, slot, t)
    this.#value.set(slot, value)
  }

  #bear(slot: number, t: T): void {
    if (slot !== this.#born) this.#inOrder = false
    this.#born++
    this.#lastBorn = t
    if (this.#first) this.#first[slot] = t
  }

  end(slot: number, t: T): void {
    this.#turn(t)
    this.#append(slot, t)
    this.#absences.emptied(slot, t)
    this.#from[slot] = 0
    this.#live--
  }

  /** Before the first change of a transaction: the block is as the one before left it. */
  #turn(t: T): void {
    if (t === this.#changed) return
    this.#changed = t
    if (this.#live < this.#born) this.#openWhole = false
    const rows = this.#state[ROWS]
    if (rows >= this.#pace.least && rows >= this.#share * Math.min(this.#live, this.#liveClosed)) this.#close(rows)
  }

  #append(slot: number, t: T): void {
    if (!this.#first) {
      this.#first = grownU32(new Uint32Array(0), this.#from.length)
      this.#first.set(this.#from)
    }
    const row = this.#state[ROWS]
    this.#open.write(row, slot, this.#value.get(slot), this.#from[slot], t)
    Atomics.store(this.#state, ROWS, row + 1)
  }

  #close(rows: number): void {
    const value = this.#value.raw
    const live = {
      value,
      from: this.#from,
      first: this.#births,
      slots: this.#slots,
      born: this.#born,
      count: this.#live,
    }
    const number = this.#segments.length
    const segment = new Segment(
      this.#open,
      rows,
      this.#absences,
      live,
      this.#openWhole,
      number % SINCE_EVERY === SINCE_EVERY - 1,
    )
    this.#segments.push(segment)
    this.#ends = grownU32(this.#ends, number + 1)
    this.#ends[number] = segment.end
    this.#rowsClosed += rows
    this.#bytesClosed += segment.bytes
    this.#liveClosed = this.#live
    this.#openWhole = this.#live === this.#born
    // in this order: who read the rows of before finds that a segment was closed
    Atomics.store(this.#state, CLOSED, number + 1)
    this.#open = new OpenRows(value.as)
    this.#absences = new OpenAbsences()
    Atomics.store(this.#state, ROWS, 0)
  }

  /** The segment whose checkpoint is the next at or after `t`, or the number of segments where that is the present. */
  #segmentOf(t: T): number {
    const closed = Atomics.load(this.#state, CLOSED)
    if (closed === 0 || t >= this.#ends[closed - 1]) return closed
    if (t !== this.#foundFor) {
      this.#found = firstAfter(this.#ends, closed, t)
      this.#foundFor = t
    }
    return this.#found
  }

  /** The fact of a slot that holds now, where it did at `t`. */
  now(slot: number, t: T): Held | undefined {
    if (slot >= this.#slots) return undefined
    // value before since: the writer writes them the other way round
    const value = this.#value.get(slot)
    const from = Atomics.load(this.#from, slot)
    return from !== 0 && from <= t ? { value, from } : undefined
  }

  /** The fact of a slot visible at `t` that does not hold any more, or undefined. */
  past(slot: number, t: T): Held | undefined {
    if (slot >= this.#slots) return undefined
    const first = this.#births[slot]
    if (first === 0 || first > t) return undefined
    const closed = Atomics.load(this.#state, CLOSED)
    for (let number = this.#segmentOf(t); number < closed; number++) {
      const segment = this.#segments[number]
      const row = segment.after(slot, t)
      if (row >= 0) return held(segment.value, row, segment.from[row], t)
      if (!segment.tellsSince) continue
      const kept = segment.keptRow(slot)
      return kept < 0 ? undefined : held(segment.kept, kept, segment.keptSince(kept), t)
    }
    const row = this.#open.after(this.#state[ROWS], this.#slots, slot, t)
    return row < 0 ? undefined : held(this.#open.value, row, this.#open.from[row], t)
  }

  /** When the slot first held a fact, or undefined. */
  firstFrom(slot: number): T | undefined {
    return slot < this.#slots ? this.#births[slot] || undefined : undefined
  }

  /** The last moment at or before `t` at which a fact ended or an empty slot was filled, 0 where none had. */
  sameSince(t: T): T {
    const number = this.#segmentOf(t)
    const before = number === 0 ? 0 : this.#ends[number - 1]
    if (number < this.#segments.length) return Math.max(before, this.#segments[number].sameSince(t))
    const row = this.#open.firstAfter(this.#state[ROWS], t)
    const { count } = this.#absences
    return Math.max(
      before,
      row === 0 ? 0 : this.#open.to[row - 1],
      count === 0 ? 0 : lastAbsence(this.#absences, count, t),
    )
  }

  /** Whether at `t` every slot born by then holds a fact. False may also mean that it takes a look to know. */
  whole(t: T): boolean {
    const number = this.#segmentOf(t)
    if (number < this.#segments.length) return this.#segments[number].whole
    return this.#openWhole && this.#live === this.#born
  }

  /** Slots born by `t` where they are the first ones, otherwise all that may be. */
  slotsAt(t: T): number {
    return this.#inOrder ? this.#bornBy(t) : this.#slots
  }

  /** When slots first held a fact. */
  get #births(): Uint32Array {
    return this.#first ?? this.#from
  }

  /** How many facts are visible at `t`. */
  countAt(t: T): number {
    if (t >= this.#changed) return this.#live
    return this.#bornBy(t) - (this.whole(t) ? 0 : this.#emptyAt(t))
  }

  #bornBy(t: T): number {
    if (t >= this.#lastBorn) return this.#born
    if (this.#inOrder) return firstAfter(this.#births, this.#born, t)
    let count = 0
    for (let slot = 0; slot < this.#slots; slot++) count += (this.#births[slot] - 1) >>> 0 < t ? 1 : 0
    return count
  }

  #emptyAt(t: T): number {
    const number = this.#segmentOf(t)
    if (number < this.#segments.length) return this.#segments[number].emptyAt(t)
    return this.#born - this.#live - emptiedSince(this.#absences, this.#absences.count, t)
  }

  /** The widest form of the values that `copyValues` needs for `t`. */
  formAt(t: T): Form {
    const number = this.#segmentOf(t)
    if (number === this.#segments.length) return this.#value.raw.as
    const { kept, value } = this.#segments[number]
    return widest(kept.as, value.as)
  }

  /** Writes the values as of `t` to `room` rows from `at`, no fewer than there are slots; those of other slots mean nothing. */
  copyValues(t: T, target: Raw, at: number, room: number): void {
    for (;;) {
      const closed = Atomics.load(this.#state, CLOSED)
      const number = this.#segmentOf(t)
      if (number < closed) {
        const segment = this.#segments[number]
        segment.copyValues(target, at, room)
        scatterRows(segment.value, segment.slot, segment.firstAfter(t), segment.rows, target, at)
        return
      }
      const slots = this.#slots
      copyRows(this.#value.raw, slots, target, at)
      clearRaw(target, at + slots, at + room)
      const open = this.#open
      const rows = Atomics.load(this.#state, ROWS)
      if (Atomics.load(this.#state, CLOSED) !== closed) continue
      scatterRows(open.value, open.slot, open.firstAfter(rows, t), rows, target, at)
      return
    }
  }

  /** Writes since when facts hold as of `t`; 0 or beyond `t` where none does. */
  copySince(t: T, target: Uint32Array, at: number, room: number): void {
    for (;;) {
      const closed = Atomics.load(this.#state, CLOSED)
      const number = this.#segmentOf(t)
      let last = number
      while (last < closed && !this.#segments[last].tellsSince) last++
      if (last < closed) this.#segments[last].copySince(target, at, room)
      else {
        const slots = this.#slots
        target.set(this.#from.subarray(0, slots), at)
        target.fill(0, at + slots, at + room)
        const open = this.#open
        const rows = Atomics.load(this.#state, ROWS)
        if (Atomics.load(this.#state, CLOSED) !== closed) continue
        scatterT(open.from, open.slot, open.firstAfter(rows, t), rows, target, at)
        last--
      }
      for (; last >= number; last--) {
        const segment = this.#segments[last]
        scatterT(segment.from, segment.slot, segment.firstAfter(t), segment.rows, target, at)
      }
      return
    }
  }

  /** Writes moments of which those are visible at `t` whose slots hold a fact then. */
  copyPresence(t: T, target: Uint32Array, at: number, room: number): void {
    const first = this.#births
    const number = this.#segmentOf(t)
    if (!this.whole(t) && number < this.#segments.length)
      this.#segments[number].copyPresence(t, first, target, at, room)
    else this.#copyOpenPresence(t, first, target, at, room)
  }

  #copyOpenPresence(t: T, first: Uint32Array, target: Uint32Array, at: number, room: number): void {
    const slots = this.#slots
    target.set(first.subarray(0, slots), at)
    target.fill(0, at + slots, at + room)
    if (this.whole(t)) return
    for (let slot = 0; slot < slots; slot++) if (this.#from[slot] === 0) target[at + slot] = 0
    undoAbsences(this.#absences, this.#absences.count, t, first, target, at)
  }

  /** What had ended by `t`, in order of `to`. */
  endedBy(t: T): readonly Run[] {
    const runs: Run[] = []
    for (const run of this.runs()) {
      const rows = run.to === null ? 0 : firstAfter(run.to, run.rows, t)
      if (rows > 0) runs.push({ ...run, rows, slot: run.slot, value: run.value, from: run.from, to: run.to })
    }
    return runs
  }

  /** Every interval, the ended ones in order of `to`, then the slots as they are. */
  runs(): readonly Run[] {
    const { slot, value, from, to } = this.#open
    return [
      ...this.#segments,
      { rows: this.#state[ROWS], slot, value, from, to },
      { rows: this.#slots, slot: null, value: this.#value.raw, from: this.#from, to: null },
    ]
  }
}

const held = (values: Raw, row: number, from: T, t: T): Held | undefined =>
  from !== 0 && from <= t ? { value: rawAt(values, row), from } : undefined
