import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayView } from '../../src/model/array-view.ts'
import { LONG, refTo, STRING } from '../../src/model/type.ts'
import { parseQuery, runQuery, shardVariable } from '../../src/query/query.ts'
import { rowsOf, schemaOf, shopSchema } from './worlds.ts'

const schema = schemaOf({ a: { n: LONG, tag: [STRING] }, b: { a: refTo('a'), n: LONG } })
const view = (layout: 'dense' | 'sparse' | 'sought') =>
  arrayView({
    schema,
    layout,
    facts: Array.from({ length: 60 }, (_, i) => [
      ...(i % 3 === 0 ? [] : [{ e: `a:${i}`, a: ':a/n', v: i % 7 }]),
      { e: `a:${i}`, a: ':a/tag', v: `t${i % 5}` },
      { e: `a:${i}`, a: ':a/tag', v: `u${i % 2}` },
      { e: `b:${i}`, a: ':b/a', v: `a:${(i * 7) % 20}` },
      { e: `b:${i}`, a: ':b/n', v: i % 4 },
    ]).flat(),
  })

const QUERIES: readonly (readonly [string, string])[] = [
  ['[:find ?e ?n :where [?e :a/n ?n]]', '?e'],
  ['[:find ?n ?e ?t :where [?e :a/n ?n] [?e :a/tag ?t]]', '?e'],
  ['[:find ?e ?m :where [?b :b/a ?e] [?b :b/n ?m] [?e :a/n 2]]', '?e'],
  ['[:find ?e (count ?b) :where [?b :b/a ?e]]', '?e'],
  ['[:find ?e :where (or [?e :a/n 1] [?e :a/tag "t3"]) (not [?e :a/tag "u1"])]', '?e'],
  ['[:find ?n :where [?e :a/n ?n]]', '?e'],
  ['[:find ?e ?x :where [?e :a/n ?n] [?f :a/n ?n] [?f :a/tag ?x]]', '?e'],
  ['[:find ?e ?k ?v :where [?e ?k ?v]]', '?e'],
  ['[:find ?k ?e :where [?e :a/tag "t1"] [?e ?k]]', '?e'],
  ['[:find ?e (maybe ?e :a/n) :where [?e :a/tag "t3"]]', '?e'],
  ['[:find (pull ?e [:a/n]) ?e :where [?e :a/tag "t3"]]', '?e'],
]

test('the union of all shards is the whole, each in the order of its entities, the same each time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...QUERIES),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('dense' as const, 'sparse' as const, 'sought' as const),
      ([text, variable], of, layout) => {
        const query = parseQuery(text)
        const sources = new Map([['$', view(layout)]])
        const whole = rowsOf(runQuery(query, { sources }))
        const entity = query.find.findIndex(
          element => element.variable.name === variable && element.find === 'variable',
        )
        const union = Array.from({ length: of }, (_, index) => {
          const answer = runQuery(query, { sources, shard: { variable, index, of } })
          expect(rowsOf(runQuery(query, { sources, shard: { variable, index, of } }))).toEqual(rowsOf(answer))
          if (entity >= 0) {
            const numbers = [...(answer.columns[entity].v.values as Float64Array)].slice(0, answer.rows)
            expect(numbers.every(number => number % of === index)).toBe(true)
            expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
          }
          return rowsOf(answer)
        }).flat()
        // where the entity is not shown, shards may repeat each other's rows
        expect([...(entity >= 0 ? union : new Set(union))].sort()).toEqual([...whole].sort())
      },
    ),
  )
})

test('the windows of a shard are the shard, part after part', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...QUERIES),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('dense' as const, 'sparse' as const, 'sought' as const),
      ([text, variable], of, width, layout) => {
        const query = parseQuery(text)
        const sources = new Map([['$', view(layout)]])
        for (let index = 0; index < of; index++) {
          const parts: string[] = []
          for (let low = 0; low < 60; low += width)
            parts.push(
              ...rowsOf(
                runQuery(query, { sources, shard: { variable, index, of, window: { low, high: low + width } } }),
              ),
            )
          const whole = rowsOf(runQuery(query, { sources, shard: { variable, index, of } }))
          // what does not show its entity is a set in each part
          expect([...new Set(parts)].sort()).toEqual([...new Set(whole)].sort())
        }
      },
    ),
  )
})

test('an entity given as an argument is of one shard', () => {
  const query = parseQuery('[:find ?e ?n :in ?e :where [?e :a/n ?n]]')
  const run = (index: number) =>
    runQuery(query, {
      sources: new Map([['$', view('dense')]]),
      args: { e: 'a:1' },
      shard: { variable: '?e', index, of: 2 },
    }).rows
  expect([run(0), run(1)]).toEqual([0, 1])
})

test.each([
  ['[:find ?e ?n :where [?e :customer/age ?n]]', undefined, '?e'],
  ['[:find ?c ?a :where [?l :line/customer ?c] [?c :customer/age ?a]]', undefined, '?c'],
  ['[:find ?a :where [?e :customer/age ?a]]', '?e', '?e'],
  ['[:find ?e ?tx :where [?e :customer/age _ ?tx]]', undefined, '?e'],
  ['[:find ?e ?a ?v :where [?e ?a ?v]]', undefined, '?e'],
  ['[:find ?e (maybe ?e :customer/vip) :where [?e :customer/age]]', undefined, '?e'],
  ['[:find ?e (count ?l) :where [?l :line/customer ?e]]', undefined, '?e'],
])('%s is cut by %s', (text, declared, expected) => {
  expect(shardVariable(parseQuery(text), shopSchema(), declared)).toBe(expected)
})

test.each([
  ['[:find ?a :where [?e :customer/age ?a]]', undefined, 'no entity variable'],
  ['[:find ?l ?c :where [?l :line/customer ?c]]', undefined, 'several'],
  ['[:find ?e . :where [?e :customer/age]]', undefined, 'scalar'],
  ['[:find [?e ...] :where [?e :customer/age]]', undefined, 'collection'],
  ['[:find [?e ?a] :where [?e :customer/age ?a]]', undefined, 'tuple'],
  ['[:find ?e :limit 3 :where [?e :customer/age]]', undefined, ':limit'],
  ['[:find ?e (rand ?a) :where [?e :customer/age ?a]]', undefined, 'chance'],
  ['[:find ?e (sample 2 ?a) :where [?e :customer/age ?a]]', undefined, 'chance'],
  ['[:find ?a :where [?e :customer/age ?a]]', '?x', 'no entity variable'],
  ['[:find ?a :where [?e :customer/age ?a]]', '?a', 'no entity variable'],
  ['[:find ?a :with ?e :where [?e :customer/age ?a]]', '?e', ':with only'],
  ['[:find (sum ?a) :where [?e :customer/age ?a]]', '?e', 'with aggregates'],
])('%s by %s cannot be cut', (text, declared, words) => {
  expect(() => shardVariable(parseQuery(text), shopSchema(), declared)).toThrow(
    expect.objectContaining({ kind: 'cannot-shard', message: expect.stringContaining(words) }),
  )
})
