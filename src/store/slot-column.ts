import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import type { ValueType } from '../model/type.ts'
import { firstAfter } from './moments.ts'
import {
  clearRaw,
  copyRow,
  type Form,
  formFor,
  rawOver,
  unwrittenMoments,
  unwrittenRaw,
  widest,
  widthOf,
} from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { type Held, type Pace, SlotBlock } from './slot-block.ts'
import { ValueArray } from './value-array.ts'

/** Intervals by row, one column each; `to` is 0 where they are open. */
export interface Rows {
  readonly slot: Int32Array
  readonly value: Raw
  readonly from: Uint32Array
  readonly to: Uint32Array
}

const newRows = (form: Form, rows: number): Rows => ({
  slot: new Int32Array(rows),
  value: rawOver(form, new ArrayBuffer(rows * widthOf(form)), 0, rows),
  from: new Uint32Array(rows),
  to: new Uint32Array(rows),
})

/** The narrowest form of values of a type whose column has come to `form`. */
const firstFormOf = (form: Form): Form => (form === 'i32' ? 'i32' : 'f64')

/** The facts of one attribute by slot, each slot with one fact at a time, in blocks that keep their own history. */
export class SlotColumn {
  readonly #pace: Pace
  readonly #bits: number
  readonly #mask: number
  /** Where no slot of a block was ever used there is none. */
  readonly #blocks: (SlotBlock | undefined)[] = []
  #form: Form
  #changed: T = 0
  /** When a fact last ended, or an empty slot was filled. */
  #turned: T = 0

  constructor(type: ValueType, pace: Pace) {
    this.#pace = pace
    this.#bits = pace.blockBits
    this.#mask = (1 << pace.blockBits) - 1
    this.#form = new ValueArray(type).raw.as
  }

  /** Slots ever used: none is at or above this. */
  get slots(): number {
    const last = this.#blocks.length - 1
    return last < 0 ? 0 : (last << this.#bits) + this.#blocks[last]!.slots
  }

  /** The last change of any kind. */
  get changed(): T {
    return this.#changed
  }

  get live(): number {
    return this.#sum(block => block.live)
  }

  get ended(): number {
    return this.#sum(block => block.ended)
  }

  get bytes(): number {
    return this.#sum(block => block.bytes)
  }

  /** How many checkpoints there are. */
  get checkpoints(): number {
    return this.#sum(block => block.segments)
  }

  #sum(of: (block: SlotBlock) => number): number {
    let sum = 0
    for (const block of this.#blocks) if (block) sum += of(block)
    return sum
  }

  #block(slot: number): SlotBlock | undefined {
    return this.#blocks[slot >> this.#bits]
  }

  holds(slot: number): boolean {
    const block = this.#block(slot)
    return block?.holds(slot & this.#mask) ?? false
  }

  holdsValue(slot: number, value: RawValue): boolean {
    const block = this.#block(slot)
    return block ? block.holds(slot & this.#mask) && block.is(slot & this.#mask, value) : false
  }

  /** Since when the fact that holds now does, 0 where none does. */
  since(slot: number): T {
    return this.#block(slot)?.since(slot & this.#mask) ?? 0
  }

  /** What holds now, or was the last to hold. */
  latest(slot: number): RawValue {
    return this.#block(slot)!.latest(slot & this.#mask)
  }

  /** A fact begins; where one holds, that ends. */
  begin(slot: number, value: RawValue, t: T): void {
    if (typeof value === 'bigint') this.#widen(formFor(this.#form, value))
    const number = slot >> this.#bits
    while (this.#blocks.length <= number) this.#blocks.push(undefined)
    const block = (this.#blocks[number] ??= new SlotBlock(this.#form, this.#pace))
    if (!block.unborn(slot & this.#mask)) this.#turned = t
    block.begin(slot & this.#mask, value, t)
    this.#changed = t
  }

  end(slot: number, t: T): void {
    this.#block(slot)!.end(slot & this.#mask, t)
    this.#changed = t
    this.#turned = t
  }

  /** All blocks at once: so only a segment that was open then has values in two forms. */
  #widen(form: Form): void {
    if (form === this.#form) return
    this.#form = form
    for (const block of this.#blocks) block?.widen(form)
  }

  /** The fact of a slot that holds now, where it did at `t`. */
  now(slot: number, t: T): Held | undefined {
    return this.#block(slot)?.now(slot & this.#mask, t)
  }

  /** The fact of a slot visible at `t` that does not hold any more, or undefined. */
  past(slot: number, t: T): Held | undefined {
    return this.#block(slot)?.past(slot & this.#mask, t)
  }

  /** When the slot first held a fact, or undefined. */
  firstFrom(slot: number): T | undefined {
    return this.#block(slot)?.firstFrom(slot & this.#mask)
  }

  /** The last moment at or before `t` at which a fact ended or an empty slot was filled, 0 where none had: since then at most first facts came. */
  sameSince(t: T): T {
    if (t >= this.#turned) return this.#turned
    let last = 0
    for (const block of this.#blocks) if (block) last = Math.max(last, block.sameSince(t))
    return last
  }

  /** No slot at or above this holds a fact at `t`; where slots were born in order, all below it were by then. */
  slotsAt(t: T): number {
    for (let number = this.#blocks.length - 1; number >= 0; number--) {
      const slots = this.#blocks[number]?.slotsAt(t) ?? 0
      if (slots > 0) return (number << this.#bits) + slots
    }
    return 0
  }

  /** How many facts are visible at `t`, exactly. A count that is known, or found by halving, unless facts were retracted or born out of order. */
  countAt(t: T): number {
    return this.#sum(block => block.countAt(t))
  }

  /** How many slots the arrays below have where the first `slots` are asked for: all of the last block's. */
  room(slots: number): number {
    if (slots === 0) return 0
    const last = (slots - 1) >> this.#bits
    return (last << this.#bits) + (this.#blocks[last]?.slots ?? 0)
  }

  /** Calls with each block that has some of `room` slots, where it begins, and how many of them it has. */
  #each(room: number, visit: (block: SlotBlock | undefined, at: number, slots: number) => void): void {
    for (let at = 0; at < room; at += this.#mask + 1)
      visit(this.#blocks[at >> this.#bits], at, Math.min(this.#mask + 1, room - at))
  }

  /** A copy of the values of at least the first `slots` slots as of `t`; rows in which no fact holds mean nothing. */
  valuesAt(t: T, slots: number): Raw {
    const room = this.room(slots)
    let form = this.#form
    if (form !== 'i32') {
      form = 'f64'
      this.#each(room, block => {
        if (block) form = widest(form, block.formAt(t))
      })
    }
    const raw = unwrittenRaw(form, room)
    this.#each(room, (block, at, rows) => {
      if (block) block.copyValues(t, raw, at, rows)
      else clearRaw(raw, at, at + rows)
    })
    return raw
  }

  /** Since when they hold: a slot holds a fact at `t` where this is visible at `t`. */
  sinceAt(t: T, slots: number): Uint32Array {
    return this.#moments(slots, (block, into, at, rows) => block.copySince(t, into, at, rows))
  }

  /** The same where only that is asked, and not since when: cheaper as long as nothing was retracted. */
  presenceAt(t: T, slots: number): Uint32Array {
    return this.#moments(slots, (block, into, at, rows) => block.copyPresence(t, into, at, rows))
  }

  #moments(slots: number, copy: (block: SlotBlock, into: Uint32Array, at: number, rows: number) => void): Uint32Array {
    const room = this.room(slots)
    const moments = unwrittenMoments(room)
    this.#each(room, (block, at, rows) => {
      if (block) copy(block, moments, at, rows)
      else moments.fill(0, at, at + rows)
    })
    return moments
  }

  /** What ended after `after`, no later than `t`: block by block, in order of `to` within each. */
  endedBetween(after: T, t: T): Rows {
    const runs = [...this.#blocks.entries()].flatMap(([number, block]) =>
      (block?.endedBy(t) ?? []).map(run => {
        const start = firstAfter(run.to!, run.rows, after)
        return { run, start, base: number << this.#bits }
      }),
    )
    const length = runs.reduce((sum, { run, start }) => sum + run.rows - start, 0)
    const rows = newRows(
      runs.reduce((form, { run }) => widest(form, run.value.as), firstFormOf(this.#form)),
      length,
    )
    let at = 0
    for (const { run, start, base } of runs)
      for (let row = start; row < run.rows; row++) {
        rows.slot[at] = base + run.slot![row]
        rows.from[at] = run.from[row]
        rows.to[at] = run.to![row]
        copyRow(run.value, row, rows.value, at++)
      }
    return rows
  }

  /** What holds at `t` since a moment after `after`, ascending by slot; `to` is 0. */
  holdingSince(after: T, t: T): Rows {
    const slots = this.slotsAt(t)
    const since = this.sinceAt(t, slots)
    const values = this.valuesAt(t, slots)
    let length = 0
    for (let slot = 0; slot < slots; slot++) if (since[slot] > after && since[slot] <= t) length++
    const rows = newRows(values.as, length)
    let at = 0
    for (let slot = 0; slot < slots; slot++) {
      if (since[slot] <= after || since[slot] > t) continue
      rows.slot[at] = slot
      rows.from[at] = since[slot]
      copyRow(values, slot, rows.value, at++)
    }
    return rows
  }

  /** Every interval that began at or before `t`; `to` beyond `t` shows as open (store rule 17). */
  intervalsAt(t: T): { length: number; slot: Int32Array; v: Raw; from: Uint32Array; to: Uint32Array } {
    const rows = this.ended + this.live
    const slots = new Int32Array(rows)
    const from = new Uint32Array(rows)
    const to = new Uint32Array(rows)
    const v = rawOver(this.#form, new ArrayBuffer(rows * widthOf(this.#form)), 0, rows)
    let length = 0
    for (const [number, block] of this.#blocks.entries())
      for (const run of block?.runs() ?? [])
        for (let row = 0; row < run.rows; row++) {
          if ((run.from[row] - 1) >>> 0 >= t) continue
          slots[length] = (number << this.#bits) + (run.slot === null ? row : run.slot[row])
          from[length] = run.from[row]
          to[length] = run.to === null || run.to[row] > t ? 0 : run.to[row]
          copyRow(run.value, row, v, length++)
        }
    return { length, slot: slots, v, from, to }
  }
}
