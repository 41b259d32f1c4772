import { expect, test } from 'vitest'
import { parseQuery, runQuery, textOfJsonQuery } from '../../src/query/query.ts'
import { ask, errorOf, rowsOf, shop } from './worlds.ts'

const run = (text: string) => runQuery(parseQuery(text), { sources: new Map([['$', shop()]]) })

test('a relation is a set of rows in the total order of values', () => {
  expect(ask('[:find ?c :where [_ :customer/country ?c]]')).toEqual(['"France"', '"Spain"'])
  expect(ask('[:find ?c ?e :where [?e :customer/country ?c]]')).toEqual([
    '"France" 4294967296',
    '"France" 4294967298',
    '"Spain" 4294967297',
  ])
})

test('the shapes', () => {
  expect(run('[:find ?c :where [_ :customer/country ?c]]').shape).toBe('relation')
  const collection = run('[:find [?c ...] :where [_ :customer/country ?c]]')
  expect([collection.shape, rowsOf(collection)]).toEqual(['collection', ['"France"', '"Spain"']])
  const tuple = run('[:find [?c ?a] :where [?e :customer/country ?c] [?e :customer/age ?a]]')
  expect([tuple.shape, rowsOf(tuple)]).toEqual(['tuple', ['"France" 31']])
  const scalar = run('[:find ?a . :where [_ :customer/age ?a]]')
  expect([scalar.shape, rowsOf(scalar)]).toEqual(['scalar', ['31']])
  expect(run('[:find ?a . :where [_ :customer/age ?a] [(> ?a 99)]]').rows).toBe(0)
})

test('a map and a string say the same', () => {
  const list = ask('[:find ?a :in $ :where [_ :customer/age ?a]]')
  expect(ask('{:find [?a] :in [$] :where [[_ :customer/age ?a]]}')).toEqual(list)
  expect(ask('"[:find ?a :where [_ :customer/age ?a]]"')).toEqual(list)
  expect(rowsOf(run('{:find [?a .] :where [[_ :customer/age ?a]]}'))).toEqual(['31'])
})

test('names of columns, and :keys', () => {
  const answer = run('[:find ?country (count ?e) :where [?e :customer/country ?country]]')
  expect(answer.columns.map(({ name, find }) => [name, find])).toEqual([
    ['country', '?country'],
    ['count_e', '(count ?e)'],
  ])
  const keyed = run('[:find ?c ?a :keys country age :where [?e :customer/country ?c] [?e :customer/age ?a]]')
  expect(keyed.keys).toEqual(['country', 'age'])
  expect(errorOf('[:find ?c :keys a b :where [_ :customer/country ?c]]')).toMatch(/^arity 1:17/)
})

test(':with keeps rows apart without showing why', () => {
  expect(ask('[:find ?c :with ?e :where [?e :customer/country ?c]]')).toEqual(['"France"', '"France"', '"Spain"'])
})

test(':order-by, :limit and :offset; ties by all columns', () => {
  const where = ':where [?e :customer/country ?c] [(id ?e) ?i]'
  expect(ask(`[:find ?c ?i :order-by [?c :desc] ${where}]`)).toEqual([
    '"Spain" "customer:2"',
    '"France" "customer:1"',
    '"France" "customer:3"',
  ])
  expect(ask(`[:find ?c ?i :order-by ?i :desc :limit 2 ${where}]`)).toEqual([
    '"France" "customer:3"',
    '"Spain" "customer:2"',
  ])
  expect(ask(`[:find ?c ?i :limit 1 :offset 1 ${where}]`)).toEqual(['"France" "customer:3"'])
  expect(ask(`[:find ?c ?i :limit 2 ${where}]`, {}, shop(), { offset: 1, limit: 5 })).toEqual(['"France" "customer:3"'])
  expect(ask(`[:find ?c ?i :limit 0 ${where}]`)).toEqual([])
  expect(errorOf(`[:find ?c :order-by ?i ${where}]`)).toMatch(/^parse-error 1:21/)
  expect(errorOf(`[:find ?c :limit -1 ${where}]`)).toMatch(/^parse-error 1:18/)
})

test(':syms and :strs name columns as :keys does', () => {
  const where = ':where [?e :customer/country ?c] [?e :customer/age ?a]'
  for (const [section, form] of [
    [':keys', 'keyword'],
    [':syms', 'symbol'],
    [':strs', 'string'],
  ]) {
    const answer = run(`[:find ?c ?a ${section} country age ${where}]`)
    expect([answer.keys, answer.keysAs]).toEqual([['country', 'age'], form])
  }
  expect(errorOf(`[:find ?c ?a :keys x x ${where}]`)).toMatch(/^parse-error 1:22 x names two columns/)
  expect(errorOf(`[:find ?c . :strs x ${where}]`)).toMatch(/^parse-error 1:19 :strs needs rows/)
})

test(':timeout ends a query that takes too long, and leaves others alone', () => {
  const text = '[:find (count ?a) . :in [?a ...] [?b ...] :timeout 10]'
  const list = Array.from({ length: 300 }, (_, i) => i)
  const timed = (step: number) => {
    let now = 0
    return runQuery(parseQuery(text), {
      sources: new Map([['$', shop()]]),
      args: { a: list, b: list },
      clock: () => (now += step),
    })
  }
  expect(rowsOf(timed(0))).toEqual(['300'])
  expect(() => timed(1)).toThrow(
    expect.objectContaining({ kind: 'timeout', message: expect.stringContaining('10 ms') }),
  )
  expect(errorOf('[:find ?c :timeout 1.5 :where [_ :customer/country ?c]]')).toMatch(/^parse-error 1:20/)
})

test('a query as JSON', () => {
  const json = {
    find: ['?c', ['count', '?e'], ['max', 2, '?a']],
    keys: ['country', 'people', 'oldest'],
    in: ['$', '?min'],
    where: [
      ['?e', ':customer/country', '?c'],
      ['?e', ':customer/age', '?a'],
      [['>', '?a', '?min']],
      [['+', '?a', 1], '?next'],
      ['not', ['?e', ':customer/tier', 'silver']],
      [
        'or-join',
        ['?e'],
        ['?e', ':customer/vip', true],
        ['and', ['?e', ':customer/tag', 'new'], ['?e', ':customer/vip', '_']],
      ],
      [[':customer/id', '1'], ':customer/country', '_'],
    ],
    orderBy: ['?c', ':desc'],
    limit: 5,
  }
  const text = textOfJsonQuery(json)
  expect(text).toBe(
    '{:find [?c (count ?e) (max 2 ?a)] :keys [country people oldest] :in [$ ?min] :where [[?e :customer/country ?c] [?e :customer/age ?a] [(> ?a ?min)] [(+ ?a 1) ?next] ' +
      '(not [?e :customer/tier "silver"]) (or-join [?e] [?e :customer/vip true] (and [?e :customer/tag "new"] [?e :customer/vip _])) ' +
      '[[:customer/id "1"] :customer/country _]] :order-by [?c :desc] :limit 5}',
  )
  expect(ask(text, { min: 30 })).toEqual(['"Spain" 1 [45]', '"France" 1 [31]'])
  expect(textOfJsonQuery({ find: [['?x', '...']], in: ['?x'] })).toBe('{:find [[?x ...]] :in [?x]}')
  expect(
    textOfJsonQuery({
      find: ['?x', '.'],
      where: [
        ['$old', 'r', '?x', 'a"b'],
        ['?e', ':a/b', { $edn: '#inst "2011-01-01"' }],
      ],
    }),
  ).toBe('{:find [?x .] :where [($old r ?x "a\\"b") [?e :a/b #inst "2011-01-01"]]}')
  for (const [wrong, words] of [
    [[], 'an object'],
    [{ find: '?x' }, 'find is a list'],
    [{ finds: ['?x'] }, 'finds is no part'],
    [{ find: ['?x'], where: ['?x'] }, 'a clause is a list'],
    [{ find: ['?x'], where: [['?e', ':a/b', null]] }, 'no value'],
    [{ find: [['sum (', '?x']] }, 'no name'],
    [{ find: ['?x'], where: [['?x', ':a/b', {}]] }, '$edn'],
  ] as const)
    expect(() => textOfJsonQuery(wrong)).toThrow(
      expect.objectContaining({ kind: 'parse-error', message: expect.stringContaining(words) }),
    )
})
