import type { Field, Setting, SettingSource, Statement } from './contract.ts'
import type { Fields } from './fields.ts'
import { Mapping, textOf } from './mapping.ts'
import type { Faults, Place } from './place.ts'
import type { Placed } from './yaml.ts'

const STATEMENT_KEYS = ['entity', 'key', 'set', 'order']
const SETTING_KEYS = ['field', 'value', 'ref', 'key', 'many', 'null', 'index', 'restated', 'component']
/** What a setting takes its value from: one of these. */
const SOURCES = ['field', 'value', 'ref']
const WORD = /^[A-Za-z][\w-]*$/
const WORDS = 'a letter, then letters, digits, _ and -'
/** Names that queries use for what is built in. */
const RESERVED = ['tx', 'db', 'schema']

/** Reads `facts:`. */
export function parseStatements(items: readonly Placed[], fields: Fields, faults: Faults): Statement[] {
  const statements: Statement[] = []
  for (const item of items) {
    const map = Mapping.of(item, 'a statement under facts', STATEMENT_KEYS, ['entity', 'key'], faults)
    if (!map) continue
    const entity = kindName(map, 'entity', faults)
    const key = keyFields(map.node('key'), fields, faults)
    const order = map.text('order')
    if (order !== undefined && order !== 'time') faults.add(map.placeOf('order'), 'order must be time, or be left out')
    const set = parseSet(map.node('set'), fields, faults)
    if (entity !== undefined && key)
      statements.push({ entity, key, set, ordered: order === 'time', place: map.placeOf('entity') })
  }
  return statements
}

function parseSet(node: Placed | undefined, fields: Fields, faults: Faults): Setting[] {
  if (!node) return []
  if (node.is !== 'map') {
    faults.add(node.place, 'set must be a map of attributes and what they are set to')
    return []
  }
  const set: Setting[] = []
  for (const { key: attribute, place, value } of node.entries) {
    if (!WORD.test(attribute)) faults.add(place, `the name of an attribute must be ${WORDS}, but is "${attribute}"`)
    if (attribute === 'id') faults.add(place, 'id is the identity, which the key states: name this attribute otherwise')
    const setting = parseSetting(attribute, place, value, fields, faults)
    if (setting) set.push(setting)
  }
  return set
}

function parseSetting(
  attribute: string,
  place: Place,
  node: Placed,
  fields: Fields,
  faults: Faults,
): Setting | undefined {
  if (node.is !== 'map') {
    const field = fieldNamed(node, fields, faults)
    if (field === undefined) return undefined
    checkLists([field], 'no', node.place, fields, faults)
    const source = { from: 'field', field } as const
    return { attribute, source, many: 'no', retracts: false, index: false, restated: false, component: false, place }
  }
  const before = faults.count
  const map = Mapping.of(node, `the setting of ${attribute}`, SETTING_KEYS, [], faults)
  if (!map) return undefined
  if (faults.count > before && !SOURCES.some(key => map.has(key))) return undefined // it was meant, and misspelt
  const many = manyOf(map, faults)
  const source = sourceOf(map, fields, faults)
  const retracts = retractsOf(map, faults)
  const [index, restated, component] = [map.flag('index'), map.flag('restated'), map.flag('component')]
  if (!source) return undefined
  if (map.has('key') && source.from !== 'ref') faults.add(map.placeOf('key'), 'key goes with ref only')
  if (component && source.from !== 'ref') faults.add(map.placeOf('component'), 'component goes with ref only')
  if (retracts && source.from === 'value')
    faults.add(map.placeOf('null'), 'a constant is never null: leave out null: retract')
  if (source.from === 'field') checkLists([source.field], many, map.placeOf('field'), fields, faults)
  if (source.from === 'ref') checkLists(source.key, many, map.placeOf('key'), fields, faults)
  return { attribute, source, many, retracts, index, restated, component, place }
}

/** A list is stated element by element; an attribute never holds a list. */
function checkLists(
  names: readonly string[],
  many: Setting['many'],
  place: Place,
  fields: Fields,
  faults: Faults,
): void {
  const list = names.find(name => fields.get(name)?.type.base === 'list')
  if (list === undefined) return
  if (many === 'no') faults.add(place, `${list} is a list: say many: true to add its elements, or many: replace`)
  else if (names.length > 1) faults.notBuilt(place, `a list among several key fields, as ${list} here,`)
}

function sourceOf(map: Mapping, fields: Fields, faults: Faults): SettingSource | undefined {
  const given = SOURCES.filter(key => map.has(key))
  if (given.length !== 1) {
    faults.add(map.place, `a setting needs one of field, value and ref, but has ${given.join(' and ') || 'none'}`)
    return undefined
  }
  if (given[0] === 'field') {
    const field = fieldNamed(map.node('field')!, fields, faults)
    return field === undefined ? undefined : { from: 'field', field }
  }
  if (given[0] === 'value') return constantOf(map.node('value')!, faults)
  const kind = kindName(map, 'ref', faults)
  if (!map.has('key')) {
    faults.add(map.placeOf('ref'), 'ref needs key: the field that holds the key of the entity it points at')
    return undefined
  }
  const key = keyFields(map.node('key'), fields, faults, true)
  return kind === undefined || !key ? undefined : { from: 'ref', kind, key }
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

function constantOf(node: Placed, faults: Faults): SettingSource | undefined {
  if (node.is !== 'scalar') faults.add(node.place, 'value must be one text, number, true or false')
  else if (typeof node.value === 'string' || typeof node.value === 'boolean')
    return { from: 'value', constant: node.value }
  else if (NUMBER.test(node.text)) return { from: 'value', constant: { number: node.text } }
  else faults.add(node.place, `value must be a plain number such as 12, -2.50 or 1e6, but is ${node.text}`)
  return undefined
}

function manyOf(map: Mapping, faults: Faults): Setting['many'] {
  const node = map.node('many')
  if (!node) return 'no'
  if (node.is === 'scalar') {
    if (node.value === true) return 'add'
    if (node.value === false) return 'no'
    if (node.value === 'replace') return 'replace'
  }
  faults.add(node.place, 'many must be true (adds to the set) or replace (makes the set exactly these)')
  return 'no'
}

function retractsOf(map: Mapping, faults: Faults): boolean {
  if (!map.has('null')) return false
  if (map.text('null') !== 'retract') faults.add(map.placeOf('null'), 'null must be retract, or be left out')
  return true
}

function kindName(map: Mapping, key: string, faults: Faults): string | undefined {
  const kind = map.matching(key, WORD, WORDS)
  if (kind === undefined || !RESERVED.includes(kind)) return kind
  faults.add(map.placeOf(key), `${kind} is built in: an entity needs another name`)
  return undefined
}

/** The names of key fields: one, or a list of several. `lists` allows a list field, for references of which there are many. */
function keyFields(node: Placed | undefined, fields: Fields, faults: Faults, lists = false): string[] | undefined {
  if (!node) return undefined
  if (node.is === 'list' && node.items.length === 0) {
    faults.add(node.place, 'key must name at least one field')
    return undefined
  }
  const before = faults.count
  const names: string[] = []
  for (const item of node.is === 'list' ? node.items : [node]) {
    const name = fieldNamed(item, fields, faults)
    if (name === undefined) continue
    const field = fields.get(name)
    if (names.includes(name)) faults.add(item.place, `${name} is a part of this key already`)
    if (field && !canBeKey(field, lists)) faults.add(item.place, `${name} is ${field.type.base}, which cannot be a key`)
    names.push(name)
  }
  return faults.count === before ? names : undefined
}

function canBeKey(field: Field, lists: boolean): boolean {
  const type = lists && field.type.base === 'list' ? field.type.of : field.type
  return type.base !== 'double' && type.base !== 'json' && type.base !== 'list'
}

function fieldNamed(node: Placed, fields: Fields, faults: Faults): string | undefined {
  const name = textOf(node, 'the name of a field', faults)
  if (name === undefined || fields.has(name)) return name
  faults.unknown(node.place, `there is no field ${name}`, name, fields.keys())
  return undefined
}
