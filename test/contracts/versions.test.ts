import { describe, expect, test } from 'vitest'
import { contract, mistakes, read } from './project.ts'

const V0 = `id: bill
fields:
  - { name: bill, type: string }
  - { name: state, type: enum(open|paid) }
  - { name: note, type: string, optional: true }
facts:
  - { entity: bill, key: bill, set: { state: state, note: note } }
`
const project = (second: string, version = '1.1') => ({
  'contracts/bank/paid/1.0.yaml': contract(V0),
  [`contracts/bank/paid/${version}.yaml`]: contract(second, { version }),
})
const refusals = (second: string, version?: string) => mistakes(project(second, version))

describe('a minor may', () => {
  test.each([
    ['change nothing', V0],
    [
      'add an optional field and state it',
      `${V0.replace('facts', '  - { name: a, type: long, optional: true }\nfacts').replace('note: note', 'note: note, a: a')}`,
    ],
    ['make a required field optional', V0.replace('enum(open|paid)', 'enum(open|paid), optional: true')],
    ['add enum values', V0.replace('open|paid', 'late|paid|open')],
    ['index what was not', V0.replace('note: note', 'note: { field: note, index: true }')],
    ['state of an entity more', `${V0}  - { entity: note, key: note }\n`],
  ])('%s', (_, second) => {
    expect(refusals(second)).toEqual([])
  })
})

describe('a minor may not', () => {
  const at = 'contracts/bank/paid/1.1.yaml'
  const old = 'contracts/bank/paid/1.0.yaml'
  const end = 'version 1.1 may only widen 1.0; publish 2.0'
  test.each([
    [
      'drop a field',
      V0.replace(/.*name: note.*\n/, '').replace(', note: note', ''),
      `${at}:1:7: the field note of bank/paid/1.0 is missing (${old}:12): ${end}`,
    ],
    [
      'add a required field',
      V0.replace('facts', '  - { name: a, type: long }\nfacts'),
      `${at}:13:13: the new field a must be optional, since bank/paid/1.0 has none (${old}:1): ${end}`,
    ],
    [
      'require what was optional',
      V0.replace(', optional: true', ''),
      `${at}:12:13: note is required, but was optional (${old}:12): ${end}`,
    ],
    [
      'change a type',
      V0.replace('note, type: string', 'note, type: json'),
      `${at}:12:13: note is json, but was string (${old}:12): ${end}`,
    ],
    [
      'drop an enum value',
      V0.replace('open|paid', 'open|late'),
      `${at}:11:13: state is enum(open|late), but was enum(open|paid) (${old}:11): ${end}`,
    ],
    [
      'change the id',
      V0.replace('id: bill', 'id: state'),
      `${at}:1:7: id is state, but was bill in bank/paid/1.0 (${old}:1): ${end}`,
    ],
    [
      'drop a statement',
      V0.replace(/ {2}- \{ entity.*\n/, '').replace('facts:\n', ''),
      `${at}:1:7: what bank/paid/1.0 states of bill by bill is missing (${old}:14): ${end}`,
    ],
    [
      'drop a setting',
      V0.replace(', note: note', ''),
      `${at}:14:15: note in what bank/paid/1.0 states of bill by bill is missing (${old}:14): ${end}`,
    ],
    [
      'set otherwise',
      V0.replace('note: note }', 'note: bill }'),
      `${at}:14:53: note is set in another way than in what bank/paid/1.0 states of bill by bill (${old}:14): ${end}`,
    ],
  ])('%s', (_, second, words) => {
    expect(refusals(second)).toContain(words)
  })
})

test('a new major may do all of that but change what attributes are', () => {
  expect(refusals(V0.replace('enum(open|paid)', 'string').replace('state: state', 'word: state'), '2.0')).toEqual([])
  const [words] = refusals(V0.replace('enum(open|paid)', 'string'), '2.0')
  expect(words).toBe(
    'contracts/bank/paid/2.0.yaml:14:39: :bill/state is string here, but enum(open|paid) in contracts/bank/paid/1.0.yaml:14: an attribute has one type and cardinality for its life',
  )
})

test('minors are compared in order of number', () => {
  const grown = (values: string) => V0.replace('open|paid', values)
  const files = {
    'contracts/bank/paid/1.0.yaml': contract(V0),
    'contracts/bank/paid/1.10.yaml': contract(grown('open|paid|late|lost'), { version: '1.10' }),
    'contracts/bank/paid/1.9.yaml': contract(grown('open|paid|late'), { version: '1.9' }),
  }
  expect(read(files).list.map(({ version }) => version.minor)).toEqual([0, 9, 10])
  expect(read(files).attributeSpec(':bill/state')?.type).toEqual({
    base: 'enum',
    values: ['open', 'paid', 'late', 'lost'],
  })
})

describe('the fingerprint', () => {
  const print = (text: string) => read({ 'contracts/bank/paid/1.0.yaml': text }).list[0].fingerprint
  const first = print(contract(V0))

  test('is SHA-256 and stays', () => {
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(print(contract(V0))).toBe(first)
  })
  test('does not see layout, documentation and explicit defaults', () => {
    const other = V0.replace(
      '{ name: bill, type: string }',
      '\n      name: "bill"\n      type: string\n      doc: x\n      optional: false',
    )
    expect(print(contract(other).replace('A bill', 'One bill'))).toBe(first)
  })
  test.each([
    ['a type', V0.replace('note, type: string', 'note, type: json')],
    ['an option', V0.replace(', optional: true', '')],
    ['a role', V0.replace('id: bill', 'subject: bill')],
    ['a setting', V0.replace('note: note }', 'note: { field: note, null: retract } }')],
    ['a constant', V0.replace('note: note }', 'note: { value: x } }')],
    ['the headerless flag', `headerless: true\n${V0}`],
  ])('sees %s', (_, other) => {
    expect(print(contract(other))).not.toBe(first)
  })
})
