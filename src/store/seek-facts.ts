import type { Pieces } from '../base/lent-memory.ts'
import type { FactColumn, FactSeek } from '../model/fact-view.ts'
import { presenceOf, visible } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { ascendingSet } from './ascending-set.ts'
import type { Held } from './block-as-of.ts'
import { FactsWithin } from './facts-within.ts'
import { type Form, newRaw } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import type { SlotColumn } from './slot-column.ts'
import { rawAt, setRaw } from './value-array.ts'

/** One look in so many rows costs as much as reading the arrays where they must be made, and where they are there. */
const SHARE = 64
const SHARE_MADE = 8
const LEAST = 64

/** Which attributes are found by value: references, backwards, and what a contract says `index: true` of (codes and days only). */
export const hasValueOrder = ({ type, index }: Attribute): boolean => type.base === 'ref' || index

/** How slots belong to entities. */
export interface Slots {
  readonly slots: SlotColumn
  /** The slots that may hold a value at some moment, ascending; null where there are more than about `most`, or nobody knows. */
  find(value: number, most: number): Int32Array | null
  /** No more slots than this hold the value at any one moment; undefined where nobody knows. */
  most(value: number): number | undefined
  /** Ordinal of the entity that has a slot. */
  owner(slot: number): number
  /** The slots that an entity ever had. */
  each(ordinal: number, visit: (slot: number) => void): void
  /** Whether row `i` of the arrays is slot `i`. */
  readonly rowsAreSlots: boolean
}

/** Finds facts of one column as of `t` by slot and by value. */
export class SeekFacts implements FactSeek {
  readonly #column: FactColumn & { readonly made: boolean }
  readonly #slots: Slots

  constructor(column: FactColumn & { readonly made: boolean }, slots: Slots) {
    this.#column = column
    this.#slots = slots
  }

  of(ordinals: Int32Array): FactColumn | null {
    if (this.#column.made || (ordinals.length > 1 && ordinals.length * SHARE > this.#column.length)) return null
    const found = new Found()
    const { slots } = this.#slots
    const { t } = this.#column
    for (const ordinal of ascendingSet(ordinals)) {
      if (ordinal < 0) continue
      this.#slots.each(ordinal, slot => {
        const held = slots.at(slot, t)
        if (held) found.add(ordinal, held)
      })
    }
    return found.column(this.#column, slots.form)
  }

  holding(values: Int32Array | Float64Array): FactColumn | null {
    if (values.length > 1 && values.length * SHARE > this.#column.length) return null
    const { slots, rowsAreSlots } = this.#slots
    const { length, t } = this.#column
    const made = this.#column.made && rowsAreSlots
    let most = LEAST + length / (made ? SHARE_MADE : SHARE)
    const found = new Found()
    for (const value of ascendingSet(values)) {
      const candidates = this.#slots.find(value, most)
      if (candidates === null) return null
      most -= candidates.length
      for (let i = 0; i < candidates.length; i++) {
        const slot = candidates[i]
        if (made && !this.#arraysHold(slot, value)) continue
        const held = slots.at(slot, t)
        // an integer is a bigint where another value of the column is too large
        if (held !== undefined && Number(held.value) === value) found.add(this.#slots.owner(slot), held)
      }
    }
    return found.column(this.#column, slots.form)
  }

  #arraysHold(slot: number, value: number): boolean {
    const { v, length, t } = this.#column
    return slot < length && Number(rawAt(v, slot)) === value && visible(presenceOf(this.#column)[slot], t)
  }

  every(first: number, step: number, rows: number, pieces?: Pieces): FactColumn | null {
    const { slots } = this.#slots
    const { attribute, t, length, count, e, made } = this.#column
    // a slot is an ordinal only where an entity has one value
    if (made || e !== null) return null
    const some = Math.max(0, Math.min(rows, Math.ceil((length - first) / step)))
    return new FactsWithin(attribute, t, slots, { first, step }, some, count === length, pieces)
  }

  most(value: number): number | undefined {
    return this.#slots.most(value)
  }
}

/** Facts that were found one by one. */
class Found {
  readonly #ordinals: number[] = []
  readonly #values: RawValue[] = []
  readonly #from: T[] = []

  add(ordinal: number, { value, from }: Held): void {
    this.#ordinals.push(ordinal)
    this.#values.push(value)
    this.#from.push(from)
  }

  /** A column of them, ascending by entity, then in the order in which they were found. */
  column({ attribute, t }: FactColumn, form: Form): FactColumn {
    const ordinals = this.#ordinals
    const length = ordinals.length
    const order = ascendingOrder(ordinals)
    const e = new Int32Array(length)
    const from = new Uint32Array(length)
    const v = newRaw(form, length)
    // most often one row: an array of positions would cost more than all the rest
    for (let row = 0; row < length; row++) {
      const i = order === null ? row : order[row]
      e[row] = ordinals[i]
      from[row] = this.#from[i]
      setRaw(v, row, this.#values[i])
    }
    return { attribute, length, count: length, e, v, from, t }
  }
}

/** Positions in ascending order, equal ones as they were; null where they are so already. */
function ascendingOrder(ordinals: readonly number[]): readonly number[] | null {
  let i = 1
  while (i < ordinals.length && ordinals[i - 1] <= ordinals[i]) i++
  if (i >= ordinals.length) return null
  return Array.from(ordinals, (_, position) => position).sort((a, b) => ordinals[a] - ordinals[b] || a - b)
}
