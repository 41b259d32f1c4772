import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import { emptyAt, lastAbsence } from './absences.ts'
import { BlockMemory, CELL, type Run } from './block-memory.ts'
import { fence } from './fence.ts'
import { firstAfter, visibleBy } from './moments.ts'
import { clearRaw, copyRow, copyRows, type Form, scatterRows, scatterT, widest } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import type { Segment } from './segment.ts'
import { gatherEvery, type Stride } from './strides.ts'
import { rawAt, rowsOf } from './value-array.ts'

/** A fact as a point look-up finds it. */
export interface Held {
  readonly value: RawValue
  readonly from: T
}

/** The same with when it ended, 0 where it holds. */
export interface HeldUntil extends Held {
  readonly to: T
}

/**
 * A block as of any moment that is published. Any moment is the next checkpoint at or after it, or the present itself, with the changes
 * since undone, newest first.
 *
 * The writer appends the row of what ends, then counts it, then writes the slot. A reader copies the slots, then reads the count, makes sure
 * that no array was replaced meanwhile, and undoes whatever ended after its moment: so it may copy while the writer writes. What is told by
 * counts is told by those that cannot change for a moment that is published.
 */
export abstract class BlockAsOf extends BlockMemory {
  /** The closed segment that was looked for last: its number stays. */
  #found = 0
  #foundFor = -1

  /** The segment whose checkpoint is the next at or after `t`, or the number of segments where that is the present. */
  #segmentOf(t: T): number {
    const closed = this.segments.length
    if (closed === 0 || t >= this.ends[closed - 1]) return closed
    if (t !== this.#foundFor) {
      this.#found = firstAfter(this.ends, closed, t)
      this.#foundFor = t
    }
    return this.#found
  }

  /**
   * The segment whose checkpoint is the block as of `t` itself, since nothing ended between them, so that nothing is to be undone; undefined
   * where there is none. What was born until something ends is in it too, as it is in the next checkpoint.
   */
  #exactly(t: T, number: number): Segment | undefined {
    if (number === 0 || this.cells[CELL.disorder] !== 0) return undefined
    const { to, rows } = number < this.segments.length ? this.segments[number] : this.open
    if (rows === 0 || this.#sameSince(t, number) !== this.ends[number - 1]) return undefined
    const segment = this.segments[number - 1]
    return this.#bornBy(to[0] - 1, this.cells[CELL.born]) <= segment.slots ? segment : undefined
  }

  /** What was read before is not read later than what comes. Who writes sees everything as it is. */
  #settle(): void {
    if (!this.memory.writable) fence()
  }

  /** The fact of a slot that holds now, where it did at `t`. */
  now(slot: number, t: T): Held | undefined {
    this.sync()
    if (slot >= this.room) return undefined
    // value before since: the writer writes them the other way round
    const value = rawAt(this.value, slot)
    this.#settle()
    const from = this.from[slot]
    return from !== 0 && from <= t ? { value, from } : undefined
  }

  /** The fact of a slot visible at `t` that does not hold any more, or undefined. Asked for after `now` found none. */
  past(slot: number, t: T): Held | undefined {
    for (;;) {
      this.sync()
      const { generation } = this
      if (slot >= this.births.length) return undefined
      const first = this.births[slot]
      if (first !== 0 && first <= t) return this.#ended(slot, t)
      if (!this.since(generation)) return undefined
    }
  }

  #ended(slot: number, t: T): Held | undefined {
    const closed = this.segments.length
    for (let number = this.#segmentOf(t); number < closed; number++) {
      const segment = this.segments[number]
      const row = segment.after(slot, t)
      if (row >= 0) return held(segment.value, row, segment.from[row], t)
      if (!segment.tellsSince) continue
      const kept = segment.keptRow(slot)
      return kept < 0 ? undefined : held(segment.kept, kept, segment.keptSince(kept), t)
    }
    // rows first: each has a slot below the number of them
    const { rows } = this.open
    const row = this.open.after(rows, this.slots, slot, t)
    return row < 0 ? undefined : held(this.open.value, row, this.open.from[row], t)
  }

  /** Every interval of a slot, in the order in which they began. */
  intervalsOf(slot: number): HeldUntil[] {
    for (;;) {
      this.sync()
      const { generation, open } = this
      const known = slot < this.room
      // value before since: the writer writes them the other way round
      const value = known ? rawAt(this.value, slot) : 0
      this.#settle()
      const from = known ? this.from[slot] : 0
      this.#settle()
      const intervals: HeldUntil[] = []
      for (const segment of this.segments)
        for (let row = segment.after(slot, 0); row >= 0; row = segment.after(slot, segment.to[row]))
          intervals.push({ value: rawAt(segment.value, row), from: segment.from[row], to: segment.to[row] })
      const { rows } = open
      for (let row = open.after(rows, this.slots, slot, 0); row >= 0; ) {
        const to = open.to[row]
        intervals.push({ value: rawAt(open.value, row), from: open.from[row], to })
        row = open.after(rows, this.slots, slot, to)
      }
      if (this.since(generation)) continue
      // what ended while it was being read stands among the rows, perhaps with others after it
      if (from !== 0 && from >= (intervals.at(-1)?.to ?? 0)) intervals.push({ value, from, to: 0 })
      return intervals
    }
  }

  /** When the slot first held a fact, or undefined. */
  firstFrom(slot: number): T | undefined {
    for (;;) {
      this.sync()
      const { generation } = this
      const first = slot < this.births.length ? this.births[slot] : 0
      if (!this.since(generation)) return first || undefined
    }
  }

  /** The last moment at or before `t` at which a fact ended or an empty slot was filled, 0 where none had. */
  sameSince(t: T): T {
    this.sync()
    return this.#sameSince(t, this.#segmentOf(t))
  }

  #sameSince(t: T, number: number): T {
    const before = number === 0 ? 0 : this.ends[number - 1]
    if (number < this.segments.length) return Math.max(before, this.segments[number].sameSince(t))
    const { open, absences } = this
    const row = open.firstAfter(open.rows, t)
    const { count } = absences
    return Math.max(before, row === 0 ? 0 : open.to[row - 1], count === 0 ? 0 : lastAbsence(absences, count, t))
  }

  /** Whether at `t` every slot born by then holds a fact. False may also mean that it takes a look to know. */
  #whole(t: T): boolean {
    const number = this.#segmentOf(t)
    if (number < this.segments.length) return this.segments[number].whole
    // the same cell for as long as this is the open part
    return this.emptyBefore === 0 && this.absences.count === 0
  }

  /** Slots born by `t` where they are the first ones, otherwise all that may be. */
  slotsAt(t: T): number {
    for (;;) {
      this.sync()
      const { generation } = this
      const born = this.cells[CELL.born]
      this.#settle()
      const slots = this.cells[CELL.disorder] === 0 ? this.#bornBy(t, born) : this.slots
      // births are not those of `from` any more once a fact has ended
      if (!this.since(generation)) return slots
    }
  }

  /** How many facts are visible at `t`. */
  countAt(t: T): number {
    for (;;) {
      this.sync()
      const { generation } = this
      const live = this.cells[CELL.live]
      const born = this.cells[CELL.born]
      this.#settle()
      // noted before anything of it counts
      if (t >= Atomics.load(this.cells, CELL.changed)) return live
      const count = this.#bornBy(t, born) - (this.#whole(t) ? 0 : this.#emptyAt(t))
      if (!this.since(generation)) return count
    }
  }

  #bornBy(t: T, born: number): number {
    const { births } = this
    if (this.cells[CELL.disorder] === 0) return visibleBy(births, Math.min(born, births.length), t)
    let count = 0
    const slots = Math.min(this.slots, births.length)
    for (let slot = 0; slot < slots; slot++) count += (births[slot] - 1) >>> 0 < t ? 1 : 0
    return count
  }

  #emptyAt(t: T): number {
    const number = this.#segmentOf(t)
    if (number < this.segments.length) return this.segments[number].emptyAt(t)
    return emptyAt(this.absences, this.absences.count, t, this.emptyBefore)
  }

  /** How many slots there is room for, where there are more by now; otherwise undefined. */
  #guard(room: number): number | undefined {
    return this.slots > room ? room : undefined
  }

  /** The widest form of the values that `copyValues` needs for `t`. */
  formAt(t: T): Form {
    this.sync()
    const number = this.#segmentOf(t)
    if (number === this.segments.length) return this.value.as
    const { kept, value } = this.segments[number]
    return widest(kept.as, value.as)
  }

  /**
   * Writes the values as of `t` to `room` rows from `at`, no fewer than there are slots at `t`; those of other slots mean nothing. False
   * where the values have become wider than the target, which is to be made anew.
   */
  copyValues(t: T, target: Raw, at: number, room: number): boolean {
    for (;;) {
      this.sync()
      const { generation, open } = this
      const number = this.#segmentOf(t)
      const exact = this.#exactly(t, number)
      if (exact !== undefined && widest(exact.kept.as, target.as) === target.as) {
        exact.copyValues(target, at, room)
        if (this.since(generation)) continue
        return true
      }
      if (number < this.segments.length) {
        const segment = this.segments[number]
        // it may have been closed since the target was made
        if (widest(widest(segment.kept.as, segment.value.as), target.as) !== target.as) return false
        segment.copyValues(target, at, room)
        undoRows(segment.value, segment.slot, segment.firstAfter(t), segment.rows, target, at, this.#guard(room))
        return true
      }
      if (widest(this.value.as, target.as) !== target.as) return false
      const slots = Math.min(this.slots, room, rowsOf(this.value))
      copyRows(this.value, slots, target, at)
      clearRaw(target, at + slots, at + room)
      this.#settle()
      const { rows } = open
      if (this.since(generation)) continue
      undoRows(open.value, open.slot, open.firstAfter(rows, t), rows, target, at, this.#guard(room))
      return true
    }
  }

  /**
   * Writes the values of so many slots from row `at` on, where the present is as it was at `t` and has the form of the target; otherwise
   * false, and `copyValues` is to be asked. It touches no other slots.
   */
  copyPresent(t: T, stride: Stride, count: number, target: Raw, at: number): boolean {
    for (;;) {
      this.sync()
      const { generation, open, value } = this
      const last = stride.first + (count - 1) * stride.step
      if (this.#segmentOf(t) < this.segments.length || value.as !== target.as || last >= rowsOf(value)) return false
      gatherEvery(value, stride, count, target, at)
      this.#settle()
      const { rows } = open
      if (this.since(generation)) continue
      return open.firstAfter(rows, t) === rows
    }
  }

  /** Writes since when facts hold as of `t`; 0 or beyond `t` where none does. */
  copySince(t: T, target: Uint32Array, at: number, room: number): void {
    for (;;) {
      this.sync()
      const { generation, open } = this
      const number = this.#segmentOf(t)
      const closed = this.segments.length
      let last = number
      while (last < closed && !this.segments[last].tellsSince) last++
      if (last < closed) this.segments[last].copySince(target, at, room)
      else {
        const slots = Math.min(this.slots, room, this.from.length)
        target.set(this.from.subarray(0, slots), at)
        target.fill(0, at + slots, at + room)
        this.#settle()
        const { rows } = open
        if (this.since(generation)) continue
        undoMoments(open.from, open.slot, open.firstAfter(rows, t), rows, target, at, this.#guard(room))
        last--
      }
      for (; last >= number; last--) {
        const segment = this.segments[last]
        undoMoments(segment.from, segment.slot, segment.firstAfter(t), segment.rows, target, at, this.#guard(room))
      }
      return
    }
  }

  /** Writes moments of which those are visible at `t` whose slots hold a fact then. */
  copyPresence(t: T, target: Uint32Array, at: number, room: number): void {
    for (;;) {
      this.sync()
      const { generation, births } = this
      const number = this.#segmentOf(t)
      if (this.#whole(t)) {
        const slots = Math.min(this.slots, room, births.length)
        target.set(births.subarray(0, slots), at)
        target.fill(0, at + slots, at + room)
      } else if (number < this.segments.length) this.segments[number].copyPresence(t, births, target, at, room)
      else return this.copySince(t, target, at, room)
      if (!this.since(generation)) return
    }
  }

  /** The facts that had ended by `t`, in order of `to`. */
  endedBy(t: T): readonly Run[] {
    for (;;) {
      this.sync()
      const { generation } = this
      const runs = [...this.segments, this.open].map(({ slot, value, from, to, rows }) => ({
        rows: firstAfter(to, rows, t),
        slot,
        value,
        from,
        to,
      }))
      // else an array may be that of before, read as what it became
      if (!this.since(generation)) return runs
    }
  }
}

const held = (values: Raw, row: number, from: T, t: T): Held | undefined =>
  from !== 0 && from <= t ? { value: rawAt(values, row), from } : undefined

/** Undoes rows; `guard` is undefined, or the number of slots that there is room for, where others came while it was being copied. */
function undoRows(
  source: Raw,
  slots: Uint16Array,
  start: number,
  end: number,
  target: Raw,
  at: number,
  guard: number | undefined,
): void {
  if (guard === undefined) scatterRows(source, slots, start, end, target, at)
  else
    for (let row = end - 1; row >= start; row--) if (slots[row] < guard) copyRow(source, row, target, at + slots[row])
}

function undoMoments(
  source: Uint32Array,
  slots: Uint16Array,
  start: number,
  end: number,
  target: Uint32Array,
  at: number,
  guard: number | undefined,
): void {
  if (guard === undefined) scatterT(source, slots, start, end, target, at)
  else for (let row = end - 1; row >= start; row--) if (slots[row] < guard) target[at + slots[row]] = source[row]
}
