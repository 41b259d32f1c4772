import type { AttributeSpec } from '../model/schema.ts'
import { DOUBLE, decimalOf, LONG, refTo, STRING, showType, type ValueType } from '../model/type.ts'
import { type Constant, type Contract, contractId, type Field, type Setting } from './contract.ts'
import { converter } from './convert.ts'
import { ExactNumber } from './event-json.ts'
import { type Faults, type Place, showPlace } from './place.ts'

/** A kind of entity as contracts describe it. */
export interface KindSpec {
  readonly name: string
  readonly keyType: ValueType
  /** Where it is mentioned first. */
  readonly place: Place
  /** Those that mention it, in order. */
  readonly contracts: readonly Contract[]
}

/** An attribute as contracts state it. */
export interface StatedAttribute {
  readonly spec: AttributeSpec
  /** Where it is stated first. */
  readonly place: Place
  /** Those that state it, in order. */
  readonly contracts: readonly Contract[]
}

interface Source {
  readonly contract: Contract
  readonly setting: Setting
  readonly kind: string
  /** Null for a constant, which takes the type of the others. */
  readonly type: ValueType | null
  readonly doc: string
}

/** Kinds in order of first mention, targets of references included. Reports where two mentions give the key different types. */
export function deriveKinds(contracts: readonly Contract[], faults: Faults): KindSpec[] {
  const kinds = new Map<string, { name: string; keyType: ValueType; place: Place; contracts: Contract[] }>()
  for (const contract of contracts) {
    const fields = fieldsOf(contract)
    const mention = (name: string, key: readonly string[], place: Place) => {
      const keyType = keyTypeOf(key, fields)
      const known = kinds.get(name)
      if (!known) kinds.set(name, { name, keyType, place, contracts: [contract] })
      else if (showType(known.keyType) !== showType(keyType))
        faults.add(
          place,
          `the key of ${name} is ${showType(keyType)} here, but ${showType(known.keyType)} in ${showPlace(known.place)}: an entity kind has one type of key`,
        )
      else if (!known.contracts.includes(contract)) known.contracts.push(contract)
    }
    for (const statement of contract.facts) {
      mention(statement.entity, statement.key, statement.place)
      for (const { source, place } of statement.set) if (source.from === 'ref') mention(source.kind, source.key, place)
    }
  }
  return [...kinds.values()]
}

/** The type of a single key field, string where there are several. An enum counts as string, since its values may grow and a key's type may not. */
function keyTypeOf(key: readonly string[], fields: ReadonlyMap<string, Field>): ValueType {
  if (key.length > 1) return STRING
  const { type } = fields.get(key[0])!
  const single = type.base === 'list' ? type.of : type
  return single.base === 'enum' ? STRING : single
}

const fieldsOf = (contract: Contract) => new Map(contract.fields.map(field => [field.name, field]))

/**
 * Attributes, kind by kind, the identity first, then in order of first mention. Reports where two statements
 * disagree on type or cardinality.
 */
export function deriveAttributes(
  contracts: readonly Contract[],
  kinds: readonly KindSpec[],
  faults: Faults,
): StatedAttribute[] {
  const sources = new Map<string, Source[]>(kinds.map(kind => [kind.name, []]))
  for (const contract of contracts) {
    const fields = fieldsOf(contract)
    for (const { entity, set } of contract.facts)
      for (const setting of set) sources.get(entity)!.push(sourceOf(contract, entity, setting, fields))
  }
  return kinds.flatMap(kind => {
    const byName = Map.groupBy(sources.get(kind.name)!, source => source.setting.attribute)
    return [identityOf(kind), ...[...byName.values()].map(list => combine(list, faults))]
  })
}

function identityOf(kind: KindSpec): StatedAttribute {
  const { name, keyType, place, contracts } = kind
  const plain = { many: false, index: false, component: false, restated: false }
  const spec = { ...plain, ident: `:${name}/id`, kind: name, type: keyType, identity: true, doc: `The key of ${name}.` }
  return { spec, place, contracts }
}

function sourceOf(contract: Contract, kind: string, setting: Setting, fields: ReadonlyMap<string, Field>): Source {
  const { source } = setting
  if (source.from === 'value') return { contract, setting, kind, type: null, doc: '' }
  const field = fields.get(source.from === 'field' ? source.field : source.key[0])!
  const element = field.type.base === 'list' ? field.type.of : field.type
  const type = source.from === 'ref' ? refTo(source.kind) : element
  return { contract, setting, kind, type, doc: field.doc }
}

/** One attribute of all that states it. Flags hold where any statement has them. */
function combine(sources: readonly Source[], faults: Faults): StatedAttribute {
  const [first] = sources
  const ident = `:${first.kind}/${first.setting.attribute}`
  const typed = sources.find(source => source.type !== null) ?? first
  let type = typed.type ?? naturalType(typed.setting.source)
  const many = first.setting.many !== 'no'
  for (const source of sources) {
    const { setting } = source
    const disagree = (here: string, there: string, other: Source) =>
      faults.add(
        setting.place,
        `${ident} is ${here} here, but ${there} in ${showPlace(other.setting.place)}: an attribute has one type and cardinality for its life`,
      )
    if ((setting.many !== 'no') !== many)
      disagree(many ? 'one value' : 'many values', many ? 'many values' : 'one value', first)
    if (source.type === null) continue
    if (type.base === 'enum' && source.type.base === 'enum')
      type = { base: 'enum', values: [...new Set([...type.values, ...source.type.values])] }
    else if (showType(source.type) !== showType(type)) disagree(showType(source.type), showType(type), typed)
  }
  for (const { setting } of sources)
    if (setting.source.from === 'value' && constantOf(setting.source.constant, type) === undefined)
      faults.add(
        setting.place,
        `${ident} is ${showType(type)} (${showPlace(typed.setting.place)}), which ${showConstant(setting.source.constant)} is not`,
      )
  const any = (flag: 'index' | 'component' | 'restated') => sources.some(({ setting }) => setting[flag])
  const spec: AttributeSpec = {
    ident,
    kind: first.kind,
    type,
    many,
    identity: false,
    index: any('index'),
    component: any('component'),
    restated: any('restated'),
    doc: sources.find(source => source.doc !== '')?.doc ?? '',
  }
  return { spec, place: first.setting.place, contracts: [...new Set(sources.map(source => source.contract))] }
}

const showConstant = (constant: Constant): string =>
  typeof constant === 'object' ? constant.number : JSON.stringify(constant)

/** The type of a constant that nothing else gives a type: a fraction is exact, an exponent makes a double. */
function naturalType(source: Setting['source']): ValueType {
  if (source.from !== 'value' || typeof source.constant === 'string') return STRING
  if (typeof source.constant === 'boolean') return { base: 'boolean' }
  const { number } = source.constant
  if (/[eE]/.test(number)) return DOUBLE
  const point = number.indexOf('.')
  return point < 0 ? LONG : decimalOf(Math.min(number.length - point - 1, 38))
}

/** The value of a constant as a type, or undefined where it is none of it. */
export const constantOf = (constant: Constant, type: ValueType) => {
  const value = converter(type)(typeof constant === 'object' ? new ExactNumber(constant.number) : constant)
  return Array.isArray(value) ? undefined : value
}

/** Owners of the contracts that state something, each once. */
export const ownersOf = (contracts: readonly Contract[]): string => [...new Set(contracts.map(c => c.owner))].join(', ')

export const idsOf = (contracts: readonly Contract[]): string[] => contracts.map(contractId)
