import { describe, expect, test } from 'vitest'
import { FactErrors } from '../../src/base/error.ts'
import { readContracts } from '../../src/contracts/read.ts'
import { contract, inProject, mistakes, only, read } from './project.ts'

const FIELDS = `fields:
  - { name: bill, type: string }
  - { name: amount, type: decimal(2) }
  - { name: at, type: instant }
  - { name: tags, type: list(string), optional: true }
  - { name: rate, type: double, optional: true }
`
const AT = 'contracts/bank/paid/1.0.yaml'
const mistakesOf = (rest: string) => mistakes(only(contract(rest)))

describe('a contract is read', () => {
  const text = contract(`time: at
id: bill
subject: bill
${FIELDS}facts:
  - entity: bill
    key: bill
    set:
      amount: amount
      state: { value: paid, restated: true }
      tags: { field: tags, many: replace, null: retract, index: true }
      payer: { ref: person, key: [bill, amount], component: true }
`)
  const [paid] = read(only(text)).list

  test('as data', () => {
    expect(paid).toMatchObject({
      name: 'bank/paid',
      version: { major: 1, minor: 0 },
      doc: 'A bill was paid.',
      owner: 'bank',
      topic: 'bank.paid',
      headerless: false,
      time: 'at',
      id: 'bill',
      subject: 'bill',
    })
    expect(paid.fields.map(f => [f.name, f.type.base, f.optional, f.place.line])).toEqual([
      ['bill', 'string', false, 12],
      ['amount', 'decimal', false, 13],
      ['at', 'instant', false, 14],
      ['tags', 'list', true, 15],
      ['rate', 'double', true, 16],
    ])
    const set = paid.facts[0].set.map(({ place, ...rest }) => ({ ...rest, line: place.line }))
    const plain = { many: 'no', retracts: false, index: false, restated: false, component: false }
    expect(set).toEqual([
      { ...plain, attribute: 'amount', source: { from: 'field', field: 'amount' }, line: 21 },
      { ...plain, attribute: 'state', source: { from: 'value', constant: 'paid' }, restated: true, line: 22 },
      {
        ...plain,
        attribute: 'tags',
        source: { from: 'field', field: 'tags' },
        many: 'replace',
        retracts: true,
        index: true,
        line: 23,
      },
      {
        ...plain,
        attribute: 'payer',
        source: { from: 'ref', kind: 'person', key: ['bill', 'amount'] },
        component: true,
        line: 24,
      },
    ])
  })

  test('and its absent keys may be null', () => {
    expect(read(only(contract(`time: null\nid:\nsubject: ~\n${FIELDS}`))).list[0]).toMatchObject({
      time: null,
      id: null,
    })
  })
})

/** Mistakes of a contract in which `¦` marks the place where the first one stands; that place, then the words of each. */
function marked(text: string): { readonly at: string; readonly found: readonly string[] } {
  const before = text.slice(0, text.indexOf('¦')).split('\n')
  const at = `${AT}:${before.length}:${before.at(-1)!.length + 1}: `
  return { at, found: mistakes(only(text.replace('¦', ''))) }
}

describe('every mistake has file, line, column and words', () => {
  const one = (rest: string, words: string) => {
    const { at, found } = marked(contract(rest))
    expect(found).toHaveLength(1)
    expect(found[0].slice(0, at.length)).toBe(at)
    expect(found[0].slice(at.length).startsWith(words), found[0]).toBe(true)
  }

  test.each([
    // YAML itself
    ['fields: []\n¦fields: []\n', 'this is not the YAML of a contract: Map keys must be unique'],
    ['fields: {¦', 'this is not the YAML of a contract: '],
    ['fields: [¦*a]\n', 'anchors and aliases are not read in a contract: write it out'],
    ['fields: []\ndoc2: !!str ¦a\n', 'a tag such as !!set means nothing in a contract'],
    ['fields: []\n¦---\na: 1\n', 'a file holds one contract: no second document may follow'],
    ['fields: &a []\nfacts: ¦*a\n', 'anchors and aliases are not read in a contract: write it out'],
    ['fields: []\n¦[a]: 5\n', 'a key must be a plain word'],
    // keys
    ['fields: []\n¦subjct: a\n', 'a contract has no key subjct. Did you mean subject?'],
    ['¦fields:\n', 'a contract needs fields'],
    ['fields: []\ntime: ¦5\n', 'time must be text, but is the number 5; write "5" in quotes'],
    ['fields: ¦x\n', 'fields must be a list, but is the text "x"'],
    ['fields: []\nheaderless: ¦yes\n', 'headerless must be true or false, but is the text "yes"'],
    ['fields: []\ntombstone: ¦retract\n', 'tombstone: retract needs a statement under facts, whose entity it retracts'],
    ['fields: []\ntombstone: ¦ignore\n', 'tombstone must be retract, or be left out'],
    // fields
    ['fields: [¦5]\n', 'a field must be a map of keys and values, but this is the number 5'],
    ['fields:\n  - ¦{ name: a }\n', 'a field needs type'],
    ['fields:\n  - ¦{ type: long }\n', 'a field needs name'],
    ['fields:\n  - { name: a, type: long, ¦optinal: true }\n', 'a field has no key optinal. Did you mean optional?'],
    ['fields:\n  - { name: a, type: ¦longg }\n', 'longg is not a type; the types are string, '],
    ['fields:\n  - { name: a, type: ¦decimal(39) }\n', 'decimal(39) is not a type; '],
    ['fields:\n  - { name: a, type: ¦enum(a|a) }\n', 'an enum needs different values'],
    ['fields:\n  - { name: a, type: ¦keyword }\n', 'keyword is not a type of fields'],
    ['fields:\n  - { name: a, type: ¦ref(b) }\n', 'a field holds the key of an entity, not a reference'],
    ['fields:\n  - { name: a, type: ¦list(list(long)) }\n', 'a list of lists, list(list(long)), is not built yet'],
    ['fields:\n  - { name: ¦"a b", type: long }\n', 'name must be a letter, _, $ or @, then letters, '],
    ['fields:\n  - { name: ¦__proto__, type: long }\n', '__proto__ cannot be the name of a field'],
    ['fields:\n  - { name: a, type: long, optional: ¦1 }\n', 'optional must be true or false, but is the number 1'],
    ['fields:\n  - { name: a, type: long, privacy_handler: ¦encrypt }\n', 'privacy_handler: encrypt is not built yet'],
    [
      'fields:\n  - { name: a, type: long, privacy_handler: ¦encript }\n',
      'there is no privacy_handler encript; it is plain, drop, hash, tokenize, encrypt. Did you mean encrypt?',
    ],
    [
      'fields:\n  - { name: a, type: long }\n  - { name: b, type: long }\n  - { name: ¦a, type: string }\n',
      'the field a stands in line 9 already',
    ],
  ])('%j', one)

  test.each([
    ['time: ¦bill', 'time must name an instant, but bill is string'],
    ['time: ¦amuont', 'time names the field amuont, which is not there. Did you mean amount?'],
    ['id: ¦rate', 'id must name a field that tells one from another, but rate is double'],
    ['subject: ¦tags', 'subject must name a field that tells one from another, but tags is list'],
    ['facts: ¦5', 'facts must be a list, but is the number 5'],
    ['facts:\n  - ¦{ key: bill }', 'a statement under facts needs entity'],
    ['facts:\n  - ¦{ entity: bill }', 'a statement under facts needs key'],
    ['facts:\n  - { entity: bill, key: ¦bil }', 'there is no field bil. Did you mean bill?'],
    ['facts:\n  - { entity: bill, key: [bill, ¦bil] }', 'there is no field bil. Did you mean bill?'],
    ['facts:\n  - { entity: bill, key: [bill, ¦bill] }', 'bill is a part of this key already'],
    ['facts:\n  - { entity: bill, key: ¦[] }', 'key must name at least one field'],
    ['facts:\n  - { entity: bill, key: ¦rate }', 'rate is double, which cannot be a key'],
    ['facts:\n  - { entity: bill, key: ¦tags }', 'tags is list, which cannot be a key'],
    ['facts:\n  - { entity: ¦tx, key: bill }', 'tx is built in: an entity needs another name'],
    ['facts:\n  - { entity: ¦"a:b", key: bill }', 'entity must be a letter, then letters, digits, _ and -'],
    ['facts:\n  - { entity: bill, key: bill, order: ¦key }', 'order must be time, or be left out'],
    [
      'facts:\n  - { entity: bill, key: bill, ¦sett: {} }',
      'a statement under facts has no key sett. Did you mean set?',
    ],
    ['facts:\n  - { entity: bill, key: bill, set: ¦[] }', 'set must be a map of attributes'],
    ['facts:\n  - { entity: bill, key: bill, set: { ¦id: amount } }', 'id is the identity, which the key states'],
    ['facts:\n  - { entity: bill, key: bill, set: { ¦"a/b": amount } }', 'the name of an attribute must be a letter'],
  ])('%s', (rest, words) => one(FIELDS + rest, words))

  test.each([
    ['¦amont', 'there is no field amont. Did you mean amount?'],
    ['¦5', 'the name of a field must be text, but is the number 5'],
    ['¦tags', 'tags is a list: say many: true to add its elements, or many: replace'],
    ['{ field: ¦tags }', 'tags is a list: say many: true'],
    ['{ ¦feld: amount }', 'the setting of x has no key feld. Did you mean field?'],
    ['¦{ index: true }', 'a setting needs one of field, value and ref, but has none'],
    ['¦{ field: amount, value: 5 }', 'a setting needs one of field, value and ref, but has field and value'],
    ['{ field: amount, key: ¦bill }', 'key goes with ref only'],
    ['{ field: amount, component: ¦true }', 'component goes with ref only'],
    ['{ field: amount, many: ¦3 }', 'many must be true (adds to the set) or replace'],
    ['{ field: amount, null: ¦end }', 'null must be retract, or be left out'],
    ['{ value: paid, null: ¦retract }', 'a constant is never null'],
    ['{ value: ¦[a] }', 'value must be one text, number, true or false'],
    ['{ value: ¦.inf }', 'value must be a plain number such as 12, -2.50 or 1e6, but is .inf'],
    ['{ value: ¦0x1F }', 'value must be a plain number'],
    ['{ ref: ¦person }', 'ref needs key'],
    ['{ ref: person, key: ¦persn }', 'there is no field persn'],
    ['{ ref: ¦db, key: bill }', 'db is built in'],
    ['{ ref: person, key: ¦tags }', 'tags is a list: say many: true'],
    [
      '{ ref: person, key: ¦[tags, bill], many: true }',
      'a list among several key fields, as tags here, is not built yet',
    ],
    ['{ ref: person, key: ¦rate }', 'rate is double, which cannot be a key'],
  ])('set: { x: %s }', (text, words) =>
    one(`${FIELDS}facts:\n  - { entity: bill, key: bill, set: { x: ${text} } }`, words),
  )

  test('all of them at once, in the order of the file', () => {
    const faulty = ['time: ¦bill', 'facts:', '  - { entity: bill, key: ¦bil, set: { a: ¦amont, b: ¦rat } }']
    const places = faulty.flatMap((line, i) =>
      [...line.matchAll(/¦/g)].map((mark, before) => `${AT}:${14 + i}:${mark.index - before + 1}`),
    )
    const found = mistakesOf(FIELDS + faulty.join('\n').replaceAll('¦', ''))
    expect(found.map(words => words.split(': ')[0])).toEqual(places)
    expect(places).toHaveLength(4)
  })

  test('a faulty field is not called missing as well', () => {
    const found = mistakesOf(
      'fields:\n  - { name: a, type: strin }\nfacts:\n  - { entity: bill, key: a, set: { a: a } }\n',
    )
    expect(found).toHaveLength(1)
  })

  test('what is not built yet says so by its kind', () => {
    inProject(only(contract(FIELDS, { format: 'avro' })), folder => {
      try {
        readContracts(folder)
        expect.unreachable()
      } catch (error) {
        expect(error).toBeInstanceOf(FactErrors)
        expect((error as FactErrors).errors.map(e => e.kind)).toEqual(['unsupported'])
      }
    })
  })
})

describe('name and version', () => {
  test.each([
    [{ name: 'bank/paidd' }, ':1:7: the name is bank/paidd, but the file lies in bank/paid'],
    [{ name: 'paid' }, ':1:7: name must be namespace/name'],
    [{ version: '1.1' }, ':2:10: the version is 1.1, but the file is named 1.0.yaml'],
    [{ version: '1' }, ':2:10: version must be major.minor in quotes'],
    [{ topic: 'a b' }, ':6:8: topic must be the name of a Kafka topic'],
    [{ format: 'avro' }, ':5:9: format: avro is not built yet'],
    [{ format: 'jsonn' }, ':5:9: format must be json, but is "jsonn"'],
  ])('%j', (head, words) => {
    expect(mistakes(only(contract(FIELDS, head)))[0]).toContain(`${AT}${words}`)
  })

  test('a bare version would lose its zero', () => {
    const text = contract(FIELDS).replace('"1.0"', '1.10')
    expect(mistakes(only(text))).toEqual([
      `${AT}:2:10: version must be text, but is the number 1.10; write "1.10" in quotes`,
    ])
  })
})

describe('a folder', () => {
  test('without contracts', () => {
    expect(mistakes({ 'README.md': '' })[0]).toMatch(/^contracts:1:1: there is no such folder/)
    expect(mistakes({ 'contracts/README.md': '' })[0]).toMatch(/^contracts:1:1: there is no contract here/)
  })

  test('with files that lie elsewhere', () => {
    const files = { ...only(contract(FIELDS)), 'contracts/bank/1.0.yaml': 'x', 'contracts/bank/paid/1.1.yml': 'x' }
    expect(mistakes(files)).toEqual([
      'contracts/bank/1.0.yaml:1:1: a contract lies in contracts/<namespace>/<name>/<version>.yaml',
      'contracts/bank/paid/1.1.yml:1:1: a contract lies in contracts/<namespace>/<name>/<version>.yaml',
    ])
  })

  test('with hidden files and others, which do not count', () => {
    const files = { ...only(contract(FIELDS)), 'contracts/bank/.paid.yaml': 'x', 'contracts/bank/paid/notes.md': 'x' }
    expect(mistakes(files)).toEqual([])
  })

  test('with bytes that are no text', () => {
    expect(mistakes({ [AT]: new Uint8Array([0xff, 0xfe]) })).toEqual([`${AT}:1:1: the file is not UTF-8`])
  })

  test('with handlers', () => {
    expect(mistakes({ ...only(contract(FIELDS)), 'handlers/bills.ts': '', 'handlers/bills.test.ts': '' })).toEqual([
      'handlers/bills.ts:1:1: a handler is not built yet',
    ])
  })
})
