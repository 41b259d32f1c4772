import { assert } from '../base/assert.ts'
import type { Effect, EntityKey } from '../model/effect.ts'
import { joinKey } from '../model/entity-id.ts'
import type { Attribute, Kind, Schema } from '../model/schema.ts'
import type { ValueType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import { constantOf } from './attributes.ts'
import type { Contract, Setting } from './contract.ts'
import type { Contracts } from './contracts.ts'
import type { FieldValue } from './convert.ts'
import { keyText } from './key-text.ts'
import type { FieldValues } from './validate.ts'

/** Gives the effects of one event from the values of its fields. */
export type StateFacts = (values: FieldValues) => Effect[]

/** Adds what one line under `set:` states of an entity. `entities` are those that the event names, by number of their key. */
type Apply = (
  entity: EntityKey,
  values: FieldValues,
  entities: readonly (EntityKey | null)[],
  effects: Effect[],
) => void

/** Compiles the `facts:` of a contract. Its kinds and attributes are in the schema already (`Contracts.define`). */
export function compileFacts(contract: Contract, contracts: Contracts, schema: Schema): StateFacts {
  const indexOf = new Map(contract.fields.map((field, i) => [field.name, i]))
  const typeOf = (name: string) => contract.fields[indexOf.get(name)!].type
  // an entity that several statements name is looked up once an event
  const keys: { readonly name: string; readonly make: (values: FieldValues) => EntityKey | null }[] = []
  const keyNumber = (kind: string, fields: readonly string[]): number => {
    const name = JSON.stringify([kind, fields])
    const known = keys.findIndex(key => key.name === name)
    if (known >= 0) return known
    const parts = fields.map(field => indexOf.get(field)!)
    keys.push({ name, make: compileKey(schema.kind(kind), parts, fields.map(typeOf)) })
    return keys.length - 1
  }

  const statements = contract.facts.map(statement => ({
    key: keyNumber(statement.entity, statement.key),
    set: statement.set.map(setting => {
      const ident = `:${statement.entity}/${setting.attribute}`
      const ordered = statement.ordered || undefined
      return compileSetting(setting, ordered, schema.attribute(ident), contracts, schema, indexOf, typeOf, keyNumber)
    }),
  }))
  const entities: (EntityKey | null)[] = keys.map(() => null)

  return values => {
    const effects: Effect[] = []
    for (let i = 0; i < keys.length; i++) entities[i] = keys[i].make(values)
    for (let i = 0; i < statements.length; i++) {
      const { key, set } = statements[i]
      const entity = entities[key]
      if (entity === null) continue
      effects.push({ op: 'mention', entity })
      for (let j = 0; j < set.length; j++) set[j](entity, values, entities, effects)
    }
    return effects
  }
}

/** The entity whose key stands in these fields; null where any of them is absent. */
function compileKey(
  kind: Kind,
  parts: readonly number[],
  types: readonly ValueType[],
): (values: FieldValues) => EntityKey | null {
  if (parts.length === 1) {
    const [part] = parts
    return values => {
      const key = values[part]
      return key === null ? null : { kind, key: key as Value }
    }
  }
  const texts: string[] = parts.map(() => '')
  return values => {
    for (let i = 0; i < parts.length; i++) {
      const value = values[parts[i]]
      if (value === null) return null
      texts[i] = keyText(value as Value, types[i])
    }
    return { kind, key: joinKey(texts) }
  }
}

function compileSetting(
  setting: Setting,
  ordered: true | undefined,
  attribute: Attribute,
  contracts: Contracts,
  schema: Schema,
  indexOf: ReadonlyMap<string, number>,
  typeOf: (field: string) => ValueType,
  keyNumber: (kind: string, fields: readonly string[]) => number,
): Apply {
  const { source, retracts } = setting
  const state = stateOf(setting, ordered, attribute)
  if (source.from === 'value') {
    const value = constantOf(source.constant, contracts.attributeSpec(attribute.ident)!.type)
    assert(value !== undefined, `the constant of ${attribute.ident} was checked`)
    return (entity, _values, _entities, effects) => state(entity, value, effects)
  }
  if (source.from === 'ref') {
    const kind = schema.kind(source.kind)
    if (source.key.length > 1 || typeOf(source.key[0]).base !== 'list') {
      const key = keyNumber(source.kind, source.key)
      return (entity, _values, entities, effects) => {
        const target = entities[key]
        if (target !== null) state(entity, target, effects)
        else if (retracts) effects.push({ op: 'retract', entity, attribute, ordered })
      }
    }
    const list = indexOf.get(source.key[0])!
    return (entity, values, _entities, effects) => {
      const elements = values[list] as readonly Value[] | null
      if (elements !== null)
        state(
          entity,
          elements.map(key => ({ kind, key })),
          effects,
        )
      else if (retracts) effects.push({ op: 'retract', entity, attribute, ordered })
    }
  }
  const field = indexOf.get(source.field)!
  return (entity, values, _entities, effects) => {
    const value = values[field]
    if (value !== null) state(entity, value, effects)
    else if (retracts) effects.push({ op: 'retract', entity, attribute, ordered })
  }
}

type Stated = FieldValue | EntityKey | readonly EntityKey[]

/** States a value, or the elements of a list, the way the setting's `many` says. */
function stateOf(
  setting: Setting,
  ordered: true | undefined,
  attribute: Attribute,
): (entity: EntityKey, value: Stated, effects: Effect[]) => void {
  switch (setting.many) {
    case 'no':
      return (entity, value, effects) =>
        effects.push({ op: 'assert', entity, attribute, value: value as Value | EntityKey, ordered })
    case 'add':
      return (entity, value, effects) => {
        for (const element of listOf(value)) effects.push({ op: 'assert', entity, attribute, value: element, ordered })
      }
    case 'replace':
      return (entity, value, effects) =>
        effects.push({ op: 'replace', entity, attribute, values: listOf(value), ordered })
  }
}

const listOf = (value: Stated): readonly (Value | EntityKey)[] =>
  Array.isArray(value) ? value : [value as Value | EntityKey]
