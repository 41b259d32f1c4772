import { assert } from '../../base/assert.ts'
import { type AnyValue, TypedText } from '../../model/answer.ts'
import { type Raw, wideAt } from '../../model/column.ts'
import { Decimal } from '../../model/decimal.ts'
import { KIND_SIZE } from '../../model/entity-id.ts'
import { type FactColumn, type FactView, presenceOf, type Strings, visible } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import type { ValueType } from '../../model/type.ts'
import { compareValues, EntityRef, Instant, Keyword, LocalDate, type Value } from '../../model/value.ts'
import { firstRows } from '../columns/first-rows.ts'

/** Entities are looked up one by one until they are so many that it pays to make the column of all: at this share of them, and not before. */
const FEW = 8
const SHARE = 256

/** The values of one attribute by entity, as a pull wants them. */
export class PullColumn {
  readonly attribute: Attribute
  /** Number of the kind that has the attribute. */
  readonly kind: number
  readonly #view: FactView
  readonly #type: ValueType
  readonly #strings: Strings
  /** Of the kind that a reference points at: the number of its first entity. */
  readonly #base: number
  readonly #few: number
  #asked = 0
  #column: FactColumn | undefined
  #first: Int32Array | undefined

  constructor(view: FactView, attribute: Attribute) {
    this.attribute = attribute
    this.kind = attribute.kind.number
    this.#view = view
    this.#type = attribute.type
    this.#strings = view.strings
    this.#few = Math.max(FEW, view.extent(attribute.kind) / SHARE)
    const { type } = attribute
    this.#base = type.base === 'ref' && type.kind !== null ? view.schema.kind(type.kind).number * KIND_SIZE : 0
  }

  /** The value of an entity, of an attribute that has one; null where it has none. */
  one(ordinal: number): AnyValue {
    const column = this.#columnFor()
    if (column === undefined) {
      const [fact] = this.#view.values(this.attribute, ordinal)
      return fact === undefined ? null : this.#typed(fact.value)
    }
    const row = column.e === null ? ordinal : this.#firstRow(column, column.e, ordinal)
    if (row >= column.length || (column.e !== null && column.e[row] !== ordinal)) return null
    return column.count === column.length || visible(presenceOf(column)[row], column.t)
      ? this.#typed(this.#value(column.v, row))
      : null
  }

  /** The values of an entity, ascending. */
  many(ordinal: number): AnyValue[] {
    const column = this.#columnFor()
    if (column === undefined) return this.#view.values(this.attribute, ordinal).map(({ value }) => this.#typed(value))
    const rows = this.#rows(column, ordinal)
    if (rows.length < 2) return rows.map(row => this.#typed(this.#value(column.v, row)))
    const values = rows.map(row => this.#value(column.v, row)).sort(compareValues)
    return values.map(value => this.#typed(value))
  }

  /** The entities that an entity refers to, ascending. */
  targets(ordinal: number): number[] {
    const column = this.#columnFor()
    if (column === undefined)
      return this.#view.values(this.attribute, ordinal).map(({ value }) => (value as EntityRef).number)
    const rows = this.#rows(column, ordinal)
    for (let i = 0; i < rows.length; i++) rows[i] = this.#base + Number(column.v.values[rows[i]])
    for (let i = 1; i < rows.length; i++) if (rows[i - 1] > rows[i]) return rows.sort((a, b) => a - b)
    return rows
  }

  /** The rows of an entity. */
  #rows(column: FactColumn, ordinal: number): number[] {
    const { e, t, length } = column
    const from = presenceOf(column)
    if (e === null) return ordinal < length && visible(from[ordinal], t) ? [ordinal] : []
    const rows: number[] = []
    for (let row = this.#firstRow(column, e, ordinal); row < length && e[row] === ordinal; row++)
      if (visible(from[row], t)) rows.push(row)
    return rows
  }

  #columnFor(): FactColumn | undefined {
    if (this.#column === undefined && ++this.#asked > this.#few) this.#column = this.#view.facts(this.attribute)
    return this.#column
  }

  #firstRow(column: FactColumn, e: Int32Array, ordinal: number): number {
    if (this.#first === undefined) this.#first = firstRows(column, e)
    return ordinal < this.#first.length ? this.#first[ordinal] : column.length
  }

  /** The entities that refer to an entity by this attribute, ascending. */
  sources(target: number): number[] {
    const ordinal = target - this.#base
    if (ordinal < 0 || ordinal >= KIND_SIZE) return []
    const base = this.kind * KIND_SIZE
    const column = this.#view.facts(this.attribute)
    const found = turned.has(column) ? null : column.seek?.holding(Int32Array.of(ordinal))
    if (found) return Array.from(found.e ?? [], source => base + source)
    const { first, ordinals } = backwards(column)
    if (ordinal + 1 >= first.length) return []
    return Array.from(ordinals.subarray(first[ordinal], first[ordinal + 1]), source => base + source)
  }

  #typed(value: Value): AnyValue {
    const { base } = this.#type
    return base === 'uuid' || base === 'json' ? new TypedText(base, value as string) : value
  }

  #value(v: Raw, row: number): Value {
    const type = this.#type
    const raw = v.values[row]
    switch (type.base) {
      case 'boolean':
        return raw === 1
      case 'long':
        return BigInt(raw)
      case 'double':
        return Number(raw)
      case 'decimal':
        return new Decimal(v.as === 'i128' ? wideAt(v.values, row) : BigInt(raw), type.digits)
      case 'instant':
        return new Instant(type.micros ? BigInt(raw) : BigInt(raw) * 1000n)
      case 'date':
        return new LocalDate(Number(raw))
      case 'keyword':
        return new Keyword(this.#strings.text(Number(raw)))
      case 'ref':
        return new EntityRef(this.#base + Number(raw))
      default:
        return this.#strings.text(Number(raw))
    }
  }
}

/** What turns a column round, kept as long as the column: a view that serves many pulls makes it once. */
const turned = new WeakMap<FactColumn, Backwards>()

interface Backwards {
  /** By ordinal of the target: where its sources begin. */
  readonly first: Int32Array
  readonly ordinals: Int32Array
}

function backwards(column: FactColumn): Backwards {
  let known = turned.get(column)
  if (known === undefined) {
    const { v, e, t, length } = column
    const from = presenceOf(column)
    assert(v.as === 'i32', 'references are 32-bit ordinals')
    let extent = 0
    for (let row = 0; row < length; row++)
      if (visible(from[row], t) && v.values[row] >= extent) extent = v.values[row] + 1
    const first = new Int32Array(extent + 2)
    for (let row = 0; row < length; row++) if (visible(from[row], t)) first[v.values[row] + 2]++
    for (let i = 2; i < first.length; i++) first[i] += first[i - 1]
    const ordinals = new Int32Array(first[extent + 1])
    // rows come by entity, so each target gets its sources in order
    for (let row = 0; row < length; row++)
      if (visible(from[row], t)) ordinals[first[v.values[row] + 1]++] = e === null ? row : e[row]
    turned.set(column, (known = { first: first.subarray(0, extent + 1), ordinals }))
  }
  return known
}
