import { describe, expect, test } from 'vitest'
import { FactErrors, located } from '../../src/base/error.ts'
import { showContract } from '../../src/contracts/contract.ts'
import { Schema } from '../../src/model/schema.ts'
import { decimalOf, LONG, refTo, STRING } from '../../src/model/type.ts'
import { contract, mistakes, read } from './project.ts'

const file = (name: string, rest: string, topic = 'bank.all') => ({
  [`contracts/bank/${name}/1.0.yaml`]: contract(rest, { name: `bank/${name}`, topic }),
})

const ORDER = file(
  'order',
  `fields:
  - { name: no, type: long, doc: "Its number." }
  - { name: who, type: string, doc: "The buyer." }
  - { name: sum, type: decimal(2), doc: "Euros." }
facts:
  - entity: order
    key: no
    set:
      buyer: { ref: person, key: who }
      shop: { ref: shop, key: [who, no] }
      sum: { field: sum, index: true }
`,
)
const MOVE = file(
  'move',
  `fields:
  - { name: who, type: string }
  - { name: sum, type: decimal(2) }
facts:
  - { entity: person, key: who, set: { spent: sum, vip: { value: true } } }
`,
)

describe('what follows from the contracts', () => {
  const contracts = read({ ...ORDER, ...MOVE })

  test('kinds in order of first mention, contracts by name, targets of references included', () => {
    expect(contracts.list.map(({ name }) => name)).toEqual(['bank/move', 'bank/order'])
    expect(contracts.kinds.map(({ name, keyType }) => [name, keyType])).toEqual([
      ['person', STRING],
      ['order', LONG],
      ['shop', STRING],
    ])
  })

  test('attributes kind by kind, the identity first', () => {
    expect(contracts.attributeSpecs().map(({ ident, type, identity }) => [ident, type, identity])).toEqual([
      [':person/id', STRING, true],
      [':person/spent', decimalOf(2), false],
      [':person/vip', { base: 'boolean' }, false],
      [':order/id', LONG, true],
      [':order/buyer', refTo('person'), false],
      [':order/shop', refTo('shop'), false],
      [':order/sum', decimalOf(2), false],
      [':shop/id', STRING, true],
    ])
    expect(contracts.attributeSpec(':order/sum')).toMatchObject({ doc: 'Euros.', index: true, many: false })
    expect(contracts.attributeSpec(':order/buyer')).toMatchObject({ doc: 'The buyer.', index: false })
  })

  test('who states an attribute', () => {
    expect(contracts.statedBy(':person/id')).toEqual({ owner: 'bank', contracts: ['bank/move/1.0', 'bank/order/1.0'] })
    expect(contracts.statedBy(':order/sum')).toEqual({ owner: 'bank', contracts: ['bank/order/1.0'] })
    expect(contracts.statedBy(':order/summ')).toBeUndefined()
  })

  test('topics, and contracts by name and version', () => {
    expect(contracts.topics()).toEqual(['bank.all'])
    expect(contracts.find('bank/move', '1.0')?.name).toBe('bank/move')
    expect(contracts.find('bank/move', '1.1')).toBeUndefined()
    expect(contracts.named('bank/order')).toHaveLength(1)
  })

  test('a schema, which may be defined again', () => {
    const schema = new Schema()
    contracts.define(schema)
    const size = schema.attributes.length
    contracts.define(schema)
    expect(schema.attributes).toHaveLength(size)
    expect(schema.kinds.map(({ name }) => name)).toEqual(['tx', 'person', 'order', 'shop'])
    expect(schema.attribute(':order/buyer')).toMatchObject({ kind: { name: 'order' }, type: refTo('person') })
  })

  test('a schema with another past is named with the place of the contract', () => {
    const schema = new Schema()
    schema.addKind('order', STRING)
    const wrong = () => contracts.define(schema)
    expect(wrong).toThrow(FactErrors)
    expect(wrong).toThrow(/order\/1\.0\.yaml:13:13: the key of order is string for ever, and cannot become long/)
    const other = new Schema()
    const person = other.addKind('person', STRING)
    other.addAttribute({ ...contracts.attributeSpec(':person/spent')!, kind: person.name, type: LONG })
    try {
      contracts.define(other)
      expect.unreachable()
    } catch (error) {
      expect((error as FactErrors).errors.map(located)[0]).toMatch(
        /move\/1\.0\.yaml:12:40: :person\/spent is long for ever, and cannot become decimal\(2\)/,
      )
    }
  })
})

describe('contracts that disagree are refused with both places', () => {
  const other = (rest: string) => mistakes({ ...MOVE, ...file('zzz', rest) })
  const at = 'contracts/bank/zzz/1.0.yaml'
  const first = 'contracts/bank/move/1.0.yaml:12'

  test('on the type of an attribute', () => {
    const rest =
      'fields:\n  - { name: who, type: string }\n  - { name: sum, type: decimal(3) }\nfacts:\n  - { entity: person, key: who, set: { spent: sum } }\n'
    expect(other(rest)).toEqual([
      `${at}:12:40: :person/spent is decimal(3) here, but decimal(2) in ${first}: an attribute has one type and cardinality for its life`,
    ])
  })
  test('on its cardinality', () => {
    const rest =
      'fields:\n  - { name: who, type: string }\n  - { name: sum, type: list(decimal(2)) }\nfacts:\n  - { entity: person, key: who, set: { spent: { field: sum, many: true } } }\n'
    expect(other(rest)).toEqual([
      `${at}:12:40: :person/spent is many values here, but one value in ${first}: an attribute has one type and cardinality for its life`,
    ])
  })
  test('on the target of a reference', () => {
    const rest =
      'fields:\n  - { name: who, type: string }\nfacts:\n  - { entity: person, key: who, set: { a: { ref: x, key: who } } }\n  - { entity: person, key: who, set: { a: { ref: y, key: who } } }\n'
    expect(other(rest)[0]).toContain(`${at}:12:40: :person/a is ref(y) here, but ref(x) in ${at}:11`)
  })
  test('on the type of a key', () => {
    const rest = 'fields:\n  - { name: who, type: long }\nfacts:\n  - { entity: person, key: who }\n'
    expect(other(rest)).toEqual([
      `${at}:11:15: the key of person is long here, but string in ${first}: an entity kind has one type of key`,
    ])
    const target =
      'fields:\n  - { name: no, type: long }\nfacts:\n  - { entity: x, key: no, set: { a: { ref: person, key: no } } }\n'
    expect(other(target)[0]).toContain(`${at}:11:34: the key of person is long here, but string in ${first}`)
  })
  test('on a constant', () => {
    const rest =
      'fields:\n  - { name: who, type: string }\nfacts:\n  - { entity: person, key: who, set: { spent: { value: lots }, vip: { value: 1 } } }\n'
    expect(other(rest)).toEqual([
      `${at}:11:40: :person/spent is decimal(2) (${first}), which "lots" is not`,
      `${at}:11:64: :person/vip is boolean (${first}), which 1 is not`,
    ])
  })
  test('on who takes events without header', () => {
    const plain = 'headerless: true\nfields:\n  - { name: who, type: string }\n'
    expect(mistakes({ ...file('a', plain), ...file('b', plain) })).toEqual([
      'contracts/bank/b/1.0.yaml:1:7: bank/b 1.0 says headerless: true on the topic bank.all, but so does bank/a (contracts/bank/a/1.0.yaml:1)',
    ])
    expect(mistakes({ ...file('a', plain), ...file('b', plain, 'bank.other') })).toEqual([])
  })
})

test('a key of several fields and one of a single string are the same kind of key', () => {
  const rest =
    'fields:\n  - { name: a, type: long }\n  - { name: b, type: string }\nfacts:\n  - { entity: x, key: [a, b] }\n  - { entity: x, key: b }\n'
  expect(read(file('a', rest)).kinds[0].keyType).toEqual(STRING)
})

test('constants have the type of their text where nothing else gives one', () => {
  const set =
    'l: { value: 12 }, d: { value: -2.50 }, f: { value: 1e3 }, s: { value: "12" }, b: { value: false }, w: { value: no }'
  const specs = read(
    file('a', `fields:\n  - { name: a, type: long }\nfacts:\n  - { entity: x, key: a, set: { ${set} } }\n`),
  )
  expect(specs.attributeSpecs().map(({ type }) => type.base)).toEqual([
    'long',
    'long',
    'decimal',
    'double',
    'string',
    'boolean',
    'string',
  ])
  expect(specs.attributeSpec(':x/d')?.type).toEqual(decimalOf(2))
})

test('the JSON form says all of the contract, and survives JSON', () => {
  const json = showContract(read(ORDER).list[0])
  expect(JSON.parse(JSON.stringify(json))).toEqual(json)
  expect(json).toMatchObject({
    name: 'bank/order',
    version: '1.0',
    fingerprint: read(ORDER).list[0].fingerprint,
    fields: [{ name: 'no', type: 'long' }, { name: 'who' }, { name: 'sum', type: 'decimal(2)' }],
    facts: [
      {
        entity: 'order',
        key: 'no',
        set: {
          buyer: { ref: 'person', key: 'who' },
          shop: { ref: 'shop', key: ['who', 'no'] },
          sum: { field: 'sum', index: true },
        },
      },
    ],
  })
})
