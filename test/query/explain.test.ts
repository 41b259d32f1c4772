import { expect, test } from 'vitest'
import { arrayStore } from '../../src/model/array-view.ts'
import { explainQuery, type PlanNode, parseQuery, runQuery } from '../../src/query/query.ts'
import { shop, shopSchema } from './worlds.ts'

const explain = (text: string, args: Record<string, unknown> = {}, run = false) =>
  explainQuery(parseQuery(text), { sources: new Map([['$', shop()]]), args, run })

test('a plan as text: what comes first, what is tested on the way, what was expected', () => {
  const { text, warnings } = explain(
    '[:find ?c ?a :in $ ?min :where [?c :customer/age ?a] [(>= ?a ?min)] [?c :customer/country "France"]]',
    { min: 31 },
  )
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^query \?c \?a {2}\(~[\d.]+ rows\)$/),
    expect.stringMatching(/^ {2}scan \[\?c :customer\/age \?a\] \[\(>= \?a 31\)\] {2}\(~[\d.]+ rows\)$/),
    expect.stringMatching(/^ {2}probe \[\?c :customer\/country "France"\] {2}\(~[\d.]+ rows\)$/),
  ])
  expect(warnings).toEqual([])
})

test('a plan that was run tells the rows that came, and how long that took', () => {
  const { text, plan } = explain('[:find ?c ?t :where [?c :customer/tag ?t] (not [?c :customer/vip true])]', {}, true)
  expect(plan.rows).toBe(1)
  expect(plan.ms).toBeGreaterThan(0)
  expect(plan.children.map(({ op, rows }) => [op, rows])).toEqual([
    ['scan', 3],
    ['not', 1],
  ])
  const [, not] = plan.children
  expect(not.children.map(({ op, detail, rows }) => [op, detail, rows])).toContainEqual([
    'probe',
    '[?c :customer/vip true]',
    1,
  ])
  expect(text).toBe(explain('[:find ?c ?t :where [?c :customer/tag ?t] (not [?c :customer/vip true])]', {}, true).text)
  expect(text).toContain('scan [?c :customer/tag ?t]  (~3 rows, 3 real)')
})

test('the plans of a rule stand below the step that asks it', () => {
  const rules = `[[(reach ?a ?b) [?a :customer/friend ?b]]
    [(reach ?a ?b) [?a :customer/friend ?x] (reach ?x ?b)]
    [(pair ?a ?b ?n) [?a :customer/country ?n] [?b :customer/country ?n]]
    [(pair ?a ?b ?n) (pair ?a ?x ?n) (pair ?x ?b ?n)]]`
  const ops = ({ op, children }: PlanNode): unknown => (children.length === 0 ? op : [op, ...children.map(ops)])
  const reach = explain('[:find ?b :in $ % :where (reach [:customer/id "3"] ?b)]', { '%': rules }, true)
  expect(ops(reach.plan)).toEqual(['query', ['rule', ['base', 'probe']]])
  expect(reach.text).toContain('base and step, from what is bound')
  expect(reach.text).toContain('rule reach (?a bound, ?b)')
  const pair = explain('[:find ?a ?b :in $ % :where (pair ?a ?b _)]', { '%': rules })
  expect(pair.text).toContain('again 2 of 2, with what is new of pair')
})

test.each([
  ['[:find ?a ?b :where [?a :customer/age] [?b :product/name]]', 'nothing connects [?b :product/name]'],
  ['[:find (sum ?q) . :where [_ :line/quantity ?q]]', '(sum ?q) sees each different value once'],
  [
    '[:find ?n (count ?q) :where [?p :product/name ?n] [?l :line/product ?p] [?l :line/quantity ?q]]',
    '(count ?q) sees',
  ],
])('%s is worth a warning', (text, words) => {
  const { warnings, text: shown } = explain(text)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(words)
  expect(shown).toContain(`warning: ${warnings[0]}`)
})

test.each([
  '[:find (sum ?q) . :with ?l :where [?l :line/quantity ?q]]',
  '[:find (count ?l) . :where [?l :line/quantity]]',
  '[:find (max ?q) . :where [_ :line/quantity ?q]]',
  '[:find ?a ?n :in $ ?n :where [?a :customer/age]]',
  '[:find ?a :where [?a :customer/age] [[:product/id "a"] :product/name "Apple"]]',
])('%s is not', text => {
  expect(explain(text, text.includes('?n :where') ? { n: 1 } : {}).warnings).toEqual([])
})

test('to explain is not to run', () => {
  const people = Array.from({ length: 300 }, (_, i) => ({ e: `customer:${i}`, a: ':customer/age', v: i }))
  const sources = new Map([['$', arrayStore({ schema: shopSchema(), facts: people })()]])
  const query = parseQuery('[:find (count ?a) . :where [?a :customer/age] [?b :customer/age] [?c :customer/age]]')
  const stop = () => {
    throw new Error('stopped')
  }
  expect(explainQuery(query, { sources, stop: () => {} }).plan.children.length).toBeGreaterThan(2)
  expect(() => runQuery(query, { sources, stop })).toThrow('stopped')
})
