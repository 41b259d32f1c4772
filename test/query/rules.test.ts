import { expect, test } from 'vitest'
import { arrayStore } from '../../src/model/array-view.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { ask, errorOf, rowsOf, shopSchema } from './worlds.ts'

const RULES = `[[(buys ?c ?p) [?l :line/customer ?c] [?l :line/product ?p]]
  [(older ?c ?min) [?c :customer/age ?a] [(> ?a ?min)]]
  [(notable ?c) [?c :customer/vip true]]
  [(notable ?c) (older ?c 40)]
  [(above [?a] ?b) [(* ?a 2) ?b]]]`

const run = (clauses: string, rules = RULES) => ask(`[:find ?i :in $ % :where ${clauses} [(id ?e) ?i]]`, { '%': rules })

test('rules are called by name, with variables, constants and lookup refs', () => {
  expect(run('(buys [:customer/id "1"] ?e)')).toEqual(['"product:a"', '"product:b"'])
  expect(run('(buys ?e [:product/id "b"])')).toEqual(['"customer:1"'])
  expect(run('(older ?e 31)')).toEqual(['"customer:2"'])
  expect(run('(notable ?e)')).toEqual(['"customer:1"', '"customer:2"'])
  expect(run('(notable ?e) (not (older ?e 40))')).toEqual(['"customer:1"'])
  expect(run('(buys ?e _)')).toEqual(['"customer:1"', '"customer:2"'])
})

test("a rule's own variables stay its own", () => {
  // ?a and ?l here have nothing to do with ?a and ?l in the rules
  expect(run('[?l :line/quantity -1] [?l :line/customer ?e] [?e :customer/age ?a] (buys ?e ?x) (older ?e 40)')).toEqual(
    ['"customer:2"'],
  )
})

test('an argument that must be bound', () => {
  expect(ask('[:find ?b :in % :where [_ :customer/age ?a] (above ?a ?b)]', { '%': RULES })).toEqual(['62', '90'])
  expect(errorOf('[:find ?b :in % :where (above ?a ?b)]', { '%': RULES })).toMatch(/^unbound-variable 1:31 \?a/)
})

test.each([
  ['(byus ?e ?p)', RULES, 'unknown-rule 1:28', 'Did you mean buys'],
  ['(buys ?e)', RULES, 'arity 1:28', 'takes 2 arguments, not 1'],
  ['(r ?e)', '[[(r ?x) (r ?x)]]', 'unbound-variable 1:2', 'has no base'],
  ['(a ?e)', '[[(a ?x) (b ?x)] [(b ?x) [?x :customer/age] (a ?x)]]', 'unbound-variable 1:2', 'rule a has no base'],
  [
    '(r ?e)',
    '[[(r ?x) [?x :customer/age] (not (r ?x))]]',
    'unstratified 1:29',
    'depends on not finding itself: r -> not r;',
  ],
  [
    '(a ?e)',
    '[[(a ?x) [?x :customer/age] (not (b ?x))] [(b ?x) [?x :customer/age]] [(b ?x) (c ?x)] [(c ?x) (a ?x)]]',
    'unstratified 1:29',
    'a -> not b -> c -> a;',
  ],
  [
    '(r ?e)',
    '[[(r ?x) [?x :customer/age]] [(r ?x) [?y :customer/vip] (r ?y)]]',
    'unbound-variable 1:28',
    '?x is bound neither by whoever calls r, nor in each of its branches',
  ],
  [
    '(r ?e)',
    '[[(r ?x) [?x :customer/age]] [(r ?x) [?x :customer/friend ?y] (s ?y)]]',
    'unknown-rule 1:63',
    'no rule s',
  ],
  [
    '(r ?e)',
    '[[(r ?x) [?x :customer/age]] [(r ?x) [?x :customer/friend ?y] (r ?y) [?y :customer/country 1]]]',
    'wrong-type 1:92',
    'never matches',
  ],
  ['(r ?e)', '[[(r ?x) [?x :customer/age]] [(r ?x ?y) [?x :customer/friend ?y]]]', 'arity', 'different lengths'],
  ['(r ?e)', '[[(r ?x)]]', 'parse-error 1:2', 'needs a clause'],
  ['(r ?e)', '[[(r ?x ?x) [?x :customer/age]]]', 'parse-error 1:9', 'twice'],
])('%s with %s is refused', (clauses, rules, start, words) => {
  const error = errorOf(`[:find ?i :in $ % :where   ${clauses} [(id ?e) ?i]]`, { '%': rules })
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})

const DOWN = `[[(down [?n] ?m) [(+ ?n 0) ?m]]
  [(down [?n] ?m) [(> ?n 0)] [(- ?n 1) ?k] (down ?k ?m)]]`

test('what a rule needs bound ends a recursion that would otherwise never end', () => {
  expect(ask('[:find [?m ...] :in % ?n :where (down ?n ?m)]', { '%': DOWN, n: 4 })).toEqual(['0', '1', '2', '3', '4'])
  expect(ask('[:find [?m ...] :in % [?n ...] :where (down ?n ?m) [(>= ?m 3)]]', { '%': DOWN, n: [2, 4] })).toEqual([
    '3',
    '4',
  ])
  // a constant, and a value that only another clause tells
  expect(ask('[:find (count ?m) . :in % :where (down 31 ?m)]', { '%': DOWN })).toEqual(['32'])
  expect(
    ask('[:find ?i (count ?m) :in % :where [?e :customer/age ?n] (down ?n ?m) [(id ?e) ?i]]', { '%': DOWN }),
  ).toEqual(['"customer:1" 32', '"customer:2" 46'])
  expect(errorOf('[:find ?m :in % :where (down ?n ?m)]', { '%': DOWN })).toMatch(/^unbound-variable 1:30 \?n/)
  // one that ends by itself, in decimals that grow a digit each time
  const HALVES = '[[(half [?n] ?m) [(+ ?n 0) ?m]] [(half [?n] ?m) [(> ?n 0.2)] [(* ?n 0.5) ?k] (half ?k ?m)]]'
  expect(ask('[:find [?m ...] :in % :where (half 1.0M ?m)]', { '%': HALVES })).toEqual([
    '0.1250M',
    '0.250M',
    '0.50M',
    '1.0M',
  ])
})

test('rules that reach each other, and one that negates what lies below it', () => {
  const friends = `[[(knows ?a ?b) [?a :customer/friend ?b]] [(knows ?a ?b) (met ?a ?b)]
    [(met ?a ?b) (knows ?a ?x) (knows ?x ?b)]
    [(alone ?a) [?a :customer/country] (not (knows ?a ?a))] [(alone ?a) (alone ?b) [?a :customer/friend ?b]]]`
  expect(run('(knows ?e [:customer/id "1"])', friends)).toEqual(['"customer:3"'])
  expect(run('(alone ?e)', friends)).toEqual(['"customer:1"', '"customer:3"'])
  expect(run('[?e :customer/country "Spain"] (met ?e ?e)', friends)).toEqual(['"customer:2"'])
})

test('a rule called from many places does not multiply what it holds', () => {
  // each level calls the one below twice: written out, 2^40 clauses
  const levels = Array.from(
    { length: 40 },
    (_, i) => `[(l${i + 1} ?a ?b) (l${i} ?a ?x) (l${i} ?x ?b)] [(l${i + 1} ?a ?b) [?a :customer/friend ?b]]`,
  )
  const rules = `[[(l0 ?a ?b) [?a :customer/friend ?b]] ${levels.join(' ')}]`
  expect(run('(l40 ?e _)', rules)).toEqual(['"customer:2"', '"customer:3"'])
})

test('one rule over two moments', () => {
  const reach = '[[(reach ?a ?b) [?a :customer/friend ?b]] [(reach ?a ?b) [?a :customer/friend ?x] (reach ?x ?b)]]'
  const store = arrayStore({
    schema: shopSchema(),
    facts: [
      { e: 'customer:1', a: ':customer/friend', v: 'customer:2' },
      { e: 'customer:2', a: ':customer/friend', v: 'customer:3', from: 2 },
    ],
  })
  const sources = new Map([
    ['$', store()],
    ['$old', store(1)],
  ])
  const query = parseQuery(
    '[:find ?a ?b :in $ $old % :where (reach ?e ?f) (not ($old reach ?e ?f)) [(id ?e) ?a] [(id ?f) ?b]]',
  )
  expect(rowsOf(runQuery(query, { sources, args: { '%': reach } }))).toEqual([
    '"customer:1" "customer:3"',
    '"customer:2" "customer:3"',
  ])
})
