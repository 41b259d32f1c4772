import type { FactColumn, FactView, IntervalColumn, PointFact, PointInterval, Strings } from '../model/fact-view.ts'
import { beyond, type Moment } from '../model/moment.ts'
import type { Attribute, Kind, Schema } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { compareValues, type Value } from '../model/value.ts'
import type { Contents } from './contents.ts'
import { OneColumn } from './one-column.ts'
import { type RawValue, valueFrom } from './raw-value.ts'

/** What one reader sees of a store at one `t`. */
export class StoreView implements FactView {
  readonly t: T
  readonly instant: number
  readonly at: number
  readonly settled: boolean
  readonly #contents: Contents
  readonly #basis: T
  /** Made when the first column is asked for: most views of one entity never have one. */
  #facts: Map<Attribute, FactColumn> | undefined

  constructor(contents: Contents, t: T, at: number | undefined, settled: boolean, basis: T) {
    this.#contents = contents
    this.#basis = basis
    this.t = t
    this.instant = contents.transactions.instant(t)
    this.at = at ?? this.instant
    this.settled = settled
  }

  /**
   * The view of a moment, where `basis` is the last transaction that may be seen, and nothing comes below `frontier` (milliseconds) that is
   * not there by then. Throws `invalid-as-of` for a `t` that does not exist yet.
   */
  static of(contents: Contents, moment: Moment, basis: T, frontier: number): FactView {
    if ('now' in moment) return new StoreView(contents, basis, undefined, false, basis)
    if ('t' in moment) {
      if (moment.t > basis) throw beyond(moment.t, basis)
      return new StoreView(contents, moment.t, undefined, true, basis)
    }
    const t = contents.transactions.atInstant(moment.instant, basis)
    return new StoreView(contents, t, moment.instant, moment.instant < frontier, basis)
  }

  get schema(): Schema {
    return this.#contents.schema
  }

  get strings(): Strings {
    return this.#contents.dictionary
  }

  facts(attribute: Attribute): FactColumn {
    let column = this.#facts?.get(attribute)
    if (!column) {
      column = this.#ofTransactions(attribute)
        ? this.#contents.transactions.facts(attribute, this.t)
        : this.#contents.column(attribute).factsAt(this.t)
      this.#facts ??= new Map()
      this.#facts.set(attribute, column)
    }
    return column
  }

  count(attribute: Attribute): number {
    const column = this.#facts?.get(attribute)
    if (column || this.#ofTransactions(attribute)) return this.facts(attribute).count
    return this.#contents.column(attribute).countAt(this.t)
  }

  intervals(attribute: Attribute, after = 0): IntervalColumn {
    if (!this.#ofTransactions(attribute)) return this.#contents.column(attribute).intervalsAt(this.t, after)
    const { length, v, from } = this.facts(attribute)
    const e = Int32Array.from({ length }, (_, i) => i)
    return { attribute, length, e, v, from, to: new Uint32Array(length) }
  }

  intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[] {
    if (this.#ofTransactions(attribute)) return this.values(attribute, ordinal).map(fact => ({ ...fact, to: 0 }))
    const value = this.#valueOf(attribute)
    return this.#contents
      .column(attribute)
      .intervalsOf(ordinal)
      .filter(({ from }) => from <= this.t)
      .map(interval => ({
        value: value(interval.value),
        from: interval.from,
        to: interval.to > this.t ? 0 : interval.to,
      }))
      .sort((a, b) => a.from - b.from || compareValues(a.value, b.value))
  }

  /** What makes a value of an attribute from its raw form. */
  #valueOf({ type }: Attribute): (raw: RawValue) => Value {
    const { schema, dictionary } = this.#contents
    const refKind = type.base === 'ref' ? schema.kind(type.kind!).number : 0
    return raw => valueFrom(type, raw, dictionary, refKind)
  }

  extent(kind: Kind): number {
    return kind.number === 0 ? this.t + 1 : this.#contents.extent(kind)
  }

  ordinal(kind: Kind, key: Value): number {
    if (kind.number !== 0) return this.#contents.ordinal(kind, key)
    const t = Number(key)
    return Number.isSafeInteger(t) && t >= 1 && t <= this.#contents.transactions.count ? t : -1
  }

  key(kind: Kind, ordinal: number): Value {
    return kind.number === 0 ? BigInt(ordinal) : this.#contents.key(kind, ordinal)
  }

  known(kind: Kind, ordinal: number): boolean {
    if (kind.number === 0) return ordinal >= 1 && ordinal <= this.t
    if (ordinal < 0 || ordinal >= this.extent(kind)) return false
    return this.schema.ofKind(kind).some(attribute => this.values(attribute, ordinal).length > 0)
  }

  values(attribute: Attribute, ordinal: number): readonly PointFact[] {
    const { schema, dictionary, transactions } = this.#contents
    if (this.#ofTransactions(attribute)) {
      const raw = ordinal >= 1 && ordinal <= this.t ? transactions.at(attribute, ordinal) : undefined
      return raw === undefined ? [] : [{ value: valueFrom(attribute.type, raw, dictionary), from: ordinal }]
    }
    const { type } = attribute
    const refKind = type.base === 'ref' ? schema.kind(type.kind!).number : 0
    const column = this.#contents.column(attribute)
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
    const first = this.#ofTransactions(attribute) ? ordinal : this.#contents.column(attribute).firstFrom(ordinal)
    return first !== undefined && first >= 1 && first <= this.#basis ? first : undefined
  }

  instantOf(t: T): number {
    return this.#contents.transactions.instant(t)
  }

  #ofTransactions(attribute: Attribute): boolean {
    return attribute.kind.number === 0
  }
}
