import { expect, test } from 'vitest'
import { ANY, LONG, refTo, STRING } from '../../src/model/type.ts'
import { parseQuery, type Rows, type RunOptions, runQuery } from '../../src/query/query.ts'
import { ask, errorOf, shop } from './worlds.ts'

const given = (rows: Rows['rows'], types: Rows['types'] = null): Partial<RunOptions> => ({
  rows: new Map([['$rows', { rows, types }]]),
})
const asked = (text: string, rows: Partial<RunOptions>): string[] => ask(text, {}, shop(), rows)
const refused = (text: string, rows: Partial<RunOptions>): string => {
  try {
    asked(text, rows)
    return 'no error'
  } catch (error) {
    const { kind, message } = error as { kind: string; message: string }
    return `${kind} ${message}`
  }
}

test('rows as a source: place by place, joined with facts', () => {
  const emails = given([
    ['1', 'one@x'],
    ['2', 'two@x'],
    ['9', 'nine@x'],
  ])
  const joined = '[:find ?c ?m :in $ $rows :where [?e :customer/id ?i] [?e :customer/country ?c] [$rows ?i ?m]]'
  expect(asked(joined, emails)).toEqual(['"France" "one@x"', '"Spain" "two@x"'])
  expect(asked('[:find ?i :in $ $rows :where [$rows ?i "two@x"]]', emails)).toEqual(['"2"'])
  expect(asked('[:find ?i :in $ $rows :where [$rows ?i]]', emails)).toHaveLength(3)
  expect(asked('[:find ?i :in $ $rows :where [$rows ?i ?i]]', emails)).toEqual([])
  expect(asked('[:find ?i :in $ $rows :where [?e :customer/id ?i] (not [$rows ?i])]', emails)).toEqual(['"3"'])
  expect(asked('[:find ?x :in $ $rows :where [$rows ?x]]', given([3, 1, 3]))).toEqual(['1', '3'])
  expect(asked('[:find ?x :in $ $rows :where [$rows ?x]]', given([]))).toEqual([])
  const keywords = given([
    ['r', { $edn: ':a/b' }, 2],
    ['s', { $edn: ':a/c' }, 2],
  ])
  expect(asked('[:find ?x :in $ $rows :where [$rows ?x :a/b 2]]', keywords)).toEqual(['"r"'])
})

test('values of rows are of their declared type, of that of their use, or what they are', () => {
  const types = [refTo('customer'), { base: 'decimal', digits: 3 }, { base: 'date' }] as const
  const declared = given([['customer:1', '2.50', '2011-01-01']], types)
  expect(asked('[:find ?i ?n ?d :in $ $rows :where [$rows ?e ?n ?d] [?e :customer/id ?i]]', declared)).toEqual([
    '"1" 2.500M #date "2011-01-01"',
  ])
  const entities = given(['customer:2', 'customer:77'])
  expect(asked('[:find ?i :in $ $rows :where [$rows ?e] [?e :customer/id ?i]]', entities)).toEqual(['"2"'])
  // exact: 2.55 is 2.550, and 9007199254740993 is no double
  const prices = '[:find ?p :in $ $rows :where [$rows ?n] [?p :product/price ?n]]'
  expect(asked(prices, given([2.55, 30]))).toHaveLength(2)
  expect(asked(prices, given([30, 'x']))).toHaveLength(1)
  const decimals = given([['r', '2.55']], [STRING, { base: 'decimal', digits: 3 }])
  expect(asked('[:find ?x :in $ $rows :where [$rows ?x 2.55]]', decimals)).toEqual(['"r"'])
  const values = '[:find ?x :in $ $rows :where [$rows ?x]]'
  expect(asked(values, given(['9007199254740993'], [LONG]))).toEqual(['9007199254740993'])
  expect(asked(values, given([1, 'a', true]))).toEqual(['true', '1', '"a"'])
  expect(asked('[:find ?x :in $ $rows :where [$rows ?x] [(< ?x "b")]]', given([1, 'a', 'c'], [ANY]))).toEqual([
    '1',
    '"a"',
  ])
  const ages = '[:find ?e :in $ $rows :where [$rows ?n] [?e :customer/age ?n]]'
  expect(refused(ages, given(['x'], [STRING]))).toMatch(/^wrong-type/)
  expect(refused(values, given(['x'], [LONG]))).toBe(
    'argument $rows takes long, and "x" is none: write a whole number such as 7',
  )
  expect(refused('[:find ?n :in $ $rows :where [$rows "a"] [$rows ?n]]', given([1], [LONG]))).toMatch(
    /^wrong-type "a" never matches/,
  )
})

test('rows that cannot be asked so', () => {
  const one = '[:find ?n :in $ $rows :where [$rows ?n]]'
  expect(refused(one, given([[1], [1, 2]]))).toBe('argument row 2 of $rows has 2 values, but the first row has 1')
  expect(refused(one, given([[1]], [LONG, LONG]))).toBe('argument row 1 of $rows has 1 values, but its types are 2')
  expect(refused('[:find ?n :in $ $rows :where [$rows ?n _ ?b]]', given([[1, 2]]))).toBe(
    'arity the rows of $rows have 2 places, and this asks for more',
  )
  expect(refused(one, given([null]))).toMatch(/^argument .*nil is never a value/)
  const pulls = '[:find (pull $rows ?e [*]) :in $ $rows :where [?e :customer/id]]'
  expect(refused(pulls, given([1]))).toMatch(/^wrong-source .*has rows/)
  const missing = '[:find ?e :in $ $rows :where [?e :customer/id] [(missing? $rows ?e :customer/age)]]'
  expect(refused(missing, given([1]))).toMatch(/^wrong-source/)
})

test('$schema says what contracts say, and an attribute is its keyword there', () => {
  const stated = (ident: string) =>
    ident === ':customer/tag'
      ? { owner: 'crm', contracts: ['crm/customer/1.0', 'crm/customer/1.1'] }
      : { owner: null, contracts: [] }
  const say = (text: string): string[] => ask(text, {}, shop(), { stated })
  expect(
    say('[:find ?t ?c :where [$schema :customer/tag :db/valueType ?t] [$schema :customer/tag :db/cardinality ?c]]'),
  ).toEqual([':db.type/string :db.cardinality/many'])
  expect(say('[:find ?o ?c :where [$schema ?a :schema/owner ?o] [$schema ?a :schema/contract ?c]]')).toEqual([
    '"crm" "crm/customer/1.0"',
    '"crm" "crm/customer/1.1"',
  ])
  const types = '[:find ?t :in $ $schema :where [?e :customer/id "2"] [?e ?a _] [$schema ?a :schema/type ?t]]'
  expect(say(types)).toEqual(['"boolean"', '"enum(gold|silver)"', '"long"', '"ref(customer)"', '"string"'])
  const decimals = '[:find [?i ...] :where [$schema ?s :db/valueType :db.type/decimal] [$schema ?s :db/ident ?i]]'
  expect(say(decimals)).toEqual([':product/price'])
  expect(say('[:find ?d . :where [$schema :tx/offset :db/doc ?d]]')).toEqual(['"In that partition."'])
  expect(errorOf('[:find ?x :where [$schema ?a :db/docs ?x]]')).toMatch(
    /^unknown-attribute 1:30 .*Did you mean :db\/doc/,
  )
  expect(errorOf('[:find ?x :where [$schema ?a :db/doc 5] [$schema ?a :db/ident ?x]]')).toMatch(/^wrong-type 1:38/)
})

test('patterns over all attributes', () => {
  expect(ask('[:find ?a ?v :where [[:customer/id "2"] ?a ?v]]')).toEqual([
    ':customer/age 45',
    ':customer/country "Spain"',
    ':customer/friend 4294967297',
    ':customer/id "2"',
    ':customer/tag "new"',
    ':customer/tier "gold"',
    ':customer/vip false',
  ])
  expect(ask('[:find ?a :where [_ ?a "new"]]')).toEqual([':customer/tag'])
  expect(ask('[:find ?a :where [_ ?a 2.55]]')).toEqual([':product/price'])
  expect(ask('[:find ?a :where [_ ?a 4294967296]]')).toEqual([':customer/friend', ':line/customer'])
  expect(ask('[:find (count ?e) :where [?e]]')).toEqual(['11'])
  expect(ask('[:find ?a :where [3 ?a]]')).toEqual([':tx/instant', ':tx/t'])
  expect(ask('[:find ?v :in $ ?a :where [[:customer/id "2"] ?a ?v]]', { a: 'customer/age' })).toEqual(['45'])
  const several = '[:find ?v :in $ [?a ...] :where [[:customer/id "2"] ?a ?v]]'
  expect(ask(several, { a: [':customer/age', ':customer/vip', ':none'] })).toEqual(['false', '45'])
  expect(ask('[:find ?v :where [[:customer/id "2"] _ ?v] [(> ?v 44)] [(< ?v 46)]]')).toEqual(['45'])
  const { columns } = runQuery(parseQuery('[:find ?a ?v :where [_ ?a ?v]]'), { sources: new Map([['$', shop()]]) })
  expect(columns.map(({ type }) => type.base)).toEqual(['keyword', 'any'])
})
