import { type Contract, type Field, sealContract, type Version } from './contract.ts'
import { type Fields, parseFields } from './fields.ts'
import { Mapping } from './mapping.ts'
import type { Faults } from './place.ts'
import { parseStatements } from './statements.ts'
import { parseYaml } from './yaml.ts'

const KEYS = [
  'name',
  'version',
  'doc',
  'owner',
  'format',
  'topic',
  'headerless',
  'tombstone',
  'time',
  'id',
  'subject',
  'fields',
  'facts',
]
const NEEDED = ['name', 'version', 'doc', 'owner', 'format', 'topic', 'fields']
const NAME = /^[A-Za-z][\w-]*\/[A-Za-z][\w-]*$/
const VERSION = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/
const TOPIC = /^(?!\.{1,2}$)[\w.-]{1,249}$/
const FORMATS = ['avro', 'protobuf', 'csv', 'xml']

/** What the path of a file says about the contract in it. */
export interface Home {
  readonly name: string
  readonly version: string
}

/** Reads one contract. Everything wrong with it goes to `faults`; undefined where anything is. */
export function parseContract(file: string, text: string, home: Home, faults: Faults): Contract | undefined {
  const before = faults.count
  const tree = parseYaml(file, text, faults)
  const map = tree && Mapping.of(tree, 'a contract', KEYS, NEEDED, faults)
  if (!map) return undefined

  const name = map.matching('name', NAME, 'namespace/name, of letters, digits, _ and -')
  if (name !== undefined && name !== home.name)
    faults.add(map.placeOf('name'), `the name is ${name}, but the file lies in ${home.name}`)
  const version = versionOf(map, home, faults)
  const doc = map.text('doc')
  const owner = map.text('owner')
  const topic = map.matching('topic', TOPIC, 'the name of a Kafka topic: letters, digits, . _ and -')
  checkFormat(map, faults)
  const fields = parseFields(map.list('fields'), faults)
  const facts = parseStatements(map.list('facts'), fields, faults)
  const time = roleOf(map, 'time', fields, faults)
  const id = roleOf(map, 'id', fields, faults)
  const subject = roleOf(map, 'subject', fields, faults)
  const headerless = map.flag('headerless')
  const retracting = retractsByTombstone(map, facts.length > 0, faults)

  if (faults.count > before) return undefined
  return sealContract({
    name: name!,
    version: version!,
    doc: doc!,
    owner: owner!,
    format: 'json',
    topic: topic!,
    headerless,
    retracting,
    time,
    id,
    subject,
    fields: [...fields.values()] as Field[],
    facts,
    place: map.placeOf('name'),
  })
}

function versionOf(map: Mapping, home: Home, faults: Faults): Version | undefined {
  const text = map.matching('version', VERSION, 'major.minor in quotes, such as "1.0"')
  if (text === undefined) return undefined
  if (text !== home.version)
    faults.add(map.placeOf('version'), `the version is ${text}, but the file is named ${home.version}.yaml`)
  const [major, minor] = text.split('.').map(Number)
  return { major, minor }
}

function checkFormat(map: Mapping, faults: Faults): void {
  const format = map.text('format')
  if (format === undefined || format === 'json') return
  if (FORMATS.includes(format)) faults.notBuilt(map.placeOf('format'), `format: ${format}`)
  else faults.add(map.placeOf('format'), `format must be json, but is ${JSON.stringify(format)}`)
}

function retractsByTombstone(map: Mapping, states: boolean, faults: Faults): boolean {
  const tombstone = map.text('tombstone')
  if (tombstone === undefined) return false
  const place = map.placeOf('tombstone')
  if (tombstone !== 'retract') faults.add(place, 'tombstone must be retract, or be left out')
  else if (!states) faults.add(place, 'tombstone: retract needs a statement under facts, whose entity it retracts')
  return true
}

/** The field that `time`, `id` or `subject` names, or null. */
function roleOf(map: Mapping, role: 'time' | 'id' | 'subject', fields: Fields, faults: Faults): string | null {
  const name = map.text(role)
  if (name === undefined) return null
  const place = map.placeOf(role)
  if (!fields.has(name))
    faults.unknown(place, `${role} names the field ${name}, which is not there`, name, fields.keys())
  const type = fields.get(name)?.type
  if (!type) return name
  if (role === 'time') {
    if (type.base === 'instant' && type.micros) faults.notBuilt(place, 'time: with a field of type instant(6)')
    else if (type.base !== 'instant') faults.add(place, `time must name an instant, but ${name} is ${type.base}`)
  } else if (['double', 'json', 'list', 'boolean'].includes(type.base))
    faults.add(place, `${role} must name a field that tells one from another, but ${name} is ${type.base}`)
  return name
}
