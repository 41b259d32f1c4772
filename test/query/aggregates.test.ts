import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayView } from '../../src/model/array-view.ts'
import { DOUBLE, decimalOf, LONG, showType } from '../../src/model/type.ts'
import { ExactSums } from '../../src/query/aggregates/exact-sum.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
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

test('the variance of integers is exact, whatever their size and number, and rounded once', () => {
  const variance = (a: string, values: readonly unknown[]) =>
    ask(`[:find (variance ?n) (stddev ?n) :with ?e :where [?e ${a} ?n]]`, {}, of(a, values))
  expect(variance(':x/n', [1, 2, 3, 4])).toEqual([`1.25 ${Math.sqrt(1.25)}`])
  // squares beyond 53 bits, and neighbours that doubles cannot tell apart
  expect(variance(':x/n', [2n ** 60n, 2n ** 60n + 2n])).toEqual(['1.0 1.0'])
  expect(
    variance(':x/n', [-(2n ** 62n), 2n ** 62n])[0]
      .split(' ')
      .map(Number),
  ).toEqual([2 ** 124, 2 ** 62])
  // sums that fill 53 bits several times over
  const large = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 90_000_000 : 90_000_002))
  expect(variance(':x/n', large)).toEqual(['1.0 1.0'])
  expect(variance(':x/p', ['0.01', '0.03'])).toEqual(['0.0001 0.01'])
  // more of them than a call can have arguments
  const many = Array.from({ length: 200_000 }, (_, i) => i % 2)
  expect(variance(':x/n', many)).toEqual(['0.25 0.5'])
})

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
  ['[:find (median ?a) . :where [_ :customer/country ?a]]', 'wrong-type 1:8', 'takes numbers, not string'],
  ['[:find (sum 2 ?a) . :where [_ :customer/age ?a]]', 'arity 1:8', 'one variable and nothing else'],
  ['[:find (sample ?a) . :where [_ :customer/age ?a]]', 'arity 1:8', '(sample 3 ?x)'],
  ['[:find (max 0 ?a) . :where [_ :customer/age ?a]]', 'parse-error 1:13', 'from 1'],
  ['[:find (max ?a ?b ?c) . :where [_ :customer/age ?a]]', 'arity 1:8', 'one variable'],
  ['[:find (max ?n ?a) . :where [_ :customer/age ?a] [(+ ?a 1) ?n]]', 'unbound-variable 1:13', 'must be an input'],
])('%s is refused', (text, start, words) => {
  const error = errorOf(text)
  expect(error).toContain(words)
  expect(error.startsWith(start)).toBe(true)
})

test('the n least and greatest, the different ones: lists, ascending', () => {
  const view = of(':x/n', [3, 1, 2, 3])
  const find = (spec: string) => ask(`[:find ${spec} :with ?e :where [?e :x/n ?n]]`, {}, view)
  expect(find('(min 2 ?n)')).toEqual(['[1 2]'])
  expect(find('(max 2 ?n)')).toEqual(['[3 3]'])
  expect(find('(max 9 ?n)')).toEqual(['[1 2 3 3]'])
  expect(find('(distinct ?n)')).toEqual(['[1 2 3]'])
  expect(ask('[:find (max ?k ?n) . :in ?k :with ?e :where [?e :x/n ?n]]', { k: 3 }, view)).toEqual(['[2 3 3]'])
  expect(errorOf('[:find (max ?k ?n) . :in ?k :with ?e :where [?e :x/n ?n]]', { k: 0 }, view)).toMatch(/^argument 1:8/)
  const answer = runQuery(parseQuery('[:find (max 3 ?n) (distinct ?n) :where [_ :x/n ?n]]'), {
    sources: new Map([['$', view]]),
  })
  expect(answer.columns.map(({ name, type }) => `${name} ${showType(type)}`)).toEqual([
    'max_3_n list(long)',
    'distinct_n list(long)',
  ])
})

test('median, variance and deviation of the population, as the nearest doubles', () => {
  const find = (spec: string, a: string, values: readonly unknown[]) =>
    ask(`[:find ${spec} . :with ?e :where [?e ${a} ?v]]`, {}, of(a, values))[0]
  expect(find('(median ?v)', ':x/n', [10, 75, 20])).toBe('20.0')
  expect(find('(median ?v)', ':x/n', [1, 2])).toBe('1.5')
  expect(find('(median ?v)', ':x/n', [9007199254740993n, 9007199254740995n])).toBe('9007199254740994.0')
  expect(find('(median ?v)', ':x/p', ['1.10', '1.20'])).toBe('1.15')
  expect(find('(median ?v)', ':x/d', [1.7e308, 1.6e308])).toBe('1.6499999999999999e+308')
  expect(find('(median ?v)', ':x/d', [5e-324, 5e-324, 1, 1e-323])).toBe('1e-323')
  expect(find('(variance ?v)', ':x/n', [10, 15, 20, 35, 75])).toBe('554.0')
  expect(find('(stddev ?v)', ':x/n', [10, 15, 20, 35, 75])).toBe('23.53720459187964')
  // far from zero, where a sum of squares in doubles would lose everything
  expect(find('(variance ?v)', ':x/n', [1_000_000_000_000_001n, 1_000_000_000_000_002n])).toBe('0.25')
  expect(find('(variance ?v)', ':x/d', [1e9 + 0.25, 1e9 + 0.75])).toBe('0.0625')
  expect(find('(variance ?v)', ':x/p', ['0.10', '0.30'])).toBe('0.01')
  expect(find('(variance ?v)', ':x/n', [5])).toBe('0.0')
})

test('chance follows from query, arguments and t, and from nothing else', () => {
  const values = Array.from({ length: 50 }, (_, i) => i)
  const view = of(':x/n', values)
  const other = of(':x/n', [...values].reverse())
  const find = (text: string, from = view, args = {}) => ask(text, args, from)
  const sample = '[:find (sample 5 ?n) . :where [_ :x/n ?n]]'
  expect(find(sample)).toEqual(find(sample))
  // the same values in another order
  expect(find(sample)).toEqual(find(sample, other))
  expect(find(sample)).not.toEqual(find(sample.replace('5 ?n', '6 ?n')).map(text => text.replace(/ \d+]/, ']')))
  const seededBy = '[:find (rand 5 ?n) . :in ?seed :where [_ :x/n ?n] [(< ?seed 99)]]'
  expect(find(seededBy, view, { seed: 1 })).not.toEqual(find(seededBy, view, { seed: 2 }))
  const picked = (find(sample)[0].match(/\d+/g) ?? []).map(Number)
  expect(picked).toHaveLength(5)
  expect(new Set(picked).size).toBe(5)
  expect([...picked].sort((a, b) => a - b)).toEqual(picked)
  expect(find('[:find (sample 99 ?n) . :where [_ :x/n ?n] [(< ?n 3)]]')).toEqual(['[0 1 2]'])
  expect(find('[:find (rand 4 ?n) . :where [_ :x/n ?n] [(< ?n 1)]]')).toEqual(['[0 0 0 0]'])
  expect(find('[:find (rand ?n) . :where [_ :x/n ?n] [(< ?n 1)]]')).toEqual(['0'])
  // groups have each their own chance
  const groups = find('[:find ?k (rand ?n) :where [_ :x/n ?n] [(ground [1 2 3 4 5 6]) [?k ...]]]')
  expect(new Set(groups.map(row => row.split(' ')[1])).size).toBeGreaterThan(2)
  // each pair of three is as likely as the others
  const pairs = Map.groupBy(
    Array.from(
      { length: 300 },
      (_, s) => find('[:find (sample 2 ?n) . :in ?s :where [_ :x/n ?n] [(< ?n 3)] [(< ?s 999)]]', view, { s })[0],
    ),
    pair => pair,
  )
  expect([...pairs.values()].map(({ length }) => length > 75 && length < 125)).toEqual([true, true, true])
  // all values come up
  const seen = new Set(
    Array.from(
      { length: 200 },
      (_, seed) => find('[:find (rand ?n) . :in ?s :where [_ :x/n ?n] [(< ?n 4)] [(< ?s 999)]]', view, { s: seed })[0],
    ),
  )
  expect(seen.size).toBe(4)
})
