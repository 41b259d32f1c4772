import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import type { Budget, Kept } from './budget.ts'
import type { SlotColumn } from './slot-column.ts'

/** Bytes of one beside its arrays. */
const UNREAD = 256

/**
 * The first slots of a column as of a moment, and as of every other at which the same facts had ended. An array is made
 * when it is first read, and then stays. A fact that was born later than a moment shows by its `since`.
 */
export class SlotSnapshot implements Kept {
  readonly #column: SlotColumn
  readonly #t: T
  /** So many rows its arrays have at least. */
  readonly slots: number
  readonly #budget: Budget
  readonly #published: () => T
  readonly #gone: () => void
  /** What was born by then is in every array. */
  #made: T | undefined
  #values: Raw | undefined
  #since: Uint32Array | undefined
  #presence: Uint32Array | undefined
  /** The memory in which its arrays, and what was made of them, have their pieces. */
  readonly shares = new Set<ArrayBufferLike>()
  readonly bytes = UNREAD

  constructor(column: SlotColumn, t: T, slots: number, budget: Budget, published: () => T, gone: () => void) {
    this.#column = column
    this.#t = t
    this.slots = slots
    this.#budget = budget
    this.#published = published
    this.#gone = gone
  }

  forget(): void {
    this.#gone()
  }

  /** Whether it serves another moment at which the same facts had ended, with so many slots. */
  serves(t: T, slots: number): boolean {
    if (slots > this.slots) return false
    return this.#made === undefined || t <= this.#made || this.#column.changed <= this.#made
  }

  /** It was asked for. */
  used(): void {
    this.#budget.used(this)
  }

  /** An array was made of it, that goes with it. */
  grew({ buffer }: { readonly buffer: ArrayBufferLike }): void {
    this.shares.add(buffer)
    this.#budget.grew(this)
  }

  #making(): void {
    this.#made ??= Math.max(this.#t, this.#published())
  }

  /** Whether values and presence are there. */
  get made(): boolean {
    return this.#values !== undefined && (this.#since ?? this.#presence) !== undefined
  }

  get values(): Raw {
    if (!this.#values) {
      this.#making()
      this.#values = this.#column.valuesAt(this.#t, this.slots)
      this.grew(this.#values.values)
    }
    return this.#values
  }

  /** Since when the facts hold. */
  get since(): Uint32Array {
    if (!this.#since) {
      this.#making()
      this.#since = this.#column.sinceAt(this.#t, this.slots)
      this.grew(this.#since)
    }
    return this.#since
  }

  /** Visible where a fact is; not always since when. */
  get presence(): Uint32Array {
    if (this.#since) return this.#since
    if (!this.#presence) {
      this.#making()
      this.#presence = this.#column.presenceAt(this.#t, this.slots)
      this.grew(this.#presence)
    }
    return this.#presence
  }
}
