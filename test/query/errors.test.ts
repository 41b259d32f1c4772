import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { ask, errorOf, shop } from './worlds.ts'

test.each([
  // form
  ['[:where [?e :a/b]]', 'parse-error 1:1', 'needs :find'],
  ['[:find ?e :wehre [?e :customer/age]]', 'parse-error 1:11', 'Did you mean :where'],
  ['[:find ?e :where ?e]', 'parse-error 1:18', 'a clause is'],
  ['[:find ?e :where [?e "customer/age"]]', 'parse-error 1:22', 'is a keyword'],
  ['[:find ?e :where [?e :customer/age 1 _ true 5]]', 'parse-error 1:45', 'at most five parts'],
  ['[:find ?e :where [?e ?a 1 _ true 5]]', 'parse-error 1:34', 'at most five parts'],
  ['[:find ?e :where [?e :customer/age x]]', 'parse-error 1:36', '?x'],
  ['[:find ?e\n :where [?e :customer/age]\n        [?e :customer/vip true', 'parse-error 3:9', 'never closed'],
  ['[:find ?e ?e . :where [?e :customer/age]]', 'parse-error 1:14', 'scalar'],
  ['[:find ?e :in ?a ?a :where [?e :customer/age ?a]]', 'parse-error 1:18', 'twice'],
  // names
  ['[:find ?e :where\n [?e :customer/contry "France"]]', 'unknown-attribute 2:6', 'Did you mean :customer/country'],
  ['[:find ?e :where [?e :customer/age ?a] [(larger ?a 3)]]', 'unknown-function 1:42', 'larger'],
  // variables
  ['[:find ?x :where [?e :customer/age ?a]]', 'unbound-variable 1:8', '?x is bound by no clause'],
  ['[:find ?e :where [?e :customer/age ?a] [(> ?a ?b)]]', 'unbound-variable 1:47', '?b is used here'],
  ['[:find ?y :where [(+ ?x 1) ?y] [(+ ?y 1) ?x]]', 'unbound-variable 1:22', '?x is used here'],
  ['[:find (sum ?x) :where [?e :customer/age ?a]]', 'unbound-variable 1:13', '?x'],
  // types
  ['[:find ?e :where [?e :customer/age "31"]]', 'wrong-type 1:36', 'write a whole number such as 7'],
  ['[:find ?e :where [?e :customer/country :France]]', 'wrong-type 1:40', 'write a string such as "France"'],
  ['[:find ?e :where [?e :customer/born "1980-05-01"]]', 'wrong-type 1:37', '#date'],
  ['[:find ?e :where [?e :customer/since #date "2010-12-01"]]', 'wrong-type 1:38', '#inst'],
  ['[:find ?e :where [?e :customer/token "6f1e2d3c-0000-4000-8000-000000000001"]]', 'wrong-type 1:38', '#uuid'],
  ['[:find ?e :where [?e :customer/vip "true"]]', 'wrong-type 1:36', 'true or false'],
  ['[:find ?e :where [?e :customer/tier "bronze"]]', 'wrong-type 1:37', '"gold", "silver"'],
  ['[:find ?e :where [?e :line/customer "customer:1"]]', 'wrong-type 1:37', '[:customer/id'],
  ['[:find ?e :where [?e :line/customer [:product/id "a"]]]', 'wrong-type 1:37', 'lookup ref of product'],
  ['[:find ?e :where [[:customer/country "France"] :customer/age ?e]]', 'wrong-type 1:19', 'identifies nothing'],
  ['[:find ?e :where [?e :customer/age ?a] [(> ?a "old")]]', 'wrong-type 1:47', 'a whole number'],
  ['[:find ?e :where [?e :customer/age ?a] [?e :customer/country ?c] [(= ?a ?c)]]', 'wrong-type 1:68', 'never equal'],
  ['[:find ?e :where [?e :customer/age ?v] [?e :customer/country ?v]]', 'wrong-type 1:62', '?v is long'],
  ['[:find ?e :where [?e :customer/age] [?e :product/name]]', 'wrong-type 1:38', 'ref(customer)'],
  ['[:find ?e :where [?e :customer/age nil]]', 'wrong-type 1:36', 'nil is never a value'],
  // what is not built yet
  ['[:find ?e :syms a :strs b :where [?e :customer/age]]', 'parse-error 1:25', 'one of :keys, :syms and :strs'],
  ['[:find ?a :where [?e :customer/age ?b] [(f ?b) [?a ?c]]]', 'unknown-function 1:42', 'no function f'],
])('%s', (text, start, words) => {
  const error = errorOf(text)
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})

test('errors carry the nearest names', () => {
  try {
    ask('[:find ?e :where [?e :customer/contry "France"]]')
    expect.unreachable()
  } catch (error) {
    expect((error as FactError).details.nearest).toEqual([':customer/country'])
  }
})

test('a query ends where its stop hook throws, also in the middle of a product', () => {
  const ages = Array.from({ length: 5000 }, (_, i) => i)
  let calls = 0
  const stop = () => {
    if (++calls > 200) throw new FactError('timeout', 'the query took too long')
  }
  const query = parseQuery('[:find (count ?a) . :in [?a ...] [?b ...] [?c ...]]')
  const options = { sources: new Map([['$', shop()]]), args: { a: ages, b: ages, c: ages }, stop }
  expect(() => runQuery(query, options)).toThrow(expect.objectContaining({ kind: 'timeout' }))
})
