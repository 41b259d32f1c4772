import type { Raw } from '../model/column.ts'
import type { FactColumn, FactSeek } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { SeekFacts, type Slots } from './seek-facts.ts'

/** Where a column takes its arrays from, when they are read. */
export interface Source {
  readonly values: Raw
  readonly since: Uint32Array
  readonly presence: Uint32Array
  /** Whether values and presence were read before. */
  readonly made: boolean
}

/** A column of facts whose arrays are made when they are first read: most readers need only one of them. */
export class FactsAsOf implements FactColumn {
  readonly attribute: Attribute
  readonly length: number
  readonly count: number
  readonly e: Int32Array | null
  readonly t: T
  readonly #source: Source
  readonly #slots: Slots
  #seek: FactSeek | undefined

  constructor(
    attribute: Attribute,
    t: T,
    length: number,
    count: number,
    e: Int32Array | null,
    source: Source,
    slots: Slots,
  ) {
    this.attribute = attribute
    this.t = t
    this.length = length
    this.count = count
    this.e = e
    this.#source = source
    this.#slots = slots
  }

  get made(): boolean {
    return this.#source.made
  }

  get seek(): FactSeek {
    return (this.#seek ??= new SeekFacts(this, this.#slots))
  }

  get v(): Raw {
    return this.#source.values
  }

  get from(): Uint32Array {
    return this.#source.since
  }

  get presence(): Uint32Array {
    return this.#source.presence
  }
}
