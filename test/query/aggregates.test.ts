import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayView } from '../../src/model/array-view.ts'
import { DOUBLE, decimalOf, LONG } from '../../src/model/type.ts'
import { ExactSums } from '../../src/query/exact-sum.ts'
import { ask, errorOf, schemaOf } from './worlds.ts'

test('aggregates see the set of find and :with', () => {
  // 3, 3 and -1: without the line, the two 3 are one
  expect(ask('[:find (sum ?q) . :where [_ :line/quantity ?q]]')).toEqual(['2'])
  expect(ask('[:find (sum ?q) . :with ?l :where [?l :line/quantity ?q]]')).toEqual(['5'])
  expect(ask('[:find (count ?q) (count-distinct ?q) :with ?l :where [?l :line/quantity ?q]]')).toEqual(['3 2'])
})

test('groups', () => {
  expect(ask('[:find ?c (count ?e) :where [?e :customer/country ?c]]')).toEqual(['"France" 2', '"Spain" 1'])
  expect(
    ask(
      '[:find ?i (sum ?q) (avg ?q) (min ?q) (max ?q) :with ?l :where [?l :line/customer ?c] [?l :line/quantity ?q] [(id ?c) ?i]]',
    ),
  ).toEqual(['"customer:1" 6 3.0 3 3', '"customer:2" -1 -1.0 -1 -1'])
})

test('min and max of whatever has an order', () => {
  expect(ask('[:find (min ?c) (max ?c) :where [_ :customer/country ?c]]')).toEqual(['"France" "Spain"'])
  expect(ask('[:find (max ?p) (sum ?p) (avg ?p) :where [_ :product/price ?p]]')).toEqual(['30.000M 32.550M 16.275'])
  expect(ask('[:find (max ?v) (min ?e) :where [?e :customer/vip ?v]]')).toEqual(['true 4294967296'])
  expect(ask('[:find (max ?d) :where [_ :customer/born ?d]]')).toEqual(['#date "1980-05-01"'])
})

test('no rows: no group, and no zero', () => {
  expect(ask('[:find (sum ?a) . :where [_ :customer/age ?a] [(> ?a 99)]]')).toEqual([])
  expect(ask('[:find (count ?a) :where [_ :customer/age ?a] [(> ?a 99)]]')).toEqual([])
})

const schema = schemaOf({ x: { n: LONG, d: DOUBLE, p: decimalOf(2) } })
const of = (a: string, values: readonly unknown[]) =>
  arrayView({ schema, facts: values.map((v, i) => ({ e: `x:${i}`, a, v })) })

test('sums are exact, or an error', () => {
  const big = 9007199254740993n
  expect(
    ask(
      '[:find (sum ?n) (avg ?n) . :with ?e :where [?e :x/n ?n]]'.replace(' (avg ?n) .', ' .'),
      {},
      of(':x/n', [big, big, 1]),
    ),
  ).toEqual(['18014398509481987'])
  expect(ask('[:find (avg ?n) . :with ?e :where [?e :x/n ?n]]', {}, of(':x/n', [big, big]))).toEqual([
    '9007199254740992.0',
  ])
  expect(errorOf('[:find (sum ?n) . :with ?e :where [?e :x/n ?n]]', {}, of(':x/n', [2n ** 63n - 1n, 1]))).toMatch(
    /^arithmetic 1:8 \(sum \?n\)/,
  )
  const wide = '123456789012345678901234567890.12'
  expect(ask('[:find (sum ?p) . :with ?e :where [?e :x/p ?p]]', {}, of(':x/p', [wide, wide]))).toEqual([
    '246913578024691357802469135780.24M',
  ])
  expect(ask('[:find (sum ?d) . :with ?e :where [?e :x/d ?d]]', {}, of(':x/d', [1e308, 1, -1e308]))).toEqual(['1.0'])
  expect(errorOf('[:find (sum ?d) . :with ?e :where [?e :x/d ?d]]', {}, of(':x/d', [1e308, 1e308]))).toMatch(
    /^arithmetic/,
  )
})

test('a sum of doubles does not depend on their order, and is the nearest double', () => {
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 })
  const sum = (values: readonly number[]) => {
    const sums = new ExactSums(1)
    for (const value of values) sums.add(0, value)
    return sums.total(0)
  }
  fc.assert(
    fc.property(
      fc.array(doubles, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (values, keys) => {
        const mixed = values
          .map((v, i) => ({ v, k: keys[i] ?? 0 }))
          .sort((a, b) => a.k - b.k)
          .map(({ v }) => v)
        expect(sum(mixed)).toBe(sum(values))
        expect(sum([...values, ...values.map(v => -v)])).toBe(0)
      },
    ),
  )
  // ten tenths: adding one after the other gives .9999999999999999
  expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1)
})

test.each([
  ['[:find (sum ?c) . :where [_ :customer/country ?c]]', 'wrong-type 1:8', 'takes numbers, not string'],
  ['[:find (summ ?a) . :where [_ :customer/age ?a]]', 'unknown-function 1:8', 'Did you mean sum'],
  ['[:find (median ?a) . :where [_ :customer/age ?a]]', 'unsupported 1:8', 'median is not built yet'],
  ['[:find (max 3 ?a) . :where [_ :customer/age ?a]]', 'unsupported 1:8', 'not built yet'],
  ['[:find (sum ?a ?b) . :where [_ :customer/age ?a]]', 'arity 1:8', 'one variable'],
])('%s is refused', (text, start, words) => {
  const error = errorOf(text)
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})
