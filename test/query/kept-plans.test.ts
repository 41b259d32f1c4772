import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { HistoryView } from '../../src/model/history.ts'
import { LONG, refTo, STRING } from '../../src/model/type.ts'
import { parseQuery, type RunOptions, runQuery } from '../../src/query/query.ts'
import { cell, schemaOf } from './worlds.ts'

const schema = schemaOf({ p: { name: STRING, age: LONG, tag: [STRING], friend: [refTo('p')], boss: refTo('p') } })
const RULES = `[[(above ?a ?b) [?a :p/boss ?b]] [(above ?a ?b) [?a :p/boss ?x] (above ?x ?b)]
  [(near ?a ?b) [?a :p/friend ?b]] [(near ?a ?b) [?b :p/friend ?a]] [(near ?a ?b) (near ?a ?x) (near ?x ?b)]]`

/** Queries that are asked again and again with other arguments, as of other moments, with whatever makes steps of a plan. */
const QUERIES = [
  '[:find ?n ?a :in $ ?e :where [?e :p/name ?n] [?e :p/age ?a]]',
  '[:find ?x ?a :in $ ?n :where [?x :p/age ?a] [(> ?a ?n)]]',
  '[:find ?x ?s :in $ ?s :where [?x :p/name ?s] [?x :p/age ?a] [(<= ?a 3)]]',
  '[:find ?x ?y :in $ ?n :where [?x :p/age ?n] [?y :p/age ?m] [(< ?m ?n)]]',
  '[:find ?x :in $ ?s :where [?x :p/age] (not [?x :p/name ?s])]',
  '[:find ?x :in $ ?s ?n :where (or [?x :p/name ?s] (and [?x :p/age ?m] [(= ?m ?n)]))]',
  '[:find ?x ?c :in $ ?n :where [?x :p/age ?a] [(+ ?a ?n) ?c]]',
  '[:find ?x ?c :in $ ?n :where [?x :p/name] [(get-else $ ?x :p/age ?n) ?c]]',
  '[:find ?x ?t :in $ ?e :where [?e :p/friend ?x ?t]]',
  '[:find ?y :in $ % ?e :where (above ?e ?y)]',
  '[:find ?y :in $ % ?e :where (near ?y ?e)]',
  '[:find ?x ?y :in $ % :where (above ?x ?y)]',
  '[:find ?x ?s :in $ ?s [?n ...] :where [?x :p/name ?s] [?x :p/age ?n]]',
  '[:find ?x ?n :in $ [?n ...] :where [?x :p/age ?n]]',
  '[:find ?x ?s ?n :in $ [[?s ?n]] :where [?x :p/name ?s] (not [?x :p/age ?n])]',
  '[:find ?s (count ?x) :in $ ?n :where [?x :p/tag ?s] [?x :p/age ?a] [(!= ?a ?n)]]',
  '[:find ?x ?m :in $ $old ?s :where [?x :p/name ?s] [$old ?x :p/name ?m]]',
  '[:find ?x ?v ?t ?o :in $ $h ?e :where [$h ?e :p/age ?v ?t ?o] [?e :p/boss ?x]]',
  '[:find ?a ?v :in $ ?e :where [?e ?a ?v]]',
  '[:find (pull ?x [:p/name {:p/boss [:p/age]}]) :in $ ?n :where [?x :p/age ?n]]',
  '[:find ?x ?c :in $ ?n :where [?x :p/age ?n] [(q [:find (count ?y) . :in $ ?m :where [?y :p/age ?m]] $ ?n) ?c]]',
]

const worlds = fc
  .array(fc.record({ e: fc.nat(5), slot: fc.nat(4), pick: fc.nat(3), from: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 5,
    maxLength: 50,
    size: 'max',
  })
  .map(list => {
    const taken = new Set<string>()
    return list.flatMap(({ e, slot, pick, from }): ArrayFact[] => {
      const name = ['name', 'age', 'tag', 'friend', 'boss'][slot]
      const v = slot === 1 ? pick : slot > 2 ? `p:${pick}` : 'abcd'[pick]
      const place = `${e} ${name} ${slot === 2 || slot === 3 ? v : ''}`
      if (taken.has(place)) return []
      taken.add(place)
      return [{ e: `p:${e}`, a: `:p/${name}`, v, from }]
    })
  })
const asking = fc.record({
  t: fc.integer({ min: 0, max: 3 }),
  e: fc.constantFrom('p:0', 'p:1', 'p:5', 'p:nobody'),
  n: fc.nat(4),
  s: fc.constantFrom('a', 'b', 'zz'),
  shard: fc.option(fc.nat(2)),
})

/** What is asked, as text: rows, or the kind of error. */
function answerTo(text: string | ReturnType<typeof parseQuery>, options: RunOptions): string {
  try {
    const answer = runQuery(typeof text === 'string' ? parseQuery(text) : text, options)
    const rows = Array.from({ length: answer.rows }, (_, row) => answer.columns.map((_, i) => cell(answer, i, row)))
    return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  } catch (error) {
    if (error instanceof FactError) return `${error.kind} ${error.message}`
    throw error
  }
}

test('a query that is asked again, with other arguments, moments and shards, finds what it finds the first time', () => {
  let answered = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...QUERIES),
      fc.tuple(worlds, worlds),
      fc.array(fc.tuple(fc.nat(1), asking), { minLength: 2, maxLength: 6 }),
      (text, [one, other], times) => {
        const kept = parseQuery(text)
        const last: ArrayFact = { e: 'p:1', a: ':p/tag', v: 'last', from: 3 }
        const stores = [one, other].map(facts => arrayStore({ schema, facts: [...facts, last] }))
        for (const [which, { t, e, n, s, shard }] of times) {
          const view = stores[which](t)
          const all: [string, FactView][] = [
            ['$', view],
            ['$old', stores[which](Math.max(0, t - 1))],
            ['$h', new HistoryView(view)],
          ]
          // no value, a few, or many of which most are nowhere
          const many = n === 4 ? [] : n === 3 ? Array.from({ length: 40 }, (_, i) => i) : [n, 1]
          const args: Record<string, unknown> = {
            '%': RULES,
            '?e': e,
            '?s': text.includes('[[?s ?n]]') ? many.map(each => [s, each]) : s,
            '?n': text.includes('[?n ...]') ? many : n,
          }
          const takes = (name: string) =>
            (text.includes(`${name} `) || text.includes(`${name}]`)) && !(name === '?n' && text.includes('[[?s ?n]]'))
          const options: RunOptions = {
            sources: new Map(all.filter(([name]) => name === '$' || text.includes(`${name} `))),
            args: Object.fromEntries(Object.entries(args).filter(([name]) => takes(name))),
            shard: shard !== null && /:find \?x/.test(text) ? { variable: '?x', index: shard, of: 3 } : null,
          }
          const found = answerTo(kept, options)
          expect(found).toBe(answerTo(text, options))
          if (found !== '[]' && found.startsWith('[')) answered++
        }
      },
    ),
    { numRuns: 700 },
  )
  expect(answered).toBeGreaterThan(200)
})

test('other constants take the plan of the last time, unless it would be a bad one', () => {
  const facts = Array.from({ length: 2000 }, (_, i): ArrayFact[] => [
    { e: `p:${i}`, a: ':p/age', v: i < 1990 ? 7 : i },
    { e: `p:${i}`, a: ':p/name', v: `n${i}` },
    { e: `p:${i}`, a: ':p/boss', v: `p:${i >> 1}` },
  ]).flat()
  const view = arrayStore({ schema, facts })()
  let planned = 0
  // whoever plans asks how many entities there may be, and nobody else does
  const watched = new Proxy(view, {
    get(target, name) {
      if (name === 'extent') planned++
      const found = Reflect.get(target, name, target)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
  const asker = (text: string) => {
    const query = parseQuery(text)
    return (args: Record<string, unknown>) => {
      planned = 0
      const { rows } = runQuery(query, { sources: new Map([['$', watched]]), args })
      return { rows, planned: planned > 0 }
    }
  }
  const point = asker(
    '[:find ?n ?a :in $ ?name :where [?e :p/name ?name] [?e :p/age ?a] [?e :p/boss ?b] [?b :p/name ?n]]',
  )
  expect(point({ '?name': 'n5' })).toEqual({ rows: 1, planned: true })
  expect(point({ '?name': 'n6' })).toEqual({ rows: 1, planned: false })
  expect(point({ '?name': 'nobody' })).toEqual({ rows: 0, planned: false })
  const skewed = asker('[:find ?e ?n :in $ ?a :where [?e :p/age ?a] [?e :p/name ?n]]')
  expect(skewed({ '?a': 1995 })).toEqual({ rows: 1, planned: true })
  expect(skewed({ '?a': 1996 })).toEqual({ rows: 1, planned: false })
  // 1,990 rows where one was expected
  expect(skewed({ '?a': 7 })).toEqual({ rows: 1990, planned: true })
  const several = asker('[:find ?e ?b :in $ [?name ...] :where [?e :p/name ?name] [?e :p/boss ?b]]')
  expect(several({ '?name': ['n5', 'n6', 'nobody'] })).toEqual({ rows: 2, planned: true })
  expect(several({ '?name': ['n7'] })).toEqual({ rows: 1, planned: false })
  expect(several({ '?name': Array.from({ length: 400 }, (_, i) => `n${i}`) })).toEqual({ rows: 400, planned: true })
  const rows = asker('[:find ?e ?a :in $ [[?name ?a]] :where [?e :p/name ?name] [?e :p/age ?a]]')
  expect(
    rows({
      '?name': [
        ['n5', 7],
        ['n6', 8],
      ],
    }),
  ).toEqual({ rows: 1, planned: true })
  expect(rows({ '?name': [['n9', 7]] })).toEqual({ rows: 1, planned: false })
  const above = asker(`[:find ?b :in $ % ?e :where (above ?e ?b)]`)
  expect(above({ '%': RULES, '?e': 'p:9' })).toEqual({ rows: 4, planned: true })
  expect(above({ '%': RULES, '?e': 'p:8' })).toEqual({ rows: 4, planned: false })
})
