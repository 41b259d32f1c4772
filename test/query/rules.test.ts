import { expect, test } from 'vitest'
import { ask, errorOf } from './worlds.ts'

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
  ['(r ?e)', '[[(r ?x) (r ?x)]]', 'unsupported 1:10', 'recursive rules are not built yet'],
  ['(r ?e)', '[[(r ?x) [?x :customer/age]] [(r ?x ?y) [?x :customer/friend ?y]]]', 'arity', 'different lengths'],
  ['(r ?e)', '[[(r ?x)]]', 'parse-error 1:2', 'needs a clause'],
  ['(r ?e)', '[[(r ?x ?x) [?x :customer/age]]]', 'parse-error 1:9', 'twice'],
])('%s with %s is refused', (clauses, rules, start, words) => {
  const error = errorOf(`[:find ?i :in $ % :where   ${clauses} [(id ?e) ?i]]`, { '%': rules })
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})
