import { expect, test } from 'vitest'
import { arrayStore } from '../../src/model/array-view.ts'
import { LONG } from '../../src/model/type.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { errorOf, rowsOf, schemaOf } from './worlds.ts'

const store = arrayStore({
  schema: schemaOf({ p: { price: LONG } }),
  facts: [
    { e: 'p:a', a: ':p/price', v: 1, to: 2 },
    { e: 'p:a', a: ':p/price', v: 2, from: 2 },
    { e: 'p:b', a: ':p/price', v: 5 },
  ],
})
const run = (text: string) => {
  const sources = new Map([
    ['$', store(2)],
    ['$before', store(1)],
  ])
  return rowsOf(runQuery(parseQuery(text), { sources }))
}

test('each source has its own moment', () => {
  expect(
    run('[:find ?k ?old ?new :in $ $before :where [?e :p/id ?k] [$before ?e :p/price ?old] [?e :p/price ?new]]'),
  ).toEqual(['"a" 1 2', '"b" 5 5'])
  expect(run('[:find ?k :in $ $before :where [?e :p/price ?v] (not [$before ?e :p/price ?v]) [?e :p/id ?k]]')).toEqual([
    '"a"',
  ])
  expect(run('[:find ?k :in $ $before :where [?e :p/price ?v] ($before not [?e :p/price ?v]) [?e :p/id ?k]]')).toEqual([
    '"a"',
  ])
})

test('a source that nobody named', () => {
  expect(errorOf('[:find ?e :in $ $before :where [$befor ?e :p/price 1]]', {}, store(1))).toBe(
    'unknown-source 1:32 $befor is not among the sources of :in. Did you mean $before?',
  )
})
