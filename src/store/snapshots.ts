import type { Raw } from '../model/column.ts'
import type { FactColumn } from '../model/fact-view.ts'
import type { T } from '../model/transaction.ts'
import type { Held } from './block-as-of.ts'
import type { Budget } from './budget.ts'
import type { SlotColumn } from './slot-column.ts'
import { SlotSnapshot } from './slot-snapshot.ts'
import { rawAt } from './value-array.ts'

/** Moments of one snapshot whose columns are kept. */
const MOMENTS = 64
/** Point look-ups of one moment that are cheaper than a snapshot: so many, and one for so many slots. */
const LEAST = 64
const SHARE = 64

interface Entry {
  readonly snapshot: SlotSnapshot
  /** Those with a column, the oldest first. */
  readonly moments: T[]
}

/** What was read of a column lately: one snapshot for all moments between which nothing ended. */
export class Snapshots {
  readonly #column: SlotColumn
  readonly #budget: Budget
  readonly #published: () => T
  /** By the moment since which they are the same. */
  readonly #entries = new Map<T, Entry>()
  readonly #columns = new Map<T, { readonly entry: Entry; readonly column: FactColumn }>()
  /** The moment of the last point look-up into the past, and how many there were of it. */
  #askedAt: T = -1
  #asked = 0
  /** The snapshot that serves them. */
  #points: SlotSnapshot | undefined
  #values: Raw | undefined
  #since: Uint32Array | undefined

  /** `published`: all changes up to then are whole; otherwise those of the column are. */
  constructor(column: SlotColumn, budget: Budget, published: () => T = () => column.changed) {
    this.#column = column
    this.#budget = budget
    this.#published = published
  }

  /** The fact of one slot visible at `t`, or undefined. A moment at which many are asked for gets a snapshot. */
  point(slot: number, t: T): Held | undefined {
    if (t === this.#askedAt && this.#since) {
      const from = slot < this.#since.length ? this.#since[slot] : 0
      return from !== 0 && from <= t ? { value: rawAt(this.#values!, slot), from } : undefined
    }
    const now = this.#column.now(slot, t)
    if (now) return now
    if (t !== this.#askedAt) {
      this.#askedAt = t
      this.#asked = 0
      this.#points = this.#values = this.#since = undefined
    }
    if (++this.#asked > LEAST && this.#asked * SHARE > this.#column.slots) {
      const { snapshot } = this.#entry(t, this.#column.slotsAt(t))
      this.#points = snapshot
      this.#values = snapshot.values
      this.#since = snapshot.since
    }
    return this.#column.past(slot, t)
  }

  /** The facts as of `t`: those that were asked for lately, or what `make` gives for a snapshot of at least `slots` slots. */
  at(t: T, slots: () => number, make: (snapshot: SlotSnapshot, slots: number) => FactColumn): FactColumn {
    const kept = this.#columns.get(t)
    if (kept) {
      kept.entry.snapshot.used()
      return kept.column
    }
    // once: it may be more the next time, and the snapshot has no more
    const count = slots()
    const entry = this.#entry(t, count)
    if (entry.moments.length === MOMENTS) this.#columns.delete(entry.moments.shift()!)
    const column = make(entry.snapshot, count)
    entry.moments.push(t)
    this.#columns.set(t, { entry, column })
    return column
  }

  #entry(t: T, slots: number): Entry {
    const since = this.#column.sameSince(t)
    let entry = this.#entries.get(since)
    if (!entry?.snapshot.serves(t, slots)) {
      if (entry) {
        this.#budget.drop(entry.snapshot)
        this.#forget(since, entry)
      }
      const made: Entry = {
        snapshot: new SlotSnapshot(this.#column, t, this.#column.room(slots), this.#budget, this.#published, () =>
          this.#forget(since, made),
        ),
        moments: [],
      }
      entry = made
      this.#entries.set(since, entry)
    }
    entry.snapshot.used()
    return entry
  }

  #forget(since: T, { snapshot, moments }: Entry): void {
    this.#entries.delete(since)
    for (const t of moments) this.#columns.delete(t)
    if (snapshot === this.#points) {
      this.#askedAt = -1
      this.#points = this.#values = this.#since = undefined
    }
  }
}
