import { assert } from '../base/assert.ts'
import type { FactColumn, IntervalColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import type { Held, HeldUntil } from './block-as-of.ts'
import { Budget } from './budget.ts'
import { FactsAsOf } from './facts-as-of.ts'
import { type Address, Memory } from './memory.ts'
import type { RawValue } from './raw-value.ts'
import type { Rows } from './rows.ts'
import { hasValueOrder, type Slots } from './seek-facts.ts'
import { PACE } from './slot-block.ts'
import { SlotColumn } from './slot-column.ts'
import { endedBetween, holdingSince, intervalsAt } from './slot-history.ts'
import { Snapshots } from './snapshots.ts'

/** Bytes for a column that was given no budget to share. */
const OWN = 1 << 24

/** The facts of one attribute of cardinality one: the slot of an entity is its ordinal. */
export class OneColumn {
  readonly attribute: Attribute
  readonly #slots: SlotColumn
  readonly #snapshots: Snapshots
  readonly #seek: Slots

  /** A new column, or the one at `root`. `published` tells up to when everything has been written that may be read, `ordinalOf` whose identity a value is. */
  constructor(
    attribute: Attribute,
    budget = new Budget(OWN),
    pace = PACE,
    memory = new Memory(),
    root: Address = 0,
    published?: () => T,
    ordinalOf?: (key: RawValue) => number,
  ) {
    this.attribute = attribute
    this.#slots = new SlotColumn(attribute.type, pace, memory, root, hasValueOrder(attribute))
    this.#snapshots = new Snapshots(this.#slots, budget, published)
    const slots = this.#slots
    const identified = (key: number) => Int32Array.of(ordinalOf!(key)).filter(ordinal => ordinal >= 0)
    this.#seek = {
      slots,
      find: ordinalOf ? identified : (value, most) => slots.slotsOf(value, most),
      most: ordinalOf ? () => 1 : value => slots.mostOf(value),
      rowsAreSlots: true,
      owner: slot => slot,
      each: (ordinal, visit) => visit(ordinal),
    }
  }

  get root(): Address {
    return this.#slots.root
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
    return this.#slots.bytes
  }

  holds(ordinal: number): boolean {
    return this.#slots.holds(ordinal)
  }

  holdsValue(ordinal: number, value: RawValue): boolean {
    return this.#slots.holdsValue(ordinal, value)
  }

  /** The ordinals that hold a code or ordinal now, ascending; of an attribute with value order. */
  holders(value: number): Int32Array {
    const slots = this.#slots.slotsOf(value, Number.POSITIVE_INFINITY)
    assert(slots, `${this.attribute.ident} has no value order`)
    return slots.filter(slot => this.#slots.holdsValue(slot, value))
  }

  /** What holds now, or was the last to hold. */
  latest(ordinal: number): RawValue {
    return this.#slots.latest(ordinal)
  }

  begin(ordinal: number, value: RawValue, t: T): void {
    this.#slots.begin(ordinal, value, t)
  }

  /** What `begin` does for the first fact of an entity whose ordinal is above all that ever had one here; done together with others. */
  bear(ordinal: number, value: RawValue, t: T): void {
    this.#slots.bear(ordinal, value, t)
  }

  /** Does what `bear` left for later. */
  settle(): void {
    this.#slots.settle()
  }

  /** Takes up facts while there are none, ascending by ordinal: what `begin` does for each, in the order of their beginnings. */
  fill(rows: Rows): void {
    this.#slots.fill(rows)
  }

  end(ordinal: number, t: T): void {
    this.#slots.end(ordinal, t)
  }

  /** Value and start of the fact of one entity visible at `t`, or undefined. Costs the same at any depth of history. */
  at(ordinal: number, t: T): Held | undefined {
    return this.#snapshots.point(ordinal, t)
  }

  /** The first t at which the entity ever had a value here, or undefined. */
  firstFrom(ordinal: number): T | undefined {
    return this.#slots.firstFrom(ordinal)
  }

  countAt(t: T): number {
    return this.#slots.countAt(t)
  }

  /** The column as of `t`. */
  factsAt(t: T): FactColumn {
    const slots = this.#slots
    return this.#snapshots.at(
      t,
      () => slots.slotsAt(t),
      (snapshot, length) => new FactsAsOf(this.attribute, t, length, slots.countAt(t), null, snapshot, this.#seek),
    )
  }

  /** What ended after `after`, no later than `t`; a slot is an ordinal. */
  endedBetween(after: T, t: T): Rows {
    return endedBetween(this.#slots, after, t)
  }

  /** What holds at `t` since a moment after `after`; a slot is an ordinal. */
  holdingSince(after: T, t: T): Rows {
    return holdingSince(this.#slots, after, t)
  }

  /** Every interval of one entity, the one that holds last; cost follows them and the number of checkpoints. */
  intervalsOf(ordinal: number): HeldUntil[] {
    return this.#slots.intervalsOf(ordinal)
  }

  /** Every interval that began at or before `t`, and began or ended after `after`; `to` beyond `t` shows as open (store rule 17). */
  intervalsAt(t: T, after = 0): IntervalColumn {
    const { slot, ...rest } = intervalsAt(this.#slots, t, after)
    return { attribute: this.attribute, e: slot, ...rest }
  }
}
