import type { FactColumn, FactView, IntervalColumn, PointFact, Strings } from '../model/fact-view.ts'
import type { Attribute, Kind, Schema } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { compareValues, type Value } from '../model/value.ts'
import type { Indexes } from './indexes.ts'
import { OneColumn } from './one-column.ts'
import { valueFrom } from './raw-value.ts'

/** What one reader sees of a store at one `t`. */
export class StoreView implements FactView {
  readonly t: T
  readonly instant: number
  readonly at: number
  readonly settled: boolean
  readonly #indexes: Indexes
  readonly #basis: T
  readonly #facts = new Map<Attribute, FactColumn>()

  constructor(indexes: Indexes, t: T, at: number | undefined, settled: boolean, basis: T) {
    this.#indexes = indexes
    this.#basis = basis
    this.t = t
    this.instant = indexes.transactions.instant(t)
    this.at = at ?? this.instant
    this.settled = settled
  }

  get schema(): Schema {
    return this.#indexes.schema
  }

  get strings(): Strings {
    return this.#indexes.dictionary
  }

  facts(attribute: Attribute): FactColumn {
    let column = this.#facts.get(attribute)
    if (!column) {
      column = this.#ofTransactions(attribute)
        ? this.#indexes.transactions.facts(attribute, this.t)
        : this.#indexes.column(attribute).factsAt(this.t)
      this.#facts.set(attribute, column)
    }
    return column
  }

  count(attribute: Attribute): number {
    const column = this.#facts.get(attribute)
    if (column || this.#ofTransactions(attribute)) return this.facts(attribute).count
    return this.#indexes.column(attribute).countAt(this.t)
  }

  intervals(attribute: Attribute): IntervalColumn {
    if (!this.#ofTransactions(attribute)) return this.#indexes.column(attribute).intervalsAt(this.t)
    const { length, v, from } = this.facts(attribute)
    const e = Int32Array.from({ length }, (_, i) => i)
    return { attribute, length, e, v, from, to: new Uint32Array(length) }
  }

  extent(kind: Kind): number {
    return kind.number === 0 ? this.t + 1 : this.#indexes.extent(kind)
  }

  ordinal(kind: Kind, key: Value): number {
    if (kind.number !== 0) return this.#indexes.ordinal(kind, key)
    const t = Number(key)
    return Number.isSafeInteger(t) && t >= 1 && t <= this.#indexes.transactions.count ? t : -1
  }

  key(kind: Kind, ordinal: number): Value {
    return kind.number === 0 ? BigInt(ordinal) : this.#indexes.key(kind, ordinal)
  }

  known(kind: Kind, ordinal: number): boolean {
    if (kind.number === 0) return ordinal >= 1 && ordinal <= this.t
    if (ordinal < 0 || ordinal >= this.extent(kind)) return false
    return this.schema.ofKind(kind).some(attribute => this.values(attribute, ordinal).length > 0)
  }

  values(attribute: Attribute, ordinal: number): readonly PointFact[] {
    const { schema, dictionary, transactions } = this.#indexes
    if (this.#ofTransactions(attribute)) {
      const raw = ordinal >= 1 && ordinal <= this.t ? transactions.at(attribute, ordinal) : undefined
      return raw === undefined ? [] : [{ value: valueFrom(attribute.type, raw, dictionary), from: ordinal }]
    }
    const { type } = attribute
    const refKind = type.base === 'ref' ? schema.kind(type.kind!).number : 0
    const column = this.#indexes.column(attribute)
    if (column instanceof OneColumn) {
      const fact = column.at(ordinal, this.t)
      return fact === undefined ? [] : [{ value: valueFrom(type, fact.value, dictionary, refKind), from: fact.from }]
    }
    return column
      .at(ordinal, this.t)
      .map(({ value, from }) => ({ value: valueFrom(type, value, dictionary, refKind), from }))
      .sort((a, b) => compareValues(a.value, b.value))
  }

  firstKnown(attribute: Attribute, ordinal: number): T | undefined {
    const first = this.#ofTransactions(attribute) ? ordinal : this.#indexes.column(attribute).firstFrom(ordinal)
    return first !== undefined && first >= 1 && first <= this.#basis ? first : undefined
  }

  instantOf(t: T): number {
    return this.#indexes.transactions.instant(t)
  }

  #ofTransactions(attribute: Attribute): boolean {
    return attribute.kind.number === 0
  }
}
