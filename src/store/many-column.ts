import type { Raw } from '../model/column.ts'
import type { FactColumn, IntervalColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { Budget } from './budget.ts'
import { FactsAsOf, type Source } from './facts-as-of.ts'
import { grownI32 } from './growing.ts'
import { gatherRows, gatherT } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { type Held, PACE } from './slot-block.ts'
import { type Rows, SlotColumn } from './slot-column.ts'
import type { SlotSnapshot } from './slot-snapshot.ts'
import { Snapshots } from './snapshots.ts'

const NONE = -1
/** Bytes for a column that was given no budget to share. */
const OWN = 1 << 24

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
export class ManyColumn {
  readonly attribute: Attribute
  readonly #slots: SlotColumn
  readonly #snapshots: Snapshots
  /** By slot, the ordinal of the entity that has it. */
  #owner: Int32Array = new Int32Array(0)
  /** By slot, the slot that the entity had got before, plus one. */
  #before: Int32Array = new Int32Array(0)
  /** By ordinal, the slot that the entity got last, plus one. */
  #last: Int32Array = new Int32Array(0)
  #used = 0
  #entities = 0
  /** Whether slots are in order of their entities as they are. */
  #inOrder = true
  #order: Order = { e: this.#owner, slots: this.#owner }
  readonly #sorted = new WeakMap<SlotSnapshot, SortedSnapshot>()

  constructor(attribute: Attribute, budget = new Budget(OWN), pace = PACE) {
    this.attribute = attribute
    this.#slots = new SlotColumn(attribute.type, pace)
    this.#snapshots = new Snapshots(this.#slots, budget)
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
    const order = this.#inOrder ? 0 : this.#order.e.byteLength * 2
    return this.#slots.bytes + this.#owner.byteLength * 2 + this.#last.byteLength + order
  }

  #lastSlot(ordinal: number): number {
    return ordinal < this.#entities ? this.#last[ordinal] - 1 : NONE
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
    const slot = this.#used++
    this.#owner = grownI32(this.#owner, slot + 1)
    this.#before = grownI32(this.#before, slot + 1)
    this.#last = grownI32(this.#last, ordinal + 1)
    if (ordinal >= this.#entities) this.#entities = ordinal + 1
    if (slot > 0 && this.#owner[slot - 1] > ordinal) this.#inOrder = false
    this.#owner[slot] = ordinal
    this.#before[slot] = this.#last[ordinal]
    this.#last[ordinal] = slot + 1
    return slot
  }

  holds(ordinal: number): boolean {
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (this.#slots.holds(slot)) return true
    return false
  }

  holdsValue(ordinal: number, value: RawValue): boolean {
    return this.#slotOf(ordinal, value) !== NONE
  }

  /** What holds now, oldest first. */
  current(ordinal: number): RawValue[] {
    const held: number[] = []
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1)
      if (this.#slots.holds(slot)) held.unshift(slot)
    held.sort((a, b) => this.#slots.since(a) - this.#slots.since(b))
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
    const facts: Held[] = []
    for (let slot = this.#lastSlot(ordinal); slot !== NONE; slot = this.#before[slot] - 1) {
      const fact = this.#snapshots.point(slot, t)
      if (fact) facts.push(fact)
    }
    return facts
  }

  firstFrom(ordinal: number): T | undefined {
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
    const slots = this.#slots
    return this.#snapshots.at(
      t,
      () => (this.#inOrder ? slots.slotsAt(t) : this.#used),
      snapshot => {
        const count = slots.countAt(t)
        if (this.#inOrder) return new FactsAsOf(this.attribute, t, slots.slotsAt(t), count, this.#owner, snapshot)
        const sorted = this.#sortedOf(snapshot)
        return new FactsAsOf(this.attribute, t, sorted.order.e.length, count, sorted.order.e, sorted)
      },
    )
  }

  #sortedOf(snapshot: SlotSnapshot): SortedSnapshot {
    let sorted = this.#sorted.get(snapshot)
    if (!sorted) {
      if (this.#order.e.length < this.#used) this.#order = orderOf(this.#owner, this.#used, this.#entities)
      sorted = new SortedSnapshot(snapshot, this.#order)
      this.#sorted.set(snapshot, sorted)
    }
    return sorted
  }

  /** What ended after `after`, no later than `t`; `slot` is the ordinal of its entity. */
  endedBetween(after: T, t: T): Rows {
    return this.#owned(this.#slots.endedBetween(after, t))
  }

  /** What holds at `t` since a moment after `after`; `slot` is the ordinal of its entity. */
  holdingSince(after: T, t: T): Rows {
    return this.#owned(this.#slots.holdingSince(after, t))
  }

  #owned(rows: Rows): Rows {
    for (let row = 0; row < rows.slot.length; row++) rows.slot[row] = this.#owner[rows.slot[row]]
    return rows
  }

  intervalsAt(t: T): IntervalColumn {
    const { slot, ...rest } = this.#slots.intervalsAt(t)
    const e = slot
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

  get values(): Raw {
    if (!this.#values) {
      this.#values = gatherRows(this.#snapshot.values, this.order.slots)
      this.#snapshot.grew(this.#values.values.byteLength)
    }
    return this.#values
  }

  get since(): Uint32Array {
    if (!this.#since) {
      this.#since = gatherT(this.#snapshot.since, this.order.slots)
      this.#snapshot.grew(this.#since.byteLength)
    }
    return this.#since
  }

  get presence(): Uint32Array {
    if (this.#since) return this.#since
    if (!this.#presence) {
      this.#presence = gatherT(this.#snapshot.presence, this.order.slots)
      this.#snapshot.grew(this.#presence.byteLength)
    }
    return this.#presence
  }
}

/** Sorts slots by entity, those of one entity by number; in time that grows with both. */
function orderOf(owner: Int32Array, used: number, entities: number): Order {
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
