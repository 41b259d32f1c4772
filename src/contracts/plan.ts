import { assert } from '../base/assert.ts'
import type { Schema } from '../model/schema.ts'
import type { PlannedSetting, StatementPlan } from '../model/statement-plan.ts'
import { STRING, type ValueType } from '../model/type.ts'
import { constantOf } from './attributes.ts'
import type { Contract, Setting } from './contract.ts'
import type { Contracts } from './contracts.ts'
import type { MadeText } from './made-text.ts'
import { isText } from './scanned.ts'

/** A plan, and the texts that stand behind the fields among its operands. */
export interface PlannedContract {
  readonly plan: StatementPlan
  readonly made: readonly MadeText[]
}

/** What `compileFacts` does as plain data, or null for a contract that needs effects. Its kinds and attributes are in the schema already. */
export function planStatements(contract: Contract, contracts: Contracts, schema: Schema): PlannedContract | null {
  if (!isSimple(contract)) return null
  const types: ValueType[] = contract.fields.map(field => field.type)
  const made: MadeText[] = []
  const fieldNamed = (name: string) => contract.fields.findIndex(field => field.name === name)

  const textOf = (parts: readonly number[], joined: boolean): number => {
    const known = made.findIndex(text => text.joined === joined && String(text.parts) === String(parts))
    if (known >= 0) return contract.fields.length + known
    made.push({ parts, joined })
    return types.push(STRING) - 1
  }
  const keyOf = (names: readonly string[]): number =>
    names.length === 1 ? fieldNamed(names[0]) : textOf(names.map(fieldNamed), true)
  /** A field as plain text. */
  const plainText = (name: string | null): number => {
    if (name === null) return -1
    const field = fieldNamed(name)
    return isText(types[field]) ? field : textOf([field], false)
  }

  const entities: StatementPlan['entities'][number][] = []
  const entityOf = (kindName: string, names: readonly string[]): number => {
    const kind = schema.kind(kindName)
    const key = keyOf(names)
    const known = entities.findIndex(entity => entity.kind === kind && entity.key === key)
    return known >= 0 ? known : entities.push({ kind, key }) - 1
  }
  const sourceOf = (setting: Setting, ident: string): PlannedSetting['source'] => {
    const { source } = setting
    if (source.from === 'ref') return { from: 'entity', entity: entityOf(source.kind, source.key) }
    if (source.from === 'field') return { from: 'operand', operand: fieldNamed(source.field) }
    const value = constantOf(source.constant, contracts.attributeSpec(ident)!.type)
    assert(value !== undefined, `the constant of ${ident} was checked`)
    return { from: 'value', value }
  }
  const statements = contract.facts.map(({ entity, key, set }) => ({
    entity: entityOf(entity, key),
    set: set.map(setting => {
      const ident = `:${entity}/${setting.attribute}`
      return { attribute: schema.attribute(ident), source: sourceOf(setting, ident), retracts: setting.retracts }
    }),
  }))

  const time = contract.time === null ? -1 : fieldNamed(contract.time)
  const plan = { types, entities, statements, time, id: plainText(contract.id), subject: plainText(contract.subject) }
  return { plan, made }
}

/** No lists, no order of time, and no attribute set twice for an entity that is named by the same fields. */
function isSimple(contract: Contract): boolean {
  const isList = (name: string) => contract.fields.find(field => field.name === name)!.type.base === 'list'
  const stated = new Set<string>()
  if (contract.facts.some(({ ordered }) => ordered)) return false
  for (const { entity, key, set } of contract.facts)
    for (const { attribute, source, many } of set) {
      if (many !== 'no' || (source.from === 'ref' && source.key.some(isList))) return false
      const name = JSON.stringify([entity, key, attribute])
      if (stated.has(name)) return false
      stated.add(name)
    }
  return true
}
