import fc from 'fast-check'
import { type Raw, wideAt } from '../../src/model/column.ts'
import { Decimal } from '../../src/model/decimal.ts'
import type { Effect, EntityKey } from '../../src/model/effect.ts'
import { entityNumber } from '../../src/model/entity-id.ts'
import { plainText } from '../../src/model/entity-text.ts'
import { type FactView, visible } from '../../src/model/fact-view.ts'
import type { AttributeSpec, Schema } from '../../src/model/schema.ts'
import { decimalOf, LONG, refTo, STRING, type ValueType } from '../../src/model/type.ts'
import { EntityRef, type Value } from '../../src/model/value.ts'
import { valueFrom } from '../../src/store/raw-value.ts'

/*
 * What a store must answer, computed in the most obvious way: sets of values before and after each event, and a plain
 * list of intervals. Nothing here is quick, and nothing here is shared with the store.
 */

/** An effect by names alone: `a:1` is the entity, values are texts. */
export interface PlainEffect {
  readonly op: 'mention' | 'assert' | 'retract' | 'replace' | 'retractEntity'
  readonly entity: string
  readonly attribute: string
  readonly values: readonly string[]
}

export interface PlainFact {
  readonly entity: string
  readonly attribute: string
  readonly value: string
  readonly from: number
  to: number
}

interface Column {
  readonly ident: string
  readonly type: ValueType
  readonly many: boolean
  readonly restated: boolean
}

export const COLUMNS: readonly Column[] = [
  { ident: ':a/name', type: STRING, many: false, restated: false },
  { ident: ':a/score', type: LONG, many: false, restated: false },
  { ident: ':a/seen', type: STRING, many: false, restated: true },
  { ident: ':a/tags', type: STRING, many: true, restated: false },
  { ident: ':a/friend', type: refTo('a'), many: false, restated: false },
  { ident: ':a/links', type: refTo('b'), many: true, restated: false },
  { ident: ':b/price', type: decimalOf(2), many: false, restated: false },
]

export function defineSchema(schema: Schema): void {
  schema.addKind('a', STRING)
  schema.addKind('b', LONG)
  const spec = (column: Column, identity: boolean): AttributeSpec => ({
    ...column,
    kind: column.ident.slice(1, column.ident.indexOf('/')),
    identity,
    index: false,
    component: false,
    doc: '',
  })
  schema.addAttribute(spec({ ident: ':a/id', type: STRING, many: false, restated: false }, true))
  schema.addAttribute(spec({ ident: ':b/id', type: LONG, many: false, restated: false }, true))
  for (const column of COLUMNS) schema.addAttribute(spec(column, false))
}

const LONGS = ['0', '-7', '41', '9007199254740993', '-9223372036854775808']
const DECIMALS = ['0.10', '-2.55', '92233720368547758.08', '170141183460469231731687303715884105.71']
const TEXTS = ['x', 'y', 'zé', '']
const KEYS: Record<string, readonly string[]> = { a: ['p', 'q', 'r'], b: ['1', '9007199254740995'] }

const valuesFor = (type: ValueType): readonly string[] => {
  if (type.base === 'long') return LONGS
  if (type.base === 'decimal') return DECIMALS
  if (type.base === 'ref') return KEYS[type.kind!].map(key => `${type.kind}:${key}`)
  return TEXTS
}

const effectOf = (column: Column): fc.Arbitrary<PlainEffect> => {
  const kind = column.ident.slice(1, column.ident.indexOf('/'))
  return fc.record({
    op: fc.constantFrom<PlainEffect['op']>(
      'assert',
      'assert',
      'assert',
      'retract',
      column.many ? 'replace' : 'mention',
      'retractEntity',
    ),
    entity: fc.constantFrom(...KEYS[kind].map(key => `${kind}:${key}`)),
    attribute: fc.constant(column.ident),
    values: fc.uniqueArray(fc.constantFrom(...valuesFor(column.type)), { minLength: 0, maxLength: 2 }),
  })
}

/** Histories of events; each event a few effects. */
export const histories = (length: number): fc.Arbitrary<PlainEffect[][]> =>
  fc.array(fc.array(fc.oneof(...COLUMNS.map(effectOf)), { minLength: 0, maxLength: 4 }), { maxLength: length })

/** Effects with one value each where an assertion needs one; the others stay. */
export const sensible = (effects: readonly PlainEffect[]): PlainEffect[] =>
  effects.filter(({ op, values }) => op !== 'assert' || values.length > 0)

export class Oracle {
  readonly facts: PlainFact[] = []
  t = 0

  /** Applies one event, or gives false and changes nothing where it conflicts with itself. */
  apply(effects: readonly PlainEffect[]): boolean {
    const before = new Map<string, Set<string>>()
    const slot = (entity: string, attribute: string) => `${entity} ${attribute}`
    for (const fact of this.facts) {
      if (fact.to !== 0) continue
      const name = slot(fact.entity, fact.attribute)
      before.set(name, (before.get(name) ?? new Set()).add(fact.value))
    }
    const held = (entity: string, attribute: string) => before.get(slot(entity, attribute)) ?? new Set<string>()
    const after = new Map<string, Set<string>>()
    const asserted = new Map<string, Set<string>>()
    const next = (entity: string, attribute: string) => {
      const name = slot(entity, attribute)
      if (!after.has(name)) after.set(name, new Set(held(entity, attribute)))
      return after.get(name)!
    }
    const stated = (entity: string, attribute: string) => {
      const name = slot(entity, attribute)
      if (!asserted.has(name)) asserted.set(name, new Set())
      return asserted.get(name)!
    }
    const mention = (entity: string) => stated(entity, `:${entity[0]}/id`).add(entity.slice(2))
    for (const { op, entity, attribute, values } of effects) {
      const column = COLUMNS.find(({ ident }) => ident === attribute)!
      if (op === 'mention') mention(entity)
      if (op === 'retract') {
        if (values.length === 0) next(entity, attribute).clear()
        else next(entity, attribute).delete(values[0])
      }
      if (op === 'replace') next(entity, attribute).clear()
      if (op === 'assert' || op === 'replace') {
        mention(entity)
        for (const value of op === 'assert' ? values.slice(0, 1) : values) {
          stated(entity, attribute).add(value)
          if (column.type.base === 'ref') mention(value)
        }
      }
      if (op === 'retractEntity') {
        if (held(entity, `:${entity[0]}/id`).size === 0) continue
        for (const fact of this.facts) {
          if (fact.to !== 0) continue
          if (fact.entity === entity) next(entity, fact.attribute).clear()
          const reference = COLUMNS.find(({ ident }) => ident === fact.attribute)?.type.base === 'ref'
          if (reference && fact.value === entity) next(fact.entity, fact.attribute).delete(entity)
        }
      }
    }
    for (const column of COLUMNS) {
      if (column.many) continue
      for (const [name, values] of asserted) if (name.endsWith(` ${column.ident}`) && values.size > 1) return false
    }
    this.t++
    for (const name of new Set([...after.keys(), ...asserted.keys()])) {
      const [entity, attribute] = name.split(' ')
      const column = COLUMNS.find(({ ident }) => ident === attribute)
      const statements = asserted.get(name) ?? new Set()
      const result = new Set([
        ...(column?.many === false && statements.size > 0 ? [] : next(entity, attribute)),
        ...statements,
      ])
      for (const fact of this.facts) {
        if (fact.to !== 0 || fact.entity !== entity || fact.attribute !== attribute) continue
        const again = column?.restated && statements.has(fact.value)
        if (!result.has(fact.value) || again) fact.to = this.t
        else result.delete(fact.value)
      }
      for (const value of result) this.facts.push({ entity, attribute, value, from: this.t, to: 0 })
    }
    return true
  }

  /** `entity attribute value since` of every fact visible at `t`, sorted. */
  visible(t: number): string[] {
    return this.facts
      .filter(({ from, to }) => from <= t && (to === 0 || to > t))
      .map(({ entity, attribute, value, from }) => `${entity} ${attribute} ${value} ${from}`)
      .sort()
  }

  /** All intervals as of `t` that began or ended after `after`. */
  intervals(t: number, after = 0): string[] {
    return this.facts
      .filter(({ from, to }) => from <= t && (from > after || (to > after && to <= t)))
      .map(({ entity, attribute, value, from, to }) => `${entity} ${attribute} ${value} ${from} ${to > t ? 0 : to}`)
      .sort()
  }
}

/** The effects of the model for effects by names. */
export function realEffects(effects: readonly PlainEffect[], schema: Schema): Effect[] {
  const key = (id: string): EntityKey => {
    const kind = schema.kind(id[0])
    return { kind, key: kind.keyType.base === 'long' ? BigInt(id.slice(2)) : id.slice(2) }
  }
  return effects.map(({ op, entity, attribute: ident, values }): Effect => {
    const attribute = schema.attribute(ident)
    const value = (text: string): Value | EntityKey => {
      if (attribute.type.base === 'ref') return key(text)
      if (attribute.type.base === 'long') return BigInt(text)
      if (attribute.type.base === 'decimal') return new Decimal(BigInt(text.replace('.', '')), 2)
      return text
    }
    switch (op) {
      case 'assert':
        return { op, entity: key(entity), attribute, value: value(values[0]) }
      case 'retract':
        return values.length === 0
          ? { op, entity: key(entity), attribute }
          : { op, entity: key(entity), attribute, value: value(values[0]) }
      case 'replace':
        return { op, entity: key(entity), attribute, values: values.map(value) }
      default:
        return { op, entity: key(entity) }
    }
  })
}

const shown = (view: FactView, value: Value): string =>
  value instanceof EntityRef
    ? (() => {
        const kind = view.schema.kinds[Math.floor(value.number / 2 ** 32)]
        return `${kind.name}:${plainText(view.key(kind, value.number - entityNumber(kind.number, 0)))}`
      })()
    : plainText(value)

/** The same as `Oracle.visible`, read point by point. */
export function visiblePoints(view: FactView): string[] {
  const found: string[] = []
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    for (let ordinal = 0; ordinal < view.extent(attribute.kind); ordinal++)
      for (const { value, from } of view.values(attribute, ordinal))
        found.push(
          `${attribute.kind.name}:${plainText(view.key(attribute.kind, ordinal))} ${attribute.ident} ${shown(view, value)} ${from}`,
        )
  }
  return found.sort()
}

/** The same, read as columns; asserts that rows come ascending by entity and that counts are exact. */
export function visibleColumns(view: FactView): string[] {
  const found: string[] = []
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    const column = view.facts(attribute)
    let count = 0
    let last = -1
    for (let i = 0; i < column.length; i++) {
      if (!visible(column.from[i], view.t)) continue
      count++
      const ordinal = column.e ? column.e[i] : i
      if (ordinal < last) throw new Error(`${attribute.ident} is not in order of entity`)
      last = ordinal
      const kind = attribute.type.base === 'ref' ? view.schema.kind(attribute.type.kind!).number : 0
      const value = valueFrom(attribute.type, rawAt(column.v, i), view.strings, kind)
      found.push(
        `${attribute.kind.name}:${plainText(view.key(attribute.kind, ordinal))} ${attribute.ident} ${shown(view, value)} ${column.from[i]}`,
      )
    }
    if (count !== column.count || count !== view.count(attribute))
      throw new Error(`${attribute.ident} counts ${column.count} for ${count}`)
  }
  return found.sort()
}

/** The same of all entities, one by one. */
export function intervalPoints(view: FactView): string[] {
  const found: string[] = []
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    for (let ordinal = 0; ordinal < view.extent(attribute.kind); ordinal++) {
      const entity = `${attribute.kind.name}:${plainText(view.key(attribute.kind, ordinal))}`
      let last = 0
      for (const { value, from, to } of view.intervalsOf(attribute, ordinal)) {
        if (from < last) throw new Error(`intervals of ${entity} ${attribute.ident} are not in order`)
        last = from
        found.push(`${entity} ${attribute.ident} ${shown(view, value)} ${from} ${to}`)
      }
    }
  }
  return found.sort()
}

/** All intervals as of the view's moment, as `Oracle.intervals` gives them. */
export function intervalsOf(view: FactView, after?: number): string[] {
  const found: string[] = []
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    const column = view.intervals(attribute, after)
    for (let i = 0; i < column.length; i++) {
      const kind = attribute.type.base === 'ref' ? view.schema.kind(attribute.type.kind!).number : 0
      const value = valueFrom(attribute.type, rawAt(column.v, i), view.strings, kind)
      const entity = `${attribute.kind.name}:${plainText(view.key(attribute.kind, column.e[i]))}`
      found.push(`${entity} ${attribute.ident} ${shown(view, value)} ${column.from[i]} ${column.to[i]}`)
    }
  }
  return found.sort()
}

const rawAt = (raw: Raw, i: number): number | bigint => (raw.as === 'i128' ? wideAt(raw.values, i) : raw.values[i])
