import { assert } from '../base/assert.ts'
import type { Raw } from '../model/column.ts'
import type { FactColumn, IntervalColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import type { Held, HeldUntil } from './block-as-of.ts'
import { Budget } from './budget.ts'
import { FactsAsOf, type Source } from './facts-as-of.ts'
import { fence } from './fence.ts'
import { type Address, Memory } from './memory.ts'
import { gatherRows, gatherT } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import type { Rows } from './rows.ts'
import { hasValueOrder, type Slots } from './seek-facts.ts'
import { SharedStructure } from './shared-structure.ts'
import { PACE } from './slot-block.ts'
import { SlotColumn } from './slot-column.ts'
import { endedBetween, holdingSince, intervalsAt } from './slot-history.ts'
import type { SlotSnapshot } from './slot-snapshot.ts'
import { Snapshots } from './snapshots.ts'

const NONE = -1
/** Bytes for a column that was given no budget to share. */
const OWN = 1 << 24

// cells
const USED = 1
/** Ordinals at or above this have no slot. */
const ENTITIES = 2
/** So many of the first slots are in order of their entities. */
const ORDERED = 3
const SLOTS = 4
const OWNER = 5
const BEFORE = 6
const LAST = 7
const CELLS = 16

const EMPTY = new Int32Array(0)

/** Slots in order of their entities. */
interface Order {
  readonly e: Int32Array
  /** The slot of each row. */
  readonly slots: Int32Array
}

/**
 * The facts of one attribute of cardinality many. An entity has as many slots as it ever had facts at once, and a fact
 * that begins takes one that is free: so history is that of slots, as where an entity has but one.
 */
export class ManyColumn extends SharedStructure {
  readonly attribute: Attribute
  readonly #slots: SlotColumn
  readonly #snapshots: Snapshots
  /** By slot, the ordinal of the entity that has it. */
  #owner: Int32Array = EMPTY
  /** By slot, the slot that the entity had got before, plus one. */
  #before: Int32Array = EMPTY
  /** By ordinal, the slot that the entity got last, plus one. */
  #last: Int32Array = EMPTY
  /** The same as `#owner` of the first slots, for columns that outlive it. */
  #owners: Int32Array = EMPTY
  #known = 0
  #order: Order = { e: EMPTY, slots: EMPTY }
  readonly #sorted = new WeakMap<SlotSnapshot, SortedSnapshot>()

  /** A new column, or the one at `root`. `published` tells up to when everything has been written that may be read. */
  constructor(
    attribute: Attribute,
    budget = new Budget(OWN),
    pace = PACE,
    memory = new Memory(),
    root: Address = 0,
    published?: () => T,
  ) {
    super(memory, root, CELLS)
    this.attribute = attribute
    this.#slots = new SlotColumn(attribute.type, pace, memory, this.cells[SLOTS], hasValueOrder(attribute))
    if (root === 0) {
      this.cells[SLOTS] = this.#slots.root
      for (const cell of [OWNER, BEFORE, LAST]) this.cells[cell] = memory.larger(0, 1)
    }
    this.#snapshots = new Snapshots(this.#slots, budget, published)
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    this.#owner = this.memory.i32(cells[OWNER])
    this.#before = this.memory.i32(cells[BEFORE])
    this.#last = this.memory.i32(cells[LAST])
  }

  get live(): number {
    return this.#slots.live
  }

  get ended(): number {
    return this.#slots.ended
  }

  get checkpoints(): number {
    return this.#slots.checkpoints
  }

  /** Off-heap, without what the budget keeps. */
  get bytes(): number {
    const copies = this.#order.e.byteLength * 2 + this.#owners.byteLength
    return this.#slots.bytes + this.#owner.byteLength * 2 + this.#last.byteLength + copies
  }

  #lastSlot(ordinal: number): number {
    return ordinal < this.#last.length ? this.#last[ordinal] - 1 : NONE
  }

  #slotOf(ordinal: number, value: RawValue): number {
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (this.#slots.holdsValue(slot, value)) return slot
    return NONE
  }

  #freeSlot(ordinal: number): number {
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (!this.#slots.holds(slot)) return slot
    return NONE
  }

  #newSlot(ordinal: number): number {
    const { cells } = this
    const slot = cells[USED]
    if (slot >= this.#owner.length) this.#reserve(OWNER, slot)
    if (slot >= this.#before.length) this.#reserve(BEFORE, slot)
    if (ordinal >= this.#last.length) this.#reserve(LAST, ordinal)
    this.#owner[slot] = ordinal
    this.#before[slot] = this.#last[ordinal]
    if (ordinal >= cells[ENTITIES]) cells[ENTITIES] = ordinal + 1
    if (slot === cells[ORDERED] && (slot === 0 || this.#owner[slot - 1] <= ordinal)) cells[ORDERED] = slot + 1
    // whoever sees the slot sees where it belongs
    fence()
    this.#last[ordinal] = slot + 1
    cells[USED] = slot + 1
    return slot
  }

  #reserve(cell: number, row: number): void {
    const old = this.cells[cell]
    const larger = this.memory.larger(old, 4 * (row + 1))
    this.replace(() => {
      this.cells[cell] = larger
    }, old)
  }

  holds(ordinal: number): boolean {
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (this.#slots.holds(slot)) return true
    return false
  }

  holdsValue(ordinal: number, value: RawValue): boolean {
    return this.#slotOf(ordinal, value) !== NONE
  }

  /** The ordinals that hold a code or ordinal now, ascending; of an attribute with value order. */
  holders(value: number): Int32Array {
    const slots = this.#slots.slotsOf(value, Number.POSITIVE_INFINITY)
    assert(slots, `${this.attribute.ident} has no value order`)
    return slots
      .filter(slot => this.#slots.holdsValue(slot, value))
      .map(slot => this.#owner[slot])
      .sort()
  }

  /** What holds now, oldest first. */
  current(ordinal: number): RawValue[] {
    const held: number[] = []
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (this.#slots.holds(slot)) held.unshift(slot)
    held.sort((a, b) => this.#slots.heldSince(a) - this.#slots.heldSince(b))
    return held.map(slot => this.#slots.latest(slot))
  }

  begin(ordinal: number, value: RawValue, t: T): void {
    let slot = this.#slotOf(ordinal, value)
    if (slot === NONE) slot = this.#freeSlot(ordinal)
    if (slot === NONE) slot = this.#newSlot(ordinal)
    this.#slots.begin(slot, value, t)
  }

  end(ordinal: number, value: RawValue, t: T): void {
    const slot = this.#slotOf(ordinal, value)
    if (slot !== NONE) this.#slots.end(slot, t)
  }

  /** The facts of one entity visible at `t`, in no particular order. */
  at(ordinal: number, t: T): Held[] {
    this.sync()
    const facts: Held[] = []
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1) {
      const fact = this.#snapshots.point(slot, t)
      if (fact) facts.push(fact)
    }
    return facts
  }

  firstFrom(ordinal: number): T | undefined {
    this.sync()
    let first: T | undefined
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1) {
      const from = this.#slots.firstFrom(slot)
      if (from !== undefined && (first === undefined || from < first)) first = from
    }
    return first
  }

  countAt(t: T): number {
    return this.#slots.countAt(t)
  }

  /** The column as of `t`, ascending by entity; rows of free slots stand between the others. */
  factsAt(t: T): FactColumn {
    this.sync()
    const slots = this.#slots
    return this.#snapshots.at(
      t,
      () => {
        const born = slots.slotsAt(t)
        return born <= this.cells[ORDERED] ? born : Math.max(born, this.cells[USED])
      },
      (snapshot, length) => {
        const count = slots.countAt(t)
        if (length <= this.cells[ORDERED])
          return new FactsAsOf(this.attribute, t, length, count, this.#ownersOf(length), snapshot, this.#seek(true))
        const sorted = this.#sortedOf(snapshot)
        return new FactsAsOf(this.attribute, t, sorted.order.e.length, count, sorted.order.e, sorted, this.#seek(false))
      },
    )
  }

  #seek(rowsAreSlots: boolean): Slots {
    const slots = this.#slots
    return {
      slots,
      find: (value, most) => slots.slotsOf(value, most),
      most: value => slots.mostOf(value),
      rowsAreSlots,
      owner: slot => {
        this.sync()
        return this.#owner[slot]
      },
      each: (ordinal, visit) => {
        this.sync()
        for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1) visit(slot)
      },
    }
  }

  /** The owners of at least the first `slots` slots, in memory that stays as it is. */
  #ownersOf(slots: number): Int32Array {
    if (slots > this.#owners.length) {
      const larger = new Int32Array(Math.max(slots, 2 * this.#owners.length))
      larger.set(this.#owners.subarray(0, this.#known))
      this.#owners = larger
    }
    if (slots > this.#known) {
      // how many slots are used was read since the arrays were taken hold of
      this.sync()
      this.#owners.set(this.#owner.subarray(this.#known, slots), this.#known)
      this.#known = slots
    }
    return this.#owners
  }

  #sortedOf(snapshot: SlotSnapshot): SortedSnapshot {
    let sorted = this.#sorted.get(snapshot)
    if (!sorted) {
      // of the slots that the snapshot has: more may have come since
      const used = Math.min(snapshot.slots, this.cells[USED])
      if (this.#order.e.length !== used) this.#order = orderOf(this.#ownersOf(used), used)
      sorted = new SortedSnapshot(snapshot, this.#order)
      this.#sorted.set(snapshot, sorted)
    }
    return sorted
  }

  /** What ended after `after`, no later than `t`; `slot` is the ordinal of its entity. */
  endedBetween(after: T, t: T): Rows {
    return this.#owned(endedBetween(this.#slots, after, t))
  }

  /** What holds at `t` since a moment after `after`; `slot` is the ordinal of its entity. */
  holdingSince(after: T, t: T): Rows {
    return this.#owned(holdingSince(this.#slots, after, t))
  }

  #owned(rows: Rows): Rows {
    this.sync()
    for (let row = 0; row < rows.slot.length; row++) rows.slot[row] = this.#owner[rows.slot[row]]
    return rows
  }

  /** Every interval of one entity, in no particular order. */
  intervalsOf(ordinal: number): HeldUntil[] {
    this.sync()
    const intervals: HeldUntil[] = []
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      intervals.push(...this.#slots.intervalsOf(slot))
    return intervals
  }

  intervalsAt(t: T, after = 0): IntervalColumn {
    const { slot, ...rest } = intervalsAt(this.#slots, t, after)
    const e = slot
    this.sync()
    for (let row = 0; row < rest.length; row++) e[row] = this.#owner[slot[row]]
    return { attribute: this.attribute, e, ...rest }
  }
}

/** The arrays of a snapshot in order of entity. */
class SortedSnapshot implements Source {
  readonly order: Order
  readonly #snapshot: SlotSnapshot
  #values: Raw | undefined
  #since: Uint32Array | undefined
  #presence: Uint32Array | undefined

  constructor(snapshot: SlotSnapshot, order: Order) {
    this.#snapshot = snapshot
    this.order = order
  }

  get made(): boolean {
    return this.#values !== undefined && (this.#since ?? this.#presence) !== undefined
  }

  get values(): Raw {
    if (!this.#values) {
      this.#values = gatherRows(this.#snapshot.values, this.order.slots)
      this.#snapshot.grew(this.#values.values)
    }
    return this.#values
  }

  get since(): Uint32Array {
    if (!this.#since) {
      this.#since = gatherT(this.#snapshot.since, this.order.slots)
      this.#snapshot.grew(this.#since)
    }
    return this.#since
  }

  get presence(): Uint32Array {
    if (this.#since) return this.#since
    if (!this.#presence) {
      this.#presence = gatherT(this.#snapshot.presence, this.order.slots)
      this.#snapshot.grew(this.#presence)
    }
    return this.#presence
  }
}

/** Sorts slots by entity, those of one entity by number; in time that grows with both. */
function orderOf(owner: Int32Array, used: number): Order {
  let entities = 0
  for (let slot = 0; slot < used; slot++) if (owner[slot] >= entities) entities = owner[slot] + 1
  const places = new Int32Array(entities + 1)
  for (let slot = 0; slot < used; slot++) places[owner[slot] + 1]++
  for (let ordinal = 0; ordinal < entities; ordinal++) places[ordinal + 1] += places[ordinal]
  const slots = new Int32Array(used)
  const e = new Int32Array(used)
  for (let slot = 0; slot < used; slot++) {
    const row = places[owner[slot]]++
    slots[row] = slot
    e[row] = owner[slot]
  }
  return { e, slots }
}
