import { expect, test } from 'vitest'
import { ask, errorOf } from './worlds.ts'

const ids = (clauses: string, args = {}, inputs = '') =>
  ask(`[:find ?i ${inputs} :where ${clauses} [(id ?e) ?i]]`, args)

test('not leaves out what its clauses find', () => {
  expect(ids('[?e :customer/country] (not [?e :customer/country "France"])')).toEqual(['"customer:2"'])
  expect(ids('(not [?e :customer/age]) [?e :customer/country]')).toEqual(['"customer:3"'])
  expect(ids('[?e :customer/country] (not [?l :line/customer ?e] [?l :line/quantity 3])')).toEqual([
    '"customer:2"',
    '"customer:3"',
  ])
  expect(ids('[?e :customer/age ?a] (not [(> ?a 40)])')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/country] (not (not [?e :customer/age]))')).toEqual(['"customer:1"', '"customer:2"'])
})

test('not-join shares what it names; everything else is its own', () => {
  // ?a inside is another variable than ?a outside
  expect(ids('[?e :customer/age ?a] (not-join [?e] [?e :customer/age ?a] [(> ?a 40)])')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/age ?a] (not-join [?a] [?x :customer/age ?b] [(> ?b ?a)])')).toEqual(['"customer:2"'])
})

test('or unites branches, whatever they bind', () => {
  expect(ids('(or [?e :customer/age 31] [?e :customer/country "Spain"])')).toEqual(['"customer:1"', '"customer:2"'])
  expect(ids('[?e :customer/age ?a] (or [(< ?a 32)] [(> ?a 99)])')).toEqual(['"customer:1"'])
  expect(ids('(or (and [?e :customer/tag "new"] [?e :customer/vip true]) [?e :customer/friend ?e])')).toEqual([
    '"customer:1"',
    '"customer:2"',
  ])
  expect(ids('[?e :customer/country] (or [?e :customer/age 31] (not [?e :customer/age]))')).toEqual([
    '"customer:1"',
    '"customer:3"',
  ])
})

test('entities of two kinds and values of two types meet in an or', () => {
  expect(ask('[:find ?i :where (or [?e :customer/age 31] [?e :product/name "Apple"]) [(id ?e) ?i]]')).toEqual([
    '"customer:1"',
    '"product:a"',
  ])
  expect(ask('[:find ?v :where (or [_ :customer/age ?v] [_ :product/price ?v])]')).toEqual([
    '2.550M',
    '30.000M',
    '31.000M',
    '45.000M',
  ])
  expect(ask('[:find ?v :where (or [_ :customer/vip ?v] [_ :product/name ?v])]')).toEqual([
    'false',
    'true',
    '"Apple"',
    '"Bread"',
  ])
})

test('or-join shares what it names', () => {
  expect(
    ids(
      '[?e :customer/country] (or-join [?e] (and [?l :line/customer ?e] [?l :line/quantity -1]) [?e :customer/friend])',
    ),
  ).toEqual(['"customer:2"', '"customer:3"'])
  expect(ids('(or-join [?e ?min] (and [?e :customer/age ?a] [(> ?a ?min)]))', { min: 40 }, ':in ?min')).toEqual([
    '"customer:2"',
  ])
})

test.each([
  ['[:find ?e :where [?e :customer/age] (not [?x :customer/vip true])]', 'unbound-variable 1:37', 'shares no variable'],
  ['[:find ?e :where [?e :customer/age] (not [_ :customer/vip true])]', 'unbound-variable 1:37', 'shares no variable'],
  [
    '[:find ?e :where [?e :customer/age] (not-join [?x] [?x :customer/vip])]',
    'unbound-variable 1:48',
    '?x of not-join',
  ],
  ['[:find ?e :where (not [?e :customer/age])]', 'unbound-variable', 'shares no variable'],
  ['[:find ?e :where (or [?e :customer/age ?a] [?e :customer/vip])]', 'unbound-variable 1:18', 'branch 2 lacks ?a'],
  [
    '[:find ?e ?x :where [?e :customer/age] (or-join [?e ?x] [?e :customer/vip ?x] [?e :customer/tag])]',
    'unbound-variable 1:40',
    '?x is bound neither',
  ],
  ['[:find ?e :where [?e :customer/age] (or-join [[?x] ?e] [?e :customer/age ?x])]', 'unbound-variable 1:48', '?x'],
])('%s is refused', (text, start, words) => {
  const error = errorOf(text)
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})
