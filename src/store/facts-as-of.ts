import type { Raw } from '../model/column.ts'
import type { FactColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'

/** Where a column takes its arrays from, when they are read. */
export interface Source {
  readonly values: Raw
  readonly since: Uint32Array
  readonly presence: Uint32Array
}

/** A column of facts whose arrays are made when they are first read: most readers need only one of them. */
export class FactsAsOf implements FactColumn {
  readonly attribute: Attribute
  readonly length: number
  readonly count: number
  readonly e: Int32Array | null
  readonly t: T
  readonly #source: Source

  constructor(attribute: Attribute, t: T, length: number, count: number, e: Int32Array | null, source: Source) {
    this.attribute = attribute
    this.t = t
    this.length = length
    this.count = count
    this.e = e
    this.#source = source
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
