import { assert } from '../base/assert.ts'
import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import { OpenAbsences } from './absences.ts'
import type { Births } from './births.ts'
import { BlockAsOf } from './block-as-of.ts'
import { CELL } from './block-memory.ts'
import type { Address, Memory } from './memory.ts'
import { OpenRows } from './open-rows.ts'
import { copyRow, copyRows, type Form, widthOf } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { Segment } from './segment.ts'
import { formCode, isRaw, rawAt, rowsOf, setRaw, widened } from './value-array.ts'

function place(
  to: Int32Array | Float64Array,
  slots: Int32Array,
  base: number,
  from: Float64Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) to[slots[row] - base] = from[row]
}

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

/** One checkpoint of so many tells since when its facts hold: so history stays within 40 bytes a fact. */
const SINCE_EVERY = 4

/** Rows and absences that there is room for in the beginning, even numbers. */
const ROWS = 64
const ABSENCES = 8

/**
 * Some thousand slots of a column. A slot holds one fact at a time. The present is an array by slot, and what ended is
 * appended to the open rows, in order of `to`; after some changes these are closed into a segment, with a copy of the
 * present.
 */
export class SlotBlock extends BlockAsOf {
  readonly #pace: Pace
  #changed: T

  /** A new block, or the one at `root`. */
  constructor(memory: Memory, form: Form, pace: Pace, root: Address = 0) {
    super(memory, root)
    this.#pace = pace
    if (root === 0)
      this.replace(() => {
        this.cells[CELL.form] = formCode(form)
        this.cells[CELL.value] = memory.larger(0, 1)
        this.cells[CELL.from] = memory.larger(0, 1)
        this.cells[CELL.open] = OpenRows.make(memory, form, ROWS)
        this.cells[CELL.absences] = OpenAbsences.make(memory, ABSENCES)
      })
    this.sync()
    this.#changed = this.changed
  }

  holds(slot: number): boolean {
    return slot < this.room && this.from[slot] !== 0
  }

  /** Whether the slot never held a fact. */
  unborn(slot: number): boolean {
    return slot >= this.room || this.births[slot] === 0
  }

  /** Of the fact that holds now, 0 where none does. */
  heldSince(slot: number): T {
    return slot < this.room ? this.from[slot] : 0
  }

  is(slot: number, value: RawValue): boolean {
    return isRaw(this.value, slot, value)
  }

  latest(slot: number): RawValue {
    return rawAt(this.value, slot)
  }

  widen(form: Form): void {
    const { cells, memory, value, open } = this
    if (form === value.as) return
    const wider = widened(memory, value, form)
    const rows = open.replaced(memory, form, open.to.length)
    this.replace(
      () => {
        cells[CELL.form] = formCode(form)
        cells[CELL.value] = wider
        cells[CELL.open] = rows
      },
      cells[CELL.value],
      cells[CELL.open],
    )
  }

  begin(slot: number, value: RawValue, t: T): void {
    this.#turn(t)
    const { cells } = this
    if (slot >= this.room) this.#reserve(slot + 1)
    if (slot >= cells[CELL.slots]) cells[CELL.slots] = slot + 1
    if (this.from[slot] !== 0) {
      this.#append(slot, t)
      Atomics.exchange(this.from, slot, t)
    } else {
      if (this.births[slot] === 0) this.#bear(slot, t)
      else {
        if (this.absences.full) this.#moreAbsences()
        this.absences.filled(slot, t, cells[CELL.born] - cells[CELL.live] - 1)
      }
      this.from[slot] = t
      cells[CELL.live]++
    }
    setRaw(this.value, slot, value)
  }

  /** What `begin` does for the rows from `start` to before `end`, of slots above all that ever were; slots are counted from `base`. */
  bear(births: Births, start: number, end: number, base: number): void {
    const { slot, value, from } = births
    const last = slot[end - 1] - base
    this.#turn(from[start])
    const { cells } = this
    if (last >= this.room) this.#reserve(last + 1)
    assert(slot[start] - base >= cells[CELL.slots], 'what is born comes behind all that ever was')
    this.#changed = from[end - 1]
    Atomics.exchange(cells, CELL.changed, this.#changed)
    const since = this.from
    const apart = cells[CELL.first] !== 0 ? this.births : null
    let born = cells[CELL.born]
    for (let row = start; row < end; row++) {
      const at = slot[row] - base
      if (at !== born) cells[CELL.disorder] = 1
      born++
      since[at] = from[row]
      if (apart !== null) apart[at] = from[row]
    }
    const present = this.value
    if (present.as === 'i32') place(present.values, slot, base, value, start, end)
    else if (present.as === 'f64') place(present.values, slot, base, value, start, end)
    else for (let row = start; row < end; row++) setRaw(present, slot[row] - base, value[row])
    cells[CELL.slots] = last + 1
    cells[CELL.born] = born
    cells[CELL.live] += end - start
  }

  /** Takes up facts while there are none: the one in row `i` is of slot `slots[i] - base`, and slots ascend. */
  fill(slots: Int32Array, base: number, value: Raw, from: Uint32Array): void {
    const { cells } = this
    const rows = slots.length
    assert(cells[CELL.born] === 0, 'only a block without facts is filled')
    const used = slots[rows - 1] - base + 1
    this.#reserve(used)
    // without a gap
    if (used === rows) {
      copyRows(value, rows, this.value, 0)
      this.from.set(from)
    } else
      for (let row = 0; row < rows; row++) {
        copyRow(value, row, this.value, slots[row] - base)
        this.from[slots[row] - base] = from[row]
      }
    let last = 0
    let ordered = used === rows
    for (let row = 0; row < rows; row++)
      if (from[row] >= last) last = from[row]
      else ordered = false
    cells[CELL.slots] = used
    cells[CELL.live] = rows
    cells[CELL.born] = rows
    cells[CELL.disorder] = ordered ? 0 : 1
    this.#changed = last
    Atomics.exchange(cells, CELL.changed, last)
  }

  #bear(slot: number, t: T): void {
    const { cells } = this
    if (slot !== cells[CELL.born]) cells[CELL.disorder] = 1
    this.births[slot] = t
    cells[CELL.born]++
  }

  end(slot: number, t: T): void {
    this.#turn(t)
    const { cells } = this
    if (this.absences.full) this.#moreAbsences()
    this.#append(slot, t)
    this.absences.emptied(slot, t, cells[CELL.born] - cells[CELL.live] + 1)
    Atomics.exchange(this.from, slot, 0)
    cells[CELL.live]--
  }

  /** Before the first change of a transaction: the block is as the one before left it. */
  #turn(t: T): void {
    if (t === this.#changed) return
    this.#changed = t
    const { cells } = this
    const { rows } = this.open
    const least = Math.min(cells[CELL.live], cells[CELL.liveClosed])
    if (rows >= this.#pace.least && rows >= this.#share * least) this.#close()
    Atomics.exchange(cells, CELL.changed, t)
  }

  get #share(): number {
    return this.value.as === 'i32' ? this.#pace.share / 2 : this.#pace.share
  }

  #append(slot: number, t: T): void {
    const { cells, memory } = this
    if (cells[CELL.first] === 0) {
      const first = memory.allocate(this.from.byteLength)
      memory.u32(first).set(this.from)
      this.replace(() => {
        cells[CELL.first] = first
      })
    }
    if (this.open.full) {
      const more = this.open.replaced(memory, this.value.as, 2 * this.open.to.length)
      this.replace(() => {
        cells[CELL.open] = more
      }, cells[CELL.open])
    }
    this.open.append(slot, rawAt(this.value, slot), this.from[slot], t)
  }

  #reserve(slots: number): void {
    const { cells, memory } = this
    const arrays: [number, number][] = []
    if (slots > rowsOf(this.value)) arrays.push([CELL.value, slots * widthOf(this.value.as)])
    if (slots > this.from.length) arrays.push([CELL.from, 4 * slots])
    if (slots > this.births.length && cells[CELL.first] !== 0) arrays.push([CELL.first, 4 * slots])
    const larger = arrays.map(([cell, bytes]) => memory.larger(cells[cell], bytes))
    this.replace(
      () => {
        for (const [i, [cell]] of arrays.entries()) cells[cell] = larger[i]
      },
      ...arrays.map(([cell]) => cells[cell]),
    )
  }

  #moreAbsences(): void {
    const { cells } = this
    const more = this.absences.larger(this.memory)
    this.replace(() => {
      cells[CELL.absences] = more
    }, cells[CELL.absences])
  }

  #close(): void {
    const { cells, memory, open, absences, value, from, births } = this
    const number = cells[CELL.closed]
    const [born, live] = [cells[CELL.born], cells[CELL.live]]
    const whole = this.emptyBefore === 0 && absences.count === 0
    const since = number % SINCE_EVERY === SINCE_EVERY - 1
    const present = { value, from, first: births, slots: cells[CELL.slots], born, count: live }
    const segment = Segment.close(memory, open, absences, present, this.emptyBefore, whole, since)
    const { rows } = open
    const end = open.to[rows - 1]

    const room = (address: Address): Address =>
      4 * (number + 1) > memory.bytesOf(address) ? memory.larger(address, 4 * (number + 1)) : address
    const segments = room(cells[CELL.segments])
    const ends = room(cells[CELL.ends])
    // beyond what readers look at
    memory.u32(segments)[number] = segment
    memory.u32(ends)[number] = end
    const rowsNext = OpenRows.make(memory, value.as, open.to.length)
    const absencesNext = OpenAbsences.make(memory, Math.max(ABSENCES, absences.t.length))
    const old = [cells[CELL.open], cells[CELL.absences]]
    if (segments !== cells[CELL.segments]) old.push(cells[CELL.segments])
    if (ends !== cells[CELL.ends]) old.push(cells[CELL.ends])
    this.replace(
      () => {
        cells[CELL.segments] = segments
        cells[CELL.ends] = ends
        cells[CELL.closed] = number + 1
        cells[CELL.open] = rowsNext
        cells[CELL.absences] = absencesNext
        cells[CELL.liveClosed] = live
        cells[CELL.emptyClosed] = born - live
        cells[CELL.rowsClosed] += rows
        cells[CELL.bytesClosed] += memory.bytesOf(segment)
      },
      ...old,
    )
    assert(this.segments.length === number + 1, 'a block that was joined cannot be written')
  }
}
