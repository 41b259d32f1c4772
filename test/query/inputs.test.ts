import { expect, test } from 'vitest'
import { Decimal } from '../../src/model/decimal.ts'
import { refTo } from '../../src/model/type.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { ask, errorOf, shop } from './worlds.ts'

test('scalars, typed by their use', () => {
  expect(ask('[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', { c: 'Spain' })).toEqual([
    '45',
  ])
  expect(ask('[:find ?a :in $ ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', ['Spain'])).toEqual(['45'])
  const price = '[:find ?n :in ?p :where [?e :product/price ?p] [?e :product/name ?n]]'
  for (const p of [
    2.55,
    '2.550',
    new Decimal(255n, 2),
    { $edn: '2.55M' },
    { isLosslessNumber: true, toString: () => '2.5500' },
  ]) {
    expect(ask(price, { '?p': p })).toEqual(['"Apple"'])
  }
  expect(ask('[:find ?i :in ?d :where [?e :customer/born ?d] [(id ?e) ?i]]', { d: '1980-05-01' })).toEqual([
    '"customer:1"',
  ])
  expect(
    ask('[:find ?i :in ?s :where [?e :customer/since ?x] [(>= ?x ?s)] [(id ?e) ?i]]', { s: '2010-12-01' }),
  ).toEqual(['"customer:1"'])
  expect(
    ask('[:find ?i :in ?s :where [?e :customer/since ?s] [(id ?e) ?i]]', { s: Date.UTC(2010, 11, 1, 10) }),
  ).toEqual(['"customer:1"'])
  expect(ask('[:find ?i :in ?v :where [?e :customer/vip ?v] [(id ?e) ?i]]', { v: 'false' })).toEqual(['"customer:2"'])
  expect(ask('[:find ?i :in ?min :where [?e :customer/age ?a] [(> ?a ?min)] [(id ?e) ?i]]', { min: 31.5 })).toEqual([
    '"customer:2"',
  ])
})

test('entities: number, id, lookup ref; one that nobody knows matches nothing', () => {
  const query = '[:find ?a :in ?e :where [?e :customer/age ?a]]'
  for (const e of [4294967297, '4294967297', 'customer:2', [':customer/id', '2'], { $edn: '[:customer/id "2"]' }])
    expect(ask(query, { e })).toEqual(['45'])
  expect(ask(query, { e: 'customer:99' })).toEqual([])
  expect(ask('[:find ?e ?a :in ?e :where [?e :customer/age ?a]]', { e: 'customer:2' })).toEqual(['4294967297 45'])
  expect(errorOf(query, { e: 'product:a' })).toMatch(/^argument .*kind customer/)
})

test('what is pulled, or asked for its id, is an entity, however it is named', () => {
  const named = [4294967297, '4294967297', 'customer:2', [':customer/id', '2'], { $edn: '[:customer/id "2"]' }]
  for (const [query, row] of [
    ['[:find (pull ?e [:customer/age]) :in $ ?e]', '{:customer/age 45}'],
    ['[:find (maybe ?e :customer/age) :in $ ?e]', '45'],
    ['[:find ?i :in $ ?e :where [(id ?e) ?i]]', '"customer:2"'],
    ['[:find ?k :in $ ?e :where (or-join [?e ?k] [(kind ?e) ?k])]', '"customer"'],
  ]) {
    for (const e of named) expect(ask(query, { e })).toEqual([row])
    expect(ask(query, { e: 'customer:99' })).toEqual([])
    expect(errorOf(query, { e: 'nobody' })).toMatch(/^argument \?e takes an entity/)
  }
  expect(ask('[:find (pull ?e [:customer/age]) :in $ [?e ...]]', { e: ['customer:1', 'customer:2'] })).toEqual([
    '{:customer/age 31}',
    '{:customer/age 45}',
  ])
  expect(errorOf('[:find (maybe ?e :customer/age) :in $ ?e]', { e: 'product:a' })).toMatch(/^argument .*kind customer/)
})

test('collections, tuples and relations', () => {
  expect(
    ask('[:find ?a :in [?c ...] :where [?e :customer/country ?c] [?e :customer/age ?a]]', {
      c: ['Spain', 'France', 'Spain', 'Mars'],
    }),
  ).toEqual(['31', '45'])
  expect(
    ask('[:find ?a :in [?e ...] :where [?e :customer/age ?a]]', { e: ['customer:1', 'customer:99', 4294967297] }),
  ).toEqual(['31', '45'])
  expect(
    ask('[:find ?i :in [?c ?a] :where [?e :customer/country ?c] [?e :customer/age ?a] [(id ?e) ?i]]', {
      c: ['France', 31],
    }),
  ).toEqual(['"customer:1"'])
  const rows = [
    ['France', 31],
    ['France', 45],
    ['Spain', 45],
  ]
  expect(
    ask('[:find ?i :in [[?c ?a]] :where [?e :customer/country ?c] [?e :customer/age ?a] [(id ?e) ?i]]', { c: rows }),
  ).toEqual(['"customer:1"', '"customer:2"'])
  expect(
    ask('[:find ?x ?y :in [[?x _ ?y]]]', {
      x: [
        ['a', 0, 1],
        ['b', 0, 2],
      ],
    }),
  ).toEqual(['"a" 1', '"b" 2'])
  expect(ask('[:find ?x :in [?x ...]]', { x: [] })).toEqual([])
  expect(ask('[:find ?p :in [?p ...] :where [_ :product/price ?p]]', { p: [2.55, '30', 7.1234] })).toEqual([
    '2.550M',
    '30.000M',
  ])
})

test('an argument that no value of its use equals stays what it is', () => {
  expect(
    ask('[:find ?q ?i :in ?q :where [?e :line/quantity] (not [?e :line/quantity ?q]) [(id ?e) ?i]]', { q: 2.5 }),
  ).toEqual(['2.5M "line:1"', '2.5M "line:2"', '2.5M "line:3"'])
  expect(ask('[:find ?x :in ?x :where [?e :customer/age ?a] [(< ?a ?x)]]', { x: 31.5 })).toEqual(['31.5'])
})

test('beside a number, text is read as one, as links have it', () => {
  const query = '[:find ?a :in ?min :where [_ :customer/age ?a] [(> ?a ?min)]]'
  expect([ask(query, { min: '35' }), ask(query, { min: '31.5' })]).toEqual([['45'], ['45']])
  expect(errorOf(query, { min: 'old' })).toMatch(/^argument \?min takes long/)
})

test('declared types win', () => {
  const types = new Map([['?who', refTo('customer')]])
  expect(ask('[:find ?i :in ?who :where [(id ?who) ?i]]', { who: 'customer:1' }, shop(), { types })).toEqual([
    '"customer:1"',
  ])
})

test('an argument that only a not mentions', () => {
  expect(
    ask('[:find ?i :in ?c :where [?e :customer/country] (not [?e :customer/country ?c]) [(id ?e) ?i]]', {
      c: 'France',
    }),
  ).toEqual(['"customer:2"'])
})

test('ground', () => {
  expect(ask('[:find ?x :where [(ground [3 1 2]) [?x ...]]]')).toEqual(['1', '2', '3'])
  expect(ask('[:find ?i :where [(ground "Spain") ?c] [?e :customer/country ?c] [(id ?e) ?i]]')).toEqual([
    '"customer:2"',
  ])
})

test.each([
  ['[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', {}, 'the argument ?c is missing'],
  ['[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', { c: null }, 'nil is never a value'],
  ['[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', { c: 'x', d: 1 }, 'takes no argument d'],
  ['[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', [], 'takes one argument'],
  ['[:find ?a :in ?c :where [?e :customer/country ?c] [?e :customer/age ?a]]', { c: 7 }, 'takes string'],
  ['[:find ?e :in ?a :where [?e :customer/age ?a]]', { a: 'many' }, 'takes long'],
  ['[:find ?e :in [?a ...] :where [?e :customer/age ?a]]', { a: 5 }, 'a list of values'],
  [
    '[:find ?e :in [[?c ?a]] :where [?e :customer/age ?a] [?e :customer/country ?c]]',
    { c: [['x']] },
    'a row of 2 values',
  ],
  ['[:find ?e :in % :where (r ?e)]', {}, 'rules'],
  ['[:find ?e :in ?a :where [?e :customer/age ?a]]', { a: { $edn: '(' } }, 'never closed'],
])('refuses %s with %j', (text, args, words) => {
  const error = errorOf(text, args as never)
  expect(error).toMatch(/^argument/)
  expect(error).toContain(words)
})

test('a query asked again with arguments of other types is checked again', () => {
  const query = parseQuery('[:find ?x . :in ?x]')
  const once = (x: unknown) => runQuery(query, { sources: new Map([['$', shop()]]), args: [x] }).columns[0].type.base
  expect([1, 'a', 2, 2.5, true].map(once)).toEqual(['long', 'string', 'long', 'double', 'boolean'])
})

test('an entity that nobody knows has no rows, also where it is only compared', () => {
  expect(ask('[:find ?c ?n :in $ ?x :where [?c :customer/country ?n] [(= ?c ?x)]]', { x: 'customer:nobody' })).toEqual(
    [],
  )
})
