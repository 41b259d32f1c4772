import type { Pieces } from '../base/lent-memory.ts'
import type { Raw } from '../model/column.ts'
import { type FactColumn, visible } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import type { SlotColumn } from './slot-column.ts'
import type { Stride } from './strides.ts'

/**
 * Every `step`th slot of a column from `first` on: what a part of a shard reads. Its arrays are made when they are first read, and of nothing
 * else of the column; nobody keeps them for others.
 */
export class FactsWithin implements FactColumn {
  readonly attribute: Attribute
  readonly t: T
  readonly length: number
  readonly run: Stride
  readonly #slots: SlotColumn
  readonly #pieces: Pieces | undefined
  #count: number | undefined
  #e: Int32Array | undefined
  #values: Raw | undefined
  #since: Uint32Array | undefined
  #presence: Uint32Array | undefined

  /** `whole`: every slot of the column holds a fact at `t`. */
  constructor(
    attribute: Attribute,
    t: T,
    slots: SlotColumn,
    run: Stride,
    length: number,
    whole: boolean,
    pieces?: Pieces,
  ) {
    this.#pieces = pieces
    this.attribute = attribute
    this.t = t
    this.length = length
    this.run = run
    this.#slots = slots
    if (whole) this.#count = length
  }

  get e(): Int32Array {
    if (this.#e === undefined) {
      const { first, step } = this.run
      const e = new Int32Array(this.#pieces?.(4 * this.length) ?? new ArrayBuffer(4 * this.length), 0, this.length)
      for (let i = 0, ordinal = first; i < e.length; i++, ordinal += step) e[i] = ordinal
      this.#e = e
    }
    return this.#e
  }

  get count(): number {
    if (this.#count === undefined) {
      const { presence, t } = this
      let count = 0
      for (let i = 0; i < this.length; i++) if (visible(presence[i], t)) count++
      this.#count = count
    }
    return this.#count
  }

  get v(): Raw {
    return (this.#values ??= this.#slots.valuesEvery(this.t, this.run, this.length, this.#pieces))
  }

  get from(): Uint32Array {
    return (this.#since ??= this.#slots.sinceEvery(this.t, this.run, this.length))
  }

  get presence(): Uint32Array {
    return this.#since ?? (this.#presence ??= this.#slots.presenceEvery(this.t, this.run, this.length))
  }
}
