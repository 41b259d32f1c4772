import { expect, test } from 'vitest'
import { describeQuery, parameterTypes, parseSavedQuery, runQuery } from '../../src/query/query.ts'
import { rowsOf, shop, shopSchema } from './worlds.ts'

const TEXT = `{:doc "Ages by country"
 :params [{:name ?country :type :string :default "France" :doc "where"}
          {:name ?who :type [:list [:entity "customer"]]}]
 :shard-by ?e
 :query [:find ?e ?a :where [?e :customer/country ?country] [?e :customer/age ?a] [(= ?e ?who)]]}`

test('a file of queries/', () => {
  const saved = parseSavedQuery(TEXT)
  expect([saved.doc, saved.shardBy, saved.params.map(({ name, doc }) => [name, doc])]).toEqual([
    'Ages by country',
    '?e',
    [
      ['?country', 'where'],
      ['?who', ''],
    ],
  ])
  const types = parameterTypes(saved.params)
  const answer = runQuery(saved.query, {
    sources: new Map([['$', shop()]]),
    args: { country: 'France', who: ['customer:1', 'customer:3'] },
    types,
  })
  expect(rowsOf(answer)).toEqual(['4294967296 31'])
  expect(describeQuery(saved.query, shopSchema(), { types }).columns).toEqual([
    { name: 'e', find: '?e', type: { base: 'ref', kind: 'customer' }, nullable: false },
    { name: 'a', find: '?a', type: { base: 'long' }, nullable: false },
  ])
})

test.each([
  ['[1]', '1:1', 'is a map'],
  ['{:doc "x"}', '1:1', 'needs :query'],
  ['{:quary [:find ?e]}', '1:2', 'Did you mean :query'],
  ['{:params [{:name x :type :long}] :query [:find ?e :where [?e :a/b]]}', '1:11', ':name'],
  ['{:query [:find ?e :in ?x :where [?e :a/b ?x]]}', '1:23', 'sources only'],
  ['{:query [:find ?e\n :wher [?e :a/b]]}', '2:2', 'Did you mean :where'],
])('refuses %s', (text, place, words) => {
  const [line, column] = place.split(':').map(Number)
  expect(() => parseSavedQuery(text)).toThrow(
    expect.objectContaining({
      kind: 'parse-error',
      message: expect.stringContaining(words),
      details: expect.objectContaining({ line, column }),
    }),
  )
})

test('an unknown type of a parameter', () => {
  expect(() => parseSavedQuery('{:params [{:name ?x :type :lung}] :query [:find ?x]}')).toThrow(
    expect.objectContaining({ kind: 'wrong-type', details: { line: 1, column: 27 } }),
  )
})
