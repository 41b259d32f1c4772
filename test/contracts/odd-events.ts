import type { Random } from '../../src/base/random.ts'
import { type Contract, type Field, sealContract } from '../../src/contracts/contract.ts'
import type { ValueType } from '../../src/model/type.ts'

/*
 * Events of random contracts as JSON text: good ones, odd ones, and broken ones. Every odd thing that the judge has an
 * opinion about should come up here.
 */

const PLACE = { file: 'odd', line: 1, column: 1 }
const NAMES = [
  'a',
  'ab',
  'abc',
  'abcd',
  'abcde',
  'constructor',
  'toString',
  '$x',
  '@y',
  'a.b',
  'a-b',
  'line_no',
  'a_name_that_is_quite_long',
]
const TYPES: readonly ValueType[] = [
  { base: 'string' },
  { base: 'string' },
  { base: 'boolean' },
  { base: 'long' },
  { base: 'double' },
  { base: 'decimal', digits: 0 },
  { base: 'decimal', digits: 3 },
  { base: 'decimal', digits: 13 },
  { base: 'decimal', digits: 20 },
  { base: 'instant', micros: false },
  { base: 'instant', micros: true },
  { base: 'date' },
  { base: 'uuid' },
  { base: 'enum', values: ['a', 'ab', 'ba', 'null', 'ZÜRICH', 'a"b', 'quite a long value'] },
  { base: 'json' },
  { base: 'list', of: { base: 'string' } },
]

export function randomContract(random: Random): Contract {
  const names = NAMES.toSorted(() => random.next() - 0.5).slice(0, 1 + random.below(8))
  const fields = names.map((name): Field => {
    const type = random.pick(TYPES)
    const rare = type.base === 'json' || type.base === 'list'
    const optional = rare || random.below(3) === 0
    return { name, type, doc: '', optional, privacyHandler: 'plain', place: PLACE }
  })
  return contractOf(fields)
}

export const contractOf = (fields: readonly Field[]): Contract =>
  sealContract({
    name: 'odd/event',
    version: { major: 1, minor: 0 },
    doc: '',
    owner: '',
    format: 'json',
    topic: 'odd',
    headerless: false,
    retracting: false,
    time: null,
    id: null,
    subject: null,
    fields,
    facts: [],
    place: PLACE,
  })

const digits = (random: Random, count: number): string => {
  let text = ''
  for (let i = 0; i < count; i++) text += random.below(10)
  return text
}

const whole = (random: Random, most: number): string => {
  const text = digits(random, 1 + random.below(most)).replace(/^0+(?=\d)/, '')
  return (random.below(4) === 0 ? '-' : '') + text
}

const two = (random: Random, from: number, to: number): string =>
  String(from + random.below(to - from + 1)).padStart(2, '0')
const dayOf = (random: Random): string =>
  `${random.pick(['0001', '0004', '1600', '1900', '1969', '1970', '2000', '2023', '2024', '9999', `1${digits(random, 3)}`])}-${two(random, 1, 12)}-${two(random, 1, 28)}`
const timeOf = (random: Random): string => `T${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}`

const WORDS = [
  '',
  'x',
  'WHITE METAL LANTERN',
  "it's",
  'a/b~c',
  '\u007f',
  'naïve',
  '日本',
  '🙂',
  'null',
  'true',
  '17850',
  '{"a":1}'.replaceAll('"', "'"),
]

/** JSON that the type takes and that producers write every day. */
function good(type: ValueType, random: Random): string {
  switch (type.base) {
    case 'string':
      return JSON.stringify(random.pick(WORDS) + (random.below(2) === 0 ? digits(random, random.below(9)) : ''))
    case 'boolean':
      return random.pick(['true', 'false'])
    case 'long':
      return whole(random, 14).replace(/^-0$/, '0')
    case 'double':
      return `${1 + random.below(99)}${random.below(2) === 0 ? `.${digits(random, 1 + random.below(6))}` : ''}`
    case 'decimal': {
      const fraction =
        type.digits > 0 && random.below(2) === 0 ? `.${digits(random, 1 + random.below(type.digits))}` : ''
      const text = whole(random, Math.max(1, 14 - type.digits)) + fraction
      return random.below(2) === 0 ? `"${text}"` : text
    }
    case 'instant': {
      const fraction = random.pick(['', `.${digits(random, 3)}`, type.micros ? `.${digits(random, 6)}` : ''])
      const zone = random.pick(['Z', 'Z', `+${two(random, 0, 14)}:00`, `-${two(random, 0, 11)}:30`])
      return random.below(5) === 0 ? whole(random, 13) : `"${dayOf(random)}${timeOf(random)}${fraction}${zone}"`
    }
    case 'date':
      return `"${dayOf(random)}"`
    case 'uuid':
      return `"${[8, 4, 4, 4, 12].map(count => Array.from({ length: count }, () => random.pick([...'0123456789abcdef'])).join('')).join('-')}"`
    case 'enum':
      return JSON.stringify(random.pick(type.values.filter(value => !value.includes('"'))))
    case 'list':
      return random.pick(['[]', '["x"]', '["a","b"]'])
    default:
      return random.pick(['{}', '{"a":1}', '[1,2]', '"x"', '1'])
  }
}

/** Valid here and there, wrong elsewhere, and easily misread. */
const ODD = [
  'null',
  'true',
  'false',
  'tru',
  'nul',
  'nulls',
  'True',
  '0',
  '-0',
  '00',
  '01',
  '-01',
  '-',
  '+1',
  '1.',
  '.5',
  '-.5',
  '1.0',
  '1.50',
  '0.1',
  '-0.0',
  '"-0"',
  '"-0.000"',
  '1e3',
  '1E3',
  '1e-3',
  '1.5e2',
  '1e400',
  '-1e400',
  '1e-400',
  '0e0',
  '12345678901234',
  '123456789012345',
  '1234567890123456',
  '-123456789012345',
  '999999999999999',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '"9223372036854775807"',
  '"9007199254740993"',
  '"12"',
  '"-9223372036854775808"',
  '"-9223372036854775809"',
  '0.30000000000000004',
  '123456789.123456789',
  '0.000001',
  '0.0000001',
  '1.0000000000000000000001',
  '"2.55"',
  '"2.5500"',
  '"2.5555"',
  '"007.50"',
  '"000000000000000000001"',
  '".5"',
  '"5."',
  '" 5"',
  '"5 "',
  '""',
  '"1e2"',
  '"1,5"',
  '"--1"',
  '"٣"',
  '1.2345678901234567',
  '100000000000000000000',
  '99999999999999999999999999999999999999',
  `1${'0'.repeat(120)}`,
  '"2020-02-29"',
  '"2021-02-29"',
  '"1900-02-29"',
  '"2000-02-29"',
  '"2020-00-10"',
  '"2020-13-10"',
  '"2020-04-31"',
  '"2020-12-31"',
  '"20-1-1"',
  '"2020/01/01"',
  '"2020-01-00"',
  '"2020-01-01T00:00:00Z"',
  '"2020-01-01T24:00:00Z"',
  '"2020-01-01T23:60:00Z"',
  '"2020-01-01T23:59:60Z"',
  '"2020-01-01T00:00:00"',
  '"2020-01-01t00:00:00z"',
  '"2020-01-01T00:00Z"',
  '"2020-01-01T00:00:00.1Z"',
  '"2020-01-01T00:00:00.123Z"',
  '"2020-01-01T00:00:00.123456Z"',
  '"2020-01-01T00:00:00.123000Z"',
  '"2020-01-01T00:00:00.123456789Z"',
  '"2020-01-01T00:00:00,123Z"',
  '"2020-01-01T00:00:00+01:00"',
  '"2020-01-01T00:00:00+0100"',
  '"2020-01-01T00:00:00+01"',
  '"2020-01-01T00:00:00.5+24:00"',
  '"2020-01-01T00:00:00-00:00"',
  '"2020-01-01T00:00:00.000+23:59"',
  '"2020-01-01T00:00:00+23:60"',
  '"2020-01-01 00:00:00Z"',
  '"0000-01-01T00:00:00.000+00:01"',
  '"9999-12-31T23:59:59.999999Z"',
  '"9999-12-31T23:59:59.999-00:01"',
  '"2300-01-01T00:00:00.000001Z"',
  '"1969-12-31T23:59:59.999999Z"',
  '253402300799999',
  '253402300800000',
  '-62167219200000',
  '-62167219200001',
  '1577836800000.5',
  '1577836800000.001',
  '"123e4567-e89b-12d3-a456-426614174000"',
  '"123E4567-E89B-12D3-A456-426614174000"',
  '"123e4567e89b12d3a456426614174000"',
  '"123e4567-e89b-12d3-a456-42661417400g"',
  '"{23e4567-e89b-12d3-a456-42661417400}"',
  '"a"',
  '"ab"',
  '"abc"',
  '"A"',
  '"ZÜRICH"',
  '"a\\"b"',
  '"\\u0061"',
  '"quite a long value"',
  '"\\n"',
  '"\\u0000"',
  '"\\ud83d\\ude42"',
  '"\\ud83d"',
  '"\\udc00x"',
  '"\\/"',
  '"a\\u0301"',
  '"tab\there"',
  '"\\x"',
  '"unfinished',
  "'single'",
  '"a""b"',
  '{}',
  '{"a":1}',
  '{"a":1,"a":2}',
  '{"a":{"b":[1,{"c":null}]}}',
  '[]',
  '[1]',
  '[null]',
  '["a"]',
  '["a","b"]',
  '[',
  '[1,]',
  'NaN',
  'Infinity',
  'undefined',
  '/**/1',
] as const

const BLANKS = ['', '', '', ' ', '\t', '\n', '\r', '  ', '\u00a0', '\ufeff']

/** A producer: the order in which it writes fields, and its blanks. */
export interface Producer {
  readonly order: readonly number[]
  readonly colon: string
  readonly comma: string
  /** It leaves out what is null. */
  readonly terse: boolean
}

export function randomProducer(contract: Contract, random: Random): Producer {
  const order = contract.fields.map((_, i) => i)
  if (random.below(2) === 0) order.sort(() => random.next() - 0.5)
  const [colon, comma] = random.pick([
    ['', ''],
    ['', ''],
    [' ', ' '],
    [' ', ''],
    ['', ' '],
  ] as const)
  return { order, colon, comma, terse: random.below(2) === 0 }
}

/** An event that keeps its contract, and that nobody would call odd unless it holds JSON or lists. */
export function goodEvent(contract: Contract, producer: Producer, random: Random): string {
  const members: string[] = []
  for (const i of producer.order) {
    const { name, type, optional } = contract.fields[i]
    const absent = optional && random.below(3) === 0
    if (absent && producer.terse) continue
    members.push(`"${name}":${producer.colon}${absent ? 'null' : good(type, random)}`)
  }
  return `{${members.join(`,${producer.comma}`)}}`
}

/** The same with one or two things about it that are odd or broken. */
export function oddEvent(contract: Contract, producer: Producer, random: Random): Buffer {
  const members = producer.order.map(i => {
    const { name, type } = contract.fields[i]
    return [JSON.stringify(name), good(type, random)]
  })
  const blank = { colon: producer.colon, comma: producer.comma }
  let head = '{'
  let tail = '}'
  const change = (place: number) => {
    const member = members[random.below(members.length)]
    switch (place) {
      case 0:
      case 1:
      case 2:
      case 3:
        member[1] = random.pick(ODD)
        break
      case 4:
        member[0] = random.pick([
          '"a"',
          '"A"',
          '"ab "',
          '"\\u0061"',
          '"__proto__"',
          '"constructor"',
          '"extra"',
          '""',
          'a',
          '1',
        ])
        break
      case 5:
        members.splice(random.below(members.length + 1), 0, [
          random.pick([...members.map(([name]) => name), '"extra"']),
          random.pick(ODD),
        ])
        break
      case 6:
        members.sort(() => random.next() - 0.5)
        break
      case 7:
        if (members.length > 1) members.splice(random.below(members.length), 1)
        break
      case 8:
        blank.colon = random.pick(BLANKS)
        blank.comma = random.pick(BLANKS)
        break
      case 9:
        head = random.pick(['', '{{', '[', ' {', '{ ', '\ufeff{', '{,', '\n{'])
        break
      case 10:
        tail = random.pick(['', '}}', ']', '} ', ' }', ',}', '}\n', '}{}', '}x', '}\0'])
        break
      default:
        member[1] += random.pick([' ', '0', '.', '.0', '"', '}', ',', '\0', 'e0', '\t', 'é'])
    }
  }
  change(random.below(12))
  if (random.below(3) === 0) change(random.below(12))
  const text = head + members.map(([name, value]) => `${name}:${blank.colon}${value}`).join(`,${blank.comma}`) + tail
  const bytes = Buffer.from(text)
  return random.below(3) === 0 ? damaged(bytes, random) : bytes
}

const BYTES = [
  0, 9, 10, 13, 31, 32, 34, 44, 45, 46, 47, 48, 49, 57, 58, 92, 101, 123, 125, 127, 128, 0xbf, 0xc0, 0xc3, 0xe2, 0xed,
  0xa0, 0xf0, 0xf5, 0xff,
]

/** One byte lost, doubled, put in or replaced, or the end cut off. */
function damaged(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length)
  switch (random.below(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.pick(BYTES)]), bytes.subarray(at)])
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 1), bytes.subarray(at)])
    default: {
      const other = Buffer.from(bytes)
      other[at] = random.pick(BYTES)
      return other
    }
  }
}
