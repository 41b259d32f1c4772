import type { Pieces } from '../base/lent-memory.ts'
import { firstForm, type Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import type { ValueType } from '../model/type.ts'
import { Births } from './births.ts'
import type { Held, HeldUntil } from './block-as-of.ts'
import type { Run } from './block-memory.ts'
import type { Address, Memory } from './memory.ts'
import {
  clearRaw,
  type Form,
  formFor,
  rawOver,
  rowsBetween,
  unwrittenMoments,
  unwrittenRaw,
  widest,
  widthOf,
} from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { firstFrom, type Rows } from './rows.ts'
import { SharedStructure } from './shared-structure.ts'
import { type Pace, SlotBlock } from './slot-block.ts'
import { blockMoments, blockRoom, gatherEvery, gatherMoments, type Stride } from './strides.ts'
import { formCode, formOf } from './value-array.ts'
import { ValueIndex } from './value-index.ts'

// cells
const FORM = 1
const BITS = 2
/** The last change of any kind. */
const CHANGED = 3
/** When a fact last ended, or an empty slot was filled. */
const TURNED = 4
const COUNT = 5
const BLOCKS = 6
/** Address of the value order, 0 where there is none. */
const VALUES = 7
const CELLS = 16

/** Above all slots. */
const NO_SLOT = 2 ** 30

/** The narrowest form of values of a type whose column has come to `form`. */
export const firstFormOf = (form: Form): Form => (form === 'i32' ? 'i32' : 'f64')

/** The facts of one attribute by slot, each slot with one fact at a time, in blocks that keep their own history. */
export class SlotColumn extends SharedStructure {
  readonly #pace: Pace
  readonly #bits: number
  readonly #mask: number
  /** Where no slot of a block was ever used there is none. */
  readonly #blocks: (SlotBlock | undefined)[] = []
  /** How many facts there are since the last change, where somebody asked. */
  #counted: { readonly changed: T; readonly count: number } | null = null

  /** Where slots are found by value. */
  #order: ValueIndex | undefined
  /** What was born and is not in the blocks yet, and from which slot on. Nobody reads of it: it is not published. */
  #births: Births | undefined
  #unsettled = NO_SLOT

  /** A new column, or the one at `root`; `ordered` gives a new one value order, which only codes and ordinals have. */
  constructor(type: ValueType, pace: Pace, memory: Memory, root: Address = 0, ordered = false) {
    super(memory, root, CELLS)
    const { cells } = this
    if (root === 0) {
      cells[FORM] = formCode(firstForm(type))
      cells[BITS] = pace.blockBits
      if (ordered && firstForm(type) === 'i32') cells[VALUES] = new ValueIndex(memory).root
    }
    if (cells[VALUES] !== 0) this.#order = new ValueIndex(memory, cells[VALUES])
    this.#pace = pace
    this.#bits = cells[BITS]
    this.#mask = (1 << this.#bits) - 1
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    if (cells[BLOCKS] === 0) return
    const blocks = this.memory.u32(cells[BLOCKS])
    for (let number = 0; number < cells[COUNT]; number++)
      if (blocks[number] !== 0 && !this.#blocks[number])
        this.#blocks[number] = new SlotBlock(this.memory, this.#form, this.#pace, blocks[number])
  }

  #add(number: number): SlotBlock {
    const { cells, memory } = this
    const block = new SlotBlock(memory, this.#form, this.#pace)
    while (this.#blocks.length < number) this.#blocks.push(undefined)
    this.#blocks[number] = block
    const old = cells[BLOCKS]
    const table = 4 * (number + 1) > memory.bytesOf(old) ? memory.larger(old, 4 * (number + 1)) : old
    memory.u32(table)[number] = block.root
    this.replace(
      () => {
        cells[BLOCKS] = table
        cells[COUNT] = this.#blocks.length
      },
      table === old ? 0 : old,
    )
    return block
  }

  get #form(): Form {
    return formOf(this.cells[FORM])
  }

  /** The form that holds every value that it ever had. */
  get form(): Form {
    return this.#form
  }

  /** Slots ever used: none is at or above this. */
  get slots(): number {
    const last = this.#blocks.length - 1
    return last < 0 ? 0 : (last << this.#bits) + this.#blocks[last]!.slots
  }

  /** The last change of any kind. */
  get changed(): T {
    return this.cells[CHANGED]
  }

  get live(): number {
    return this.#sum(block => block.live)
  }

  get ended(): number {
    return this.#sum(block => block.ended)
  }

  get bytes(): number {
    return this.#sum(block => block.bytes) + (this.#order?.bytes ?? 0)
  }

  /** How many checkpoints there are. */
  get checkpoints(): number {
    return this.#sum(block => block.checkpoints)
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
    if (slot >= this.#unsettled) this.settle()
    const block = this.#block(slot)
    return block?.holds(slot & this.#mask) ?? false
  }

  holdsValue(slot: number, value: RawValue): boolean {
    if (slot >= this.#unsettled) this.settle()
    const block = this.#block(slot)
    return block ? block.holds(slot & this.#mask) && block.is(slot & this.#mask, value) : false
  }

  /** Since when the fact that holds now does, 0 where none does. */
  heldSince(slot: number): T {
    if (slot >= this.#unsettled) this.settle()
    return this.#block(slot)?.heldSince(slot & this.#mask) ?? 0
  }

  /** What holds now, or was the last to hold. */
  latest(slot: number): RawValue {
    if (slot >= this.#unsettled) this.settle()
    return this.#block(slot)!.latest(slot & this.#mask)
  }

  /** What `begin` does for the first fact of a new entity, whose slot is above all that ever were; done together with others. */
  bear(slot: number, value: RawValue, t: T): void {
    if (typeof value === 'bigint') return this.begin(slot, value, t)
    const births = (this.#births ??= new Births())
    if (births.full) this.settle()
    if (births.rows === 0) this.#unsettled = slot
    births.add(slot, value, t)
  }

  /** Brings into the blocks what was born: before anything of it is published or asked for by who writes, and before other changes. */
  settle(): void {
    const births = this.#births
    if (births === undefined || births.rows === 0) return
    const { rows } = births
    births.rows = 0
    this.#unsettled = NO_SLOT
    const { slot, value, from } = births
    this.#order?.addAll(value, slot, rows)
    this.cells[CHANGED] = from[rows - 1]
    for (let row = 0; row < rows; ) {
      const number = slot[row] >> this.#bits
      const base = number << this.#bits
      let end = row + 1
      while (end < rows && slot[end] >> this.#bits === number) end++
      const block = this.#blocks[number] ?? this.#add(number)
      block.bear(births, row, end, base)
      row = end
    }
  }

  /** A fact begins; where one holds, that ends. */
  begin(slot: number, value: RawValue, t: T): void {
    if (this.#unsettled !== NO_SLOT) this.settle()
    if (this.#order !== undefined) this.#order.add(value as number, slot)
    if (typeof value === 'bigint') this.#widen(formFor(this.#form, value))
    const block = this.#blocks[slot >> this.#bits] ?? this.#add(slot >> this.#bits)
    const { cells } = this
    if (!block.unborn(slot & this.#mask)) cells[TURNED] = t
    cells[CHANGED] = t
    block.begin(slot & this.#mask, value, t)
  }

  /** Takes up facts while there are none, ascending by slot: what `begin` does for each, in the order of their beginnings. */
  fill({ slot, value, from }: Rows): void {
    this.#widen(widest(this.#form, value.as))
    if (this.#order !== undefined && value.as === 'i32') {
      this.#order.reserve(slot.length)
      for (let row = 0; row < slot.length; row++) this.#order.add(value.values[row], slot[row])
    }
    const { cells } = this
    for (let start = 0; start < slot.length; ) {
      const number = slot[start] >> this.#bits
      const base = number << this.#bits
      const end = firstFrom(slot, base + this.#mask + 1, start)
      const block = this.#blocks[number] ?? this.#add(number)
      block.fill(slot.subarray(start, end), base, rowsBetween(value, start, end), from.subarray(start, end))
      cells[CHANGED] = Math.max(cells[CHANGED], block.changed)
      start = end
    }
  }

  end(slot: number, t: T): void {
    if (this.#unsettled !== NO_SLOT) this.settle()
    const { cells } = this
    cells[TURNED] = t
    cells[CHANGED] = t
    this.#block(slot)!.end(slot & this.#mask, t)
  }

  /** All blocks at once: so only a segment that was open then has values in two forms. */
  #widen(form: Form): void {
    if (form === this.#form) return
    this.cells[FORM] = formCode(form)
    for (const block of this.#blocks) block?.widen(form)
  }

  /** The slots that ever held a code or ordinal, ascending; null where nobody keeps them, or where there are more than about `most`. */
  slotsOf(value: number, most: number): Int32Array | null {
    this.settle()
    return this.#order?.slots(value, most) ?? null
  }

  /** No more slots than this hold the value at any one moment; undefined where nobody keeps that. */
  mostOf(value: number): number | undefined {
    this.settle()
    return this.#order?.count(value)
  }

  /** The fact of a slot visible at `t`, or undefined; costs the same at any depth of history. */
  at(slot: number, t: T): Held | undefined {
    return this.now(slot, t) ?? this.past(slot, t)
  }

  /** The fact of a slot that holds now, where it did at `t`. */
  now(slot: number, t: T): Held | undefined {
    this.sync()
    return this.#block(slot)?.now(slot & this.#mask, t)
  }

  /** The fact of a slot visible at `t` that does not hold any more, or undefined. */
  past(slot: number, t: T): Held | undefined {
    this.sync()
    return this.#block(slot)?.past(slot & this.#mask, t)
  }

  /** When the slot first held a fact, or undefined. */
  firstFrom(slot: number): T | undefined {
    this.sync()
    return this.#block(slot)?.firstFrom(slot & this.#mask)
  }

  /** The last moment at or before `t` at which a fact ended or an empty slot was filled, 0 where none had: since then at most first facts came. */
  sameSince(t: T): T {
    this.sync()
    const turned = this.cells[TURNED]
    if (t >= turned) return turned
    let last = 0
    for (const block of this.#blocks) if (block) last = Math.max(last, block.sameSince(t))
    return last
  }

  /** No slot at or above this holds a fact at `t`; where slots were born in order, all below it were by then. */
  slotsAt(t: T): number {
    this.sync()
    for (let number = this.#blocks.length - 1; number >= 0; number--) {
      const slots = this.#blocks[number]?.slotsAt(t) ?? 0
      if (slots > 0) return (number << this.#bits) + slots
    }
    return 0
  }

  /** How many facts are visible at `t`, exactly. A count that is known, or found by halving, unless facts were retracted or born out of order. */
  countAt(t: T): number {
    this.sync()
    // whoever knows t sees every change up to it: where the last of all is none later, the count is that of the last time
    const changed = this.cells[CHANGED]
    if (changed > t) return this.#sum(block => block.countAt(t))
    if (this.#counted === null || this.#counted.changed !== changed)
      this.#counted = { changed, count: this.#sum(block => block.countAt(t)) }
    return this.#counted.count
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
    for (;;) {
      this.sync()
      const room = this.room(slots)
      let form = this.#form
      if (form !== 'i32') {
        form = 'f64'
        this.#each(room, block => {
          if (block) form = widest(form, block.formAt(t))
        })
      }
      const raw = unwrittenRaw(form, room)
      let fits = true
      this.#each(room, (block, at, rows) => {
        if (!block) clearRaw(raw, at, at + rows)
        else if (fits) fits = block.copyValues(t, raw, at, rows)
      })
      if (fits) return raw
    }
  }

  /** The values of so many slots, every `step`th from `first` on, as of `t`; all of them are below `slotsAt(t)`. Rows in which no fact holds mean nothing. */
  valuesEvery(t: T, stride: Stride, rows: number, pieces?: Pieces): Raw {
    for (;;) {
      this.sync()
      const all = this.#mask + 1
      let form = this.#form
      if (form !== 'i32') {
        form = 'f64'
        this.#every(stride, rows, block => {
          if (block) form = widest(form, block.formAt(t))
        })
      }
      const raw = pieces ? rawOver(form, pieces(rows * widthOf(form)), 0, rows) : unwrittenRaw(form, rows)
      let fits = true
      this.#every(stride, rows, (block, within, row, count) => {
        if (!block) clearRaw(raw, row, row + count)
        else if (fits && !block.copyPresent(t, within, count, raw, row)) {
          const values = blockRoom(form, all)
          fits = block.copyValues(t, values, 0, all)
          if (fits) gatherEvery(values, within, count, raw, row)
        }
      })
      if (fits) return raw
    }
  }

  sinceEvery(t: T, stride: Stride, rows: number): Uint32Array {
    return this.#momentsEvery(stride, rows, (block, into, room) => block.copySince(t, into, 0, room))
  }

  presenceEvery(t: T, stride: Stride, rows: number): Uint32Array {
    return this.#momentsEvery(stride, rows, (block, into, room) => block.copyPresence(t, into, 0, room))
  }

  #momentsEvery(
    stride: Stride,
    rows: number,
    copy: (block: SlotBlock, into: Uint32Array, room: number) => void,
  ): Uint32Array {
    this.sync()
    const all = this.#mask + 1
    const moments = unwrittenMoments(rows)
    this.#every(stride, rows, (block, within, row, count) => {
      if (!block) return void moments.fill(0, row, row + count)
      const into = blockMoments(all)
      copy(block, into, all)
      gatherMoments(into, within, count, moments, row)
    })
    return moments
  }

  /** Calls with each block that has some of the slots: which of its own they are, from which row on, and how many. */
  #every(
    { first, step }: Stride,
    rows: number,
    visit: (block: SlotBlock | undefined, within: Stride, row: number, count: number) => void,
  ): void {
    for (let row = 0; row < rows; ) {
      const slot = first + row * step
      const within = slot & this.#mask
      const count = Math.min(rows - row, Math.ceil((this.#mask + 1 - within) / step))
      visit(this.#blocks[slot >> this.#bits], { first: within, step }, row, count)
      row += count
    }
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
    this.sync()
    const room = this.room(slots)
    const moments = unwrittenMoments(room)
    this.#each(room, (block, at, rows) => {
      if (block) copy(block, moments, at, rows)
      else moments.fill(0, at, at + rows)
    })
    return moments
  }

  /** Every interval of a slot, the one that holds last. */
  intervalsOf(slot: number): HeldUntil[] {
    this.sync()
    return this.#block(slot)?.intervalsOf(slot & this.#mask) ?? []
  }

  /** What had ended by `t`, block by block, in order of `to` within each; the slots of each are counted from `base`. */
  endedBy(t: T): { readonly run: Run; readonly base: number }[] {
    this.sync()
    return [...this.#blocks.entries()].flatMap(([number, block]) =>
      (block?.endedBy(t) ?? []).map(run => ({ run, base: number << this.#bits })),
    )
  }
}
