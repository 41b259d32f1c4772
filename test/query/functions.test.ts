import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decimal } from '../../src/model/decimal.ts'
import { ratio } from '../../src/query/arithmetic.ts'
import { ask, errorOf } from './worlds.ts'

/** The value of a call on literals. */
const call = (text: string): string => ask(`[:find ?x . :where [${text} ?x]]`)[0]

test('predicates compare by exact value', () => {
  const ages = (predicate: string) => ask(`[:find ?a :where [_ :customer/age ?a] [${predicate}]]`)
  expect(ages('(> ?a 31)')).toEqual(['45'])
  expect(ages('(>= ?a 31)')).toEqual(['31', '45'])
  expect(ages('(> 31.5 ?a)')).toEqual(['31'])
  expect(ages('(< 30 ?a 40)')).toEqual(['31'])
  expect(ages('(!= ?a 31)')).toEqual(['45'])
  expect(ages('(not= ?a 31.0M)')).toEqual(['45'])
  expect(ages('(== ?a 31.0)')).toEqual(['31'])
  const prices = (predicate: string) => ask(`[:find ?p :where [_ :product/price ?p] [${predicate}]]`)
  expect(prices('(> ?p 2.5499)')).toEqual(['2.550M', '30.000M'])
  expect(prices('(> ?p 2.55)')).toEqual(['30.000M'])
  expect(prices('(<= ?p 2.5505)')).toEqual(['2.550M'])
  const weights = (predicate: string) => ask(`[:find ?w :where [_ :product/weight ?w] [${predicate}]]`)
  expect(weights('(= ?w 0.1)')).toEqual(['0.1'])
  expect(weights('(> ?w 0.1M)')).toEqual(['0.1', '2.5']) // the double lies a little above
  expect(weights('(<= ?w 0.1M)')).toEqual([])
  expect(ask('[:find ?w ?p :where [?e :product/weight ?w] [?e :product/price ?p] [(< ?w ?p)]]')).toEqual([
    '0.1 2.550M',
    '2.5 30.000M',
  ])
})

test('strings, dates, instants and booleans have their order', () => {
  expect(ask('[:find ?c :where [_ :customer/country ?c] [(< ?c "Germany")]]')).toEqual(['"France"'])
  expect(ask('[:find ?d :where [_ :customer/born ?d] [(< ?d #date "1981-01-01")]]')).toEqual(['#date "1980-05-01"'])
  expect(ask('[:find ?s :where [_ :customer/since ?s] [(<= #inst "2010-12-01T10:00:00Z" ?s)]]')).toHaveLength(1)
  expect(ask('[:find ?i :where [?e :customer/vip ?v] [(= ?v true)] [(id ?e) ?i]]')).toEqual(['"customer:1"'])
  expect(ask('[:find ?i :where [?e :customer/age] [(= ?e 4294967297)] [(id ?e) ?i]]')).toEqual(['"customer:2"'])
})

test.each([
  ['(+ 1 2)', '3'],
  ['(+ 1 2 3 4)', '10'],
  ['(- 5)', '-5'],
  ['(- 1 2.5M)', '-1.5M'],
  ['(* 2 1.5)', '3.0'],
  ['(* 1.50M 2.5M)', '3.750M'],
  ['(/ 7 2)', '3.5'],
  ['(/ 1 3.0M)', String(1 / 3)],
  ['(quot -7 2)', '-3'],
  ['(rem -7 2)', '-1'],
  ['(mod -7 2)', '1'],
  ['(inc 9007199254740992)', '9007199254740993'],
  ['(dec 1.5M)', '0.5M'],
  ['(abs -3)', '3'],
  ['(min 2 1.5M 3)', '1.5M'],
  ['(max 1 2)', '2'],
  ['(double 2.55M)', '2.55'],
])('%s is %s', (text, expected) => expect(call(text)).toBe(expected))

test('a literal beside a decimal is exact', () => {
  expect(ask('[:find ?x :where [?e :product/price ?p] [(* ?p 1.1) ?x]]')).toEqual(['2.8050M', '33.0000M'])
})

test('results join, filter, and name entities', () => {
  expect(ask('[:find ?a :where [_ :customer/age ?a] [(+ ?a 14) ?b] [_ :customer/age ?b]]')).toEqual(['31'])
  expect(ask('[:find ?a :where [_ :customer/age ?a] [(mod ?a 2) 1]]'.replace('1]]', '?m] [(= ?m 1)]]'))).toEqual([
    '31',
    '45',
  ])
  expect(ask('[:find ?i ?k :where [?l :line/product ?p] [(id ?p) ?i] [(kind ?p) ?k]]')).toEqual([
    '"product:a" "product"',
    '"product:b" "product"',
  ])
  expect(ask('[:find ?i :where [?e :customer/age 45 ?tx] [(id ?tx) ?i]]')).toEqual(['"tx:1"'])
})

test.each([
  ['(+ 9223372036854775807 1)', 'arithmetic', '64 bits'],
  ['(* 9223372036854775807 2)', 'arithmetic', '64 bits'],
  ['(/ 1 0)', 'arithmetic', 'division by zero'],
  ['(quot 1 0)', 'arithmetic', 'division by zero'],
  ['(* 1e300 1e300)', 'arithmetic', 'infinite'],
  ['(* 99999999999999999999M 99999999999999999999M)', 'arithmetic', '38 digits'],
  ['(+ "a" 1)', 'wrong-type', 'takes numbers'],
  ['(quot 1.5 2)', 'wrong-type', 'takes longs'],
  ['(inc 1 2)', 'arity', 'takes 1 arguments'],
  ['(plsu 1 2)', 'unknown-function', 'no function plsu'],
  ['(incc 1)', 'unknown-function', 'Did you mean inc'],
  ['(upper-case "a")', 'unsupported', 'upper-case is not built yet'],
])('%s is refused: %s', (text, kind, words) => {
  const error = errorOf(`[:find ?x . :where\n  [${text} ?x]]`)
  expect(error).toContain(words)
  expect(error.startsWith(`${kind} 2:4`) || error.startsWith(`${kind} 2:5`)).toBe(true)
})

test('decimal with double is refused where the schema tells it', () => {
  expect(errorOf('[:find ?x :where [?e :product/price ?p] [?e :product/weight ?w] [(* ?p ?w) ?x]]')).toMatch(
    /^wrong-type 1:67 .*double \?d/,
  )
  expect(
    ask('[:find ?x :where [?e :product/price ?p] [?e :product/weight ?w] [(double ?p) ?d] [(* ?d ?w) ?x]]'),
  ).toEqual([`${2.55 * 0.1}`, '75.0'])
})

test('the ratio of two integers is the nearest double', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1 }), fc.bigInt({ min: 1n, max: 1n << 80n }), (a, b, factor) => {
      expect(ratio(BigInt(a) * factor, BigInt(b) * factor)).toBe(a / b + 0)
    }),
  )
  expect(new Decimal(1n, 0).toString()).toBe('1')
})
