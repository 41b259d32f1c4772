import { expect, test } from 'vitest'
import { arrayView } from '../../src/model/array-view.ts'
import { LONG } from '../../src/model/type.ts'
import { ask, errorOf, schemaOf, shop } from './worlds.ts'

test('constants of every type meet their attribute', () => {
  const ids = (clause: string) => ask(`[:find ?i :where ${clause} [(id ?e) ?i]]`)
  expect(ids('[?e :customer/vip true]')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/vip false]')).toEqual(['"customer:2"'])
  expect(ids('[?e :customer/born #date "1980-05-01"]')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/since #inst "2010-12-01T10:00:00Z"]')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/token #uuid "6F1E2D3C-0000-4000-8000-000000000001"]')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/tier "gold"]')).toEqual(['"customer:2"'])
  expect(ids('[?e :customer/id "3"]')).toEqual(['"customer:3"'])
  expect(ids('[?e :customer/country "Atlantis"]')).toEqual([])
})

test('a literal number is exact', () => {
  const ids = (clause: string) => ask(`[:find ?i :where ${clause} [(id ?e) ?i]]`)
  for (const literal of ['2.55', '2.550M', '2.5500', '255e-2'])
    expect(ids(`[?e :product/price ${literal}]`)).toEqual(['"product:a"'])
  expect(ids('[?e :product/price 2.5501]')).toEqual([])
  expect(ids('[?e :product/price 30]')).toEqual(['"product:b"'])
  expect(ids('[?e :customer/age 31.0]')).toEqual(['"customer:1"'])
  expect(ids('[?e :customer/age 31.5]')).toEqual([])
  expect(ids('[?e :product/weight 0.1]')).toEqual(['"product:a"'])
  expect(ids('[?e :product/weight 0.1M]')).toEqual([]) // the double 0.1 is not a tenth
  expect(ids('[?e :product/weight 2.5M]')).toEqual(['"product:b"'])
})

test('longs of 64 bits are not rounded', () => {
  const schema = schemaOf({ x: { n: LONG } })
  const view = arrayView({
    schema,
    facts: [
      { e: 'x:a', a: ':x/n', v: 9007199254740993n },
      { e: 'x:b', a: ':x/n', v: 9007199254740992n },
      { e: 'x:c', a: ':x/n', v: 5n },
    ],
  })
  expect(ask('[:find ?k :where [?e :x/n 9007199254740993] [?e :x/id ?k]]', {}, view)).toEqual(['"a"'])
  expect(ask('[:find ?k :where [?e :x/n ?n] [(> ?n 9007199254740992)] [?e :x/id ?k]]', {}, view)).toEqual(['"a"'])
  expect(ask('[:find ?n :where [_ :x/n ?n]]', {}, view)).toEqual(['5', '9007199254740992', '9007199254740993'])
  expect(ask('[:find (sum ?n) :where [_ :x/n ?n]]', {}, view)).toEqual(['18014398509481990'])
})

test('lookup refs and entity numbers, as entity and as value', () => {
  expect(ask('[:find ?c :where [[:customer/id "2"] :customer/country ?c]]')).toEqual(['"Spain"'])
  expect(ask('[:find ?c :where [4294967297 :customer/country ?c]]')).toEqual(['"Spain"'])
  expect(ask('[:find ?l :where [?e :line/customer [:customer/id "1"]] [?e :line/id ?l]]')).toEqual(['"1"', '"2"'])
  expect(ask('[:find ?l :where [?e :line/customer 4294967297] [?e :line/id ?l]]')).toEqual(['"3"'])
  expect(ask('[:find ?c :where [[:customer/id "3"] :customer/country ?c]]', {}, shop(1))).toEqual([]) // known only later
  expect(errorOf('[:find ?c :where [[:customer/id "9"] :customer/country ?c]]')).toMatch(/^not-found 1:19/)
})

test('a variable twice in one pattern', () => {
  expect(ask('[:find ?i :where [?e :customer/friend ?e] [(id ?e) ?i]]')).toEqual(['"customer:2"'])
})

test('the transaction of a fact, and what is known of it', () => {
  expect(
    ask('[:find ?t ?i :where [[:customer/id "1"] :customer/tag "big" ?tx] [?tx :tx/instant ?i] [?tx :tx/t ?t]]'),
  ).toEqual(['3 #inst "2011-03-01T00:00:00.000Z"'])
  expect(ask('[:find ?c :where [?e :customer/country ?c 2]]')).toEqual(['"France"'])
  expect(ask('[:find ?tx :where [_ :customer/age ?a ?tx] [_ :customer/country "France" ?tx]]')).toEqual(['1', '2'])
  expect(ask('[:find ?i :where [?tx :db/txInstant ?i] [?tx :tx/t 2]]')).toEqual(['#inst "2011-02-01T00:00:00.000Z"'])
})

test('as of a moment', () => {
  const ages = (t: number) => ask('[:find ?a :where [_ :customer/age ?a]]', {}, shop(t))
  expect([ages(0), ages(1), ages(2)]).toEqual([[], ['30', '45'], ['31', '45']])
})

test('numbers of different types join by exact value, kinds of entity only with themselves', () => {
  expect(
    ask('[:find ?n :where [?e :line/quantity ?q] [(+ ?q 27) ?p] [?x :product/price ?p] [?x :product/name ?n]]'),
  ).toEqual(['"Bread"'])
})

test('a product of two things happens where the query asks for one', () => {
  expect(ask('[:find ?n ?c :where [_ :product/name ?n] [_ :customer/country ?c]]')).toHaveLength(4)
})
