import { assert } from '../base/assert.ts'
import { firstForm, gathered, type Raw, setWide, wideAt } from './column.ts'
import { Decimal, parseDecimal, rescale } from './decimal.ts'
import { entityNumber, kindOf, ordinalOf } from './entity-id.ts'
import {
  type FactColumn,
  type FactSeek,
  type FactView,
  type IntervalColumn,
  type PointFact,
  type PointInterval,
  type Strings,
  visible,
} from './fact-view.ts'
import { parseDate, parseInstantNanos } from './instant.ts'
import type { Attribute, Kind, Schema } from './schema.ts'
import type { T } from './transaction.ts'
import type { ValueType } from './type.ts'
import { compareValues, EntityRef, Instant, Keyword, LocalDate, type Value } from './value.ts'

/** A fact as a test or a notebook writes it. */
export interface ArrayFact {
  /** `customer:17850`; for kinds whose key is a long, its digits. */
  readonly e: string
  readonly a: string
  /** A `Value`, or what JSON has for it: a number for a long, text for a decimal, instant or date, `product:85123A` for a reference. */
  readonly v: unknown
  /** Default 1. */
  readonly from?: T
  /** The transaction that ended it; absent while it holds. */
  readonly to?: T
}

export interface ArrayFacts {
  readonly schema: Schema
  readonly facts: readonly ArrayFact[]
  /** Instants of transactions 1, 2, …, milliseconds since 1970; default 1000 times `t`. */
  readonly instants?: readonly number[]
  /** `dense` columns have a row for each ordinal where an attribute has one value; `sparse` ones have an `e`; `sought` are dense, and find facts without reading all. Default dense. */
  readonly layout?: Layout
}

export type Layout = 'dense' | 'sparse' | 'sought'

interface Held {
  readonly ordinal: number
  readonly value: Value
  readonly from: T
  readonly to: T
}

/**
 * A `FactView` from a plain list of facts: obviously right, and slow. Every entity that is mentioned has its identity stated from its first
 * mention on, and transactions have `:tx/t` and `:tx/instant`. `t` defaults to the last transaction.
 */
export const arrayView = (facts: ArrayFacts & { readonly t?: T }): FactView => arrayStore(facts)(facts.t)

/** The same facts at any moment; the views share codes and ordinals, as those of one store do. */
export function arrayStore({ schema, facts, instants = [], layout = 'dense' }: ArrayFacts): (t?: T) => FactView {
  const strings = new ArrayStrings()
  const entities = new Entities(schema)
  const held = new Map<Attribute, Held[]>()
  let last = 0

  for (const fact of [...facts].sort((a, b) => (a.from ?? 1) - (b.from ?? 1))) {
    const attribute = schema.attribute(fact.a)
    const from = fact.from ?? 1
    last = Math.max(last, from, fact.to ?? 0)
    const entity = entities.named(fact.e, from)
    assert(kindOf(entity) === attribute.kind.number, `${fact.e} has no ${fact.a}`)
    const value = readValue(fact.v, attribute.type, name => entities.named(name, from))
    const list = held.get(attribute) ?? []
    list.push({ ordinal: ordinalOf(entity), value, from, to: fact.to ?? 0 })
    held.set(attribute, list)
  }
  for (const kind of schema.kinds.slice(1)) {
    const identity = schema.identity(kind)
    const stated = held.get(identity) !== undefined
    if (!stated)
      held.set(
        identity,
        entities.mentions(kind).map(({ key, from }, ordinal) => ({ ordinal, value: key, from, to: 0 })),
      )
  }
  const numbers: Held[] = []
  const moments: Held[] = []
  held.set(schema.attribute(':tx/t'), numbers)
  held.set(schema.attribute(':tx/instant'), moments)
  for (let t = 1; t <= last; t++) {
    numbers.push({ ordinal: t, value: BigInt(t), from: t, to: 0 })
    moments.push({ ordinal: t, value: Instant.ofMs(instants[t - 1] ?? t * 1000), from: t, to: 0 })
  }
  for (const list of held.values())
    list.sort((a, b) => a.ordinal - b.ordinal || compareValues(a.value, b.value) || a.from - b.from)
  for (const [attribute, list] of held) for (const fact of list) encode([fact.value], attribute.type, strings)
  const world: World = { schema, strings, entities, held, layout, instants, last }
  return (t = last) => new ArrayView(world, t)
}

interface World {
  readonly schema: Schema
  readonly strings: ArrayStrings
  readonly entities: Entities
  readonly held: ReadonlyMap<Attribute, readonly Held[]>
  readonly layout: Layout
  readonly instants: readonly number[]
  readonly last: T
}

class ArrayView implements FactView {
  readonly t: T
  readonly instant: number
  readonly at: number
  readonly settled: boolean
  readonly schema: Schema
  readonly strings: Strings
  readonly #world: World
  readonly #columns = new Map<Attribute, FactColumn>()

  constructor(world: World, t: T) {
    this.#world = world
    this.t = t
    this.instant = t === 0 ? 0 : (world.instants[t - 1] ?? t * 1000)
    this.at = this.instant
    this.settled = t < world.last
    this.schema = world.schema
    this.strings = world.strings
  }

  #visible(attribute: Attribute): readonly Held[] {
    return (this.#world.held.get(attribute) ?? []).filter(
      fact => fact.from <= this.t && (fact.to === 0 || this.t < fact.to),
    )
  }

  facts(attribute: Attribute): FactColumn {
    let column = this.#columns.get(attribute)
    if (column === undefined) {
      const { layout } = this.#world
      const facts = this.#visible(attribute)
      column = attribute.many || layout === 'sparse' ? this.#sparse(attribute, facts) : this.#dense(attribute, facts)
      if (layout === 'sought') column = { ...column, seek: this.#seek(attribute, facts) }
      this.#columns.set(attribute, column)
    }
    return column
  }

  #seek(attribute: Attribute, facts: readonly Held[]): FactSeek {
    const { strings } = this.#world
    const rawOf = (value: Value) => Number(encode([value], attribute.type, strings).values[0])
    const byNumber = firstForm(attribute.type) === 'i32' || attribute.type.base === 'long'
    return {
      of: ordinals =>
        this.#sparse(
          attribute,
          facts.filter(({ ordinal }) => ordinals.includes(ordinal)),
        ),
      holding: values =>
        this.#sparse(
          attribute,
          facts.filter(({ value }) => values.includes(rawOf(value))),
        ),
      every: (first, step, rows) => (attribute.many ? null : this.#every(attribute, facts, first, step, rows)),
      most: wanted => (byNumber ? facts.filter(({ value }) => rawOf(value) === wanted).length : undefined),
    }
  }

  #sparse(attribute: Attribute, facts: readonly Held[]): FactColumn {
    return {
      attribute,
      length: facts.length,
      count: facts.length,
      e: Int32Array.from(facts, fact => fact.ordinal),
      v: encode(
        facts.map(fact => fact.value),
        attribute.type,
        this.#world.strings,
      ),
      from: Uint32Array.from(facts, fact => fact.from),
      t: this.t,
    }
  }

  #every(attribute: Attribute, facts: readonly Held[], first: number, step: number, most: number): FactColumn {
    const { e: _, ...all } = this.#dense(attribute, facts)
    const length = Math.max(0, Math.min(most, Math.ceil((all.length - first) / step)))
    const e = Int32Array.from({ length }, (_, i) => first + i * step)
    const from = all.from.filter((_, i) => e.includes(i))
    return {
      ...{ ...all, length, e, from, run: { first, step }, v: gathered(all.v, e) },
      count: from.filter(since => visible(since, this.t)).length,
    }
  }

  #dense(attribute: Attribute, facts: readonly Held[]): FactColumn {
    const length = facts.length === 0 ? 0 : facts[facts.length - 1].ordinal + 1
    const rows = new Int32Array(length).fill(-1)
    facts.forEach((fact, i) => {
      assert(rows[fact.ordinal] < 0, `${attribute.ident} has one value, but two hold at ${this.t}`)
      rows[fact.ordinal] = i
    })
    const packed = encode(
      facts.map(fact => fact.value),
      attribute.type,
      this.#world.strings,
    )
    const from = Uint32Array.from(rows, row => (row < 0 ? 0 : facts[row].from))
    return { attribute, length, count: facts.length, e: null, v: spread(packed, rows), from, t: this.t }
  }

  count(attribute: Attribute): number {
    return this.facts(attribute).count
  }

  intervals(attribute: Attribute): IntervalColumn {
    const facts = (this.#world.held.get(attribute) ?? []).filter(fact => fact.from <= this.t)
    return {
      attribute,
      length: facts.length,
      e: Int32Array.from(facts, fact => fact.ordinal),
      v: encode(
        facts.map(fact => fact.value),
        attribute.type,
        this.#world.strings,
      ),
      from: Uint32Array.from(facts, fact => fact.from),
      to: Uint32Array.from(facts, fact => (fact.to > this.t ? 0 : fact.to)),
    }
  }

  intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[] {
    return (this.#world.held.get(attribute) ?? [])
      .filter(fact => fact.ordinal === ordinal && fact.from <= this.t)
      .map(({ value, from, to }) => ({ value, from, to: to > this.t ? 0 : to }))
      .sort((a, b) => a.from - b.from)
  }

  extent(kind: Kind): number {
    return kind.number === 0 ? this.t + 1 : this.#world.entities.mentions(kind).length
  }

  ordinal(kind: Kind, key: Value): number {
    if (kind.number === 0)
      return typeof key === 'bigint' && key > 0n && key <= BigInt(this.#world.last) ? Number(key) : -1
    return this.#world.entities.mentions(kind).findIndex(mention => compareValues(mention.key, key) === 0)
  }

  key(kind: Kind, ordinal: number): Value {
    return kind.number === 0 ? BigInt(ordinal) : this.#world.entities.mentions(kind)[ordinal].key
  }

  firstKnown(attribute: Attribute, ordinal: number): T | undefined {
    const froms = (this.#world.held.get(attribute) ?? [])
      .filter(fact => fact.ordinal === ordinal)
      .map(fact => fact.from)
    return froms.length === 0 ? undefined : Math.min(...froms)
  }

  instantOf(t: T): number {
    return this.#world.instants[t - 1] ?? t * 1000
  }

  known(kind: Kind, ordinal: number): boolean {
    return this.schema.ofKind(kind).some(attribute => this.#visible(attribute).some(fact => fact.ordinal === ordinal))
  }

  values(attribute: Attribute, ordinal: number): readonly PointFact[] {
    return this.#visible(attribute)
      .filter(fact => fact.ordinal === ordinal)
      .map(({ value, from }) => ({ value, from }))
  }
}

class ArrayStrings implements Strings {
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []

  get size(): number {
    return this.#texts.length
  }

  code(text: string): number {
    return this.#codes.get(text) ?? -1
  }

  text(code: number): string {
    assert(code >= 0 && code < this.#texts.length, `no text has the code ${code}`)
    return this.#texts[code]
  }

  intern(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    this.#codes.set(text, this.#texts.length)
    return this.#texts.push(text) - 1
  }
}

/** Entities by name, numbered in order of first mention. */
class Entities {
  readonly #schema: Schema
  readonly #numbers = new Map<string, number>()
  readonly #mentions = new Map<Kind, { key: Value; from: T }[]>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  named(name: string, from: T): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const colon = name.indexOf(':')
    const kind = this.#schema.kind(name.slice(0, colon))
    const key = name.slice(colon + 1)
    if (kind.number === 0) return Number(key)
    const mentions = this.#mentions.get(kind) ?? []
    const number = entityNumber(kind.number, mentions.length)
    mentions.push({ key: readValue(kind.keyType.base === 'long' ? BigInt(key) : key, kind.keyType, () => -1), from })
    this.#mentions.set(kind, mentions)
    this.#numbers.set(name, number)
    return number
  }

  mentions(kind: Kind): readonly { readonly key: Value; readonly from: T }[] {
    return this.#mentions.get(kind) ?? []
  }
}

/** A value from what a test wrote. */
function readValue(given: unknown, type: ValueType, entity: (name: string) => number): Value {
  const text = typeof given === 'string' ? given : undefined
  switch (type.base) {
    case 'long':
      return typeof given === 'number' ? BigInt(given) : (given as bigint)
    case 'decimal': {
      const exact = given instanceof Decimal ? given : parseDecimal(String(given))
      const unscaled = exact === undefined ? undefined : rescale(exact, type.digits)
      assert(unscaled !== undefined, `${String(given)} is no decimal(${type.digits})`)
      return new Decimal(unscaled, type.digits)
    }
    case 'instant':
      return text === undefined ? (given as Instant) : new Instant((parseInstantNanos(text) as bigint) / 1000n)
    case 'date':
      return text === undefined ? (given as LocalDate) : new LocalDate(parseDate(text) as number)
    case 'keyword':
      return text === undefined ? (given as Keyword) : new Keyword(text)
    case 'ref':
      return text === undefined ? (given as EntityRef) : new EntityRef(entity(text))
    default:
      return given as Value
  }
}

/** Values of one type in the narrowest array that holds them (`column.ts`). */
function encode(values: readonly Value[], type: ValueType, strings: ArrayStrings): Raw {
  const raws = values.map((value): number | bigint => {
    if (typeof value === 'string') return strings.intern(value)
    if (value instanceof Keyword) return strings.intern(value.name)
    if (value instanceof Decimal) return value.unscaled
    if (value instanceof Instant) return type.base === 'instant' && type.micros ? value.micros : value.micros / 1000n
    if (value instanceof LocalDate) return value.days
    if (value instanceof EntityRef) return ordinalOf(value.number)
    assert(typeof value !== 'object', 'no fact holds a list, a map or a symbol')
    return typeof value === 'boolean' ? Number(value) : value
  })
  if (type.base === 'double') return { as: 'f64', values: Float64Array.from(raws as number[]) }
  if (type.base !== 'long' && type.base !== 'decimal' && type.base !== 'instant')
    return { as: 'i32', values: Int32Array.from(raws as number[]) }
  const integers = raws as bigint[]
  if (integers.every(raw => Number.isSafeInteger(Number(raw))))
    return { as: 'f64', values: Float64Array.from(integers, Number) }
  if (integers.every(raw => BigInt.asIntN(64, raw) === raw)) return { as: 'i64', values: BigInt64Array.from(integers) }
  const lanes = new BigInt64Array(2 * integers.length)
  for (const [i, raw] of integers.entries()) setWide(lanes, i, raw)
  return { as: 'i128', values: lanes }
}

/** Row `i` gets the packed row `rows[i]`, or zero where that is negative. */
function spread(packed: Raw, rows: Int32Array): Raw {
  switch (packed.as) {
    case 'i32':
      return { as: 'i32', values: Int32Array.from(rows, row => (row < 0 ? 0 : packed.values[row])) }
    case 'f64':
      return { as: 'f64', values: Float64Array.from(rows, row => (row < 0 ? 0 : packed.values[row])) }
    case 'i64':
      return { as: 'i64', values: BigInt64Array.from(rows, row => (row < 0 ? 0n : packed.values[row])) }
    case 'i128': {
      const lanes = new BigInt64Array(2 * rows.length)
      rows.forEach((row, i) => {
        if (row >= 0) setWide(lanes, i, wideAt(packed.values, row))
      })
      return { as: 'i128', values: lanes }
    }
  }
}
