import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { HistoryView } from '../../src/model/history.ts'
import { LONG, STRING } from '../../src/model/type.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { rowsOf, shopStore } from './worlds.ts'

/** Whatever order a person writes the clauses in, rows are the same, and the kind of an error (of two mistakes the first is named): find, what stands before `:where`, and the clauses. */
const QUERIES: readonly (readonly [find: string, clauses: readonly string[]])[] = [
  ['?c', ['[?c :customer/country "France"]', '[?c :customer/age ?a]', '[(> ?a 20)]']],
  ['?c ?d', ['[?c :customer/country ?x]', '[?d :customer/country ?x]', '[(!= ?c ?d)]']],
  ['?l ?n', ['[?l :line/product ?p]', '[?p :product/name ?n]', '[?l :line/quantity ?q]', '[(< 0 ?q)]']],
  [
    '?n ?total',
    [
      '[?l :line/product ?p]',
      '[?p :product/name ?n]',
      '[?p :product/price ?price]',
      '[?l :line/quantity ?q]',
      '[(* ?price ?q) ?total]',
    ],
  ],
  ['?c', ['[?c :customer/id]', '(not [?c :customer/vip true])', '[?c :customer/country ?x]']],
  [
    '?c',
    [
      '[?c :customer/id]',
      '(not-join [?c] [?l :line/customer ?c] [?l :line/quantity ?q])',
      '(not [?c :customer/country "Spain"])',
    ],
  ],
  ['?c ?x', ['(or [?c :customer/country ?x] [?c :customer/tag ?x])', '[?c :customer/id ?i]', '[(< ?i "3")]']],
  [
    '?c',
    [
      '(or-join [?c] [?c :customer/vip true] (and [?l :line/customer ?c] [?l :line/quantity -1]))',
      '[?c :customer/id ?i]',
      '(not [?c :customer/tier "gold"])',
    ],
  ],
  ['?c ?f', ['[?c :customer/friend ?f]', '[?f :customer/country ?x]', '[?c :customer/country ?x]']],
  ['?x', ['[(ground ["France" "Peru"]) [?x ...]]', '[?c :customer/country ?x]', '[?c :customer/id]']],
  ['?s', ['[?c :customer/country ?x]', '[?c :customer/id ?i]', '[(str ?i "-" ?x) ?s]', '[(starts-with? ?s "1")]']],
  ['?a ?b', ['[?c :customer/age ?a]', '[(+ ?a 1) ?b]', '[(* ?b 2) ?d]', '[(> ?d 70)]']],
  ['?c ?t', ['[?c :customer/tag ?t ?tx]', '[?tx :tx/instant ?when]', '[(> ?when #inst "2011-01-15T00:00:00Z")]']],
  ['?n', ['[$old ?c :customer/age ?n]', '[?c :customer/age ?m]', '[(< ?n ?m)]']],
  ['?c ?v', ['[$old ?c :customer/country ?v]', '(not [?c :customer/age 45])', '[?c :customer/vip ?b]']],
  ['?c', ['(known ?c ?d)', '[?d :customer/country "France"]', '[?c :customer/id]']],
  ['?c ?d', ['(chain ?c ?d)', '[?d :customer/id ?i]', '[(!= ?i "9")]']],
  ['?c', ['(chain ?c ?d)', '(not [?d :customer/vip true])', '[?c :customer/id]']],
  ['?c ?e', ['[?c :customer/id ?i]', '[(get-else $ ?c :customer/tier "none") ?e]', '[(!= ?i "1")]']],
  [
    '?c ?k',
    [
      '[?c :customer/id]',
      '[(get-some $ ?c :customer/tier :customer/age) [?k ?v]]',
      '[(missing? $ ?c :customer/friend)]',
    ],
  ],
  ['(count ?l)', ['[?l :line/customer ?c]', '[?c :customer/country "France"]', '[?l :line/quantity ?q]']],
  [
    '?n (sum ?q)',
    ['[?l :line/product ?p]', '[?p :product/name ?n]', '[?l :line/quantity ?q]', '[?l :line/customer ?c]'],
  ],
  ['(avg ?price) (min ?w)', ['[?p :product/price ?price]', '[?p :product/weight ?w]', '[(> ?price 2.5)]']],
  ['(pull ?c [:customer/country])', ['[?c :customer/age ?a]', '[(> ?a 30)]', '(not [?c :customer/tier "silver"])']],
  ['?a ?v', ['[?c ?a ?v]', '[?c :customer/id "1"]', '[(!= ?a :customer/tag)]']],
  [
    '?c ?age',
    ['[(q [:find (max ?a) . :where [_ :customer/age ?a]] $) ?age]', '[?c :customer/age ?age]', '[?c :customer/id]'],
  ],
  ['?x ?y', ['[?c :customer/age ?x]', '[?l :line/quantity ?y]', '[(< ?y ?x)]']],
  ['?d', ['[?c :customer/since ?since]', '[(date ?since) ?d]', '[?c :customer/born ?b]', '[(< ?b ?d)]']],
  ['?u', ['[?c :customer/age ?a]', '[?c :customer/country ?x]', '[(tuple ?a ?x) ?u]']],
  ['?a2 ?x2', ['[?c :customer/age ?a]', '[?c :customer/country ?x]', '[(tuple ?a ?x) ?u]', '[(untuple ?u) [?a2 ?x2]]']],
  [
    '?c',
    [
      '(or [?c :customer/tag "big"] (and [?c :customer/tag "new"] [?c :customer/age 45]))',
      '[?c :customer/country ?x]',
      '(not [?c :customer/vip false])',
    ],
  ],
  ['?p ?q', ['[?l :line/product ?p]', '[?l :line/quantity ?q]', '(not-join [?p] [?p :product/weight ?w] [(> ?w 1)])']],
  ['?c ?n', ['[?c :customer/id ?i]', '[(count ?i) ?n]', '[(= ?n 1)]']],
  ['?c ?m', ['[?c :customer/country ?x]', '[(re-find "^[FS]" ?x) ?m]', '[(upper-case ?x) ?u]', '[(!= ?u "SPAIN")]']],
  ['?e ?v ?op', ['[$h ?e :customer/age ?v ?tx ?op]', '[?e :customer/country ?x]', '[(= ?op true)]']],
  ['?e ?v', ['[$h ?e :customer/age ?v _ false]', '[?e :customer/age ?now]', '[(< ?v ?now)]']],
  ['?i', ['[$rows ?i ?n]', '[?c :customer/id ?i]', '[(> ?n 1)]', '[?c :customer/country ?x]']],
  ['?i', ['[?c :customer/id ?i]', '(not [$rows ?i ?n])', '[?c :customer/id]']],
  ['?doc', ['[$schema ?s :db/ident :customer/age]', '[$schema ?s :db/doc ?doc]', '[$schema ?s :db/cardinality ?k]']],
  ['?c ?f2', ['[?c :customer/friend ?f]', '[?f :customer/friend ?f2]', '[?c :customer/id]', '[?f2 :customer/id]']],
  // what makes no sense makes none in any order
  ['?x', ['[?c :customer/age ?a]', '[?c :customer/id]', '[(> ?a ?b)]']],
  ['?c', ['[?c :customer/id]', '(not [?l :line/quantity 3])', '[?c :customer/age]']],
  ['?y', ['[(+ ?x 1) ?y]', '[(+ ?y 1) ?x]', '[?c :customer/age]']],
  ['?c', ['[?c :customer/age ?a]', '[?c :customer/country ?a]', '[?c :customer/id]']],
  ['?c', ['[?c :customer/age ?a]', '[(< ?a "x")]', '[?c :customer/id]']],
  ['?c', ['[?c :customer/agee ?a]', '[?c :customer/id]', '[(< ?a 3)]']],
  ['?c', ['(known ?c)', '[?c :customer/id]', '[?c :customer/age]']],
  ['?c', ['(unknown ?c ?d)', '[?c :customer/id]', '[?c :customer/age]']],
  ['?c', ['[?c :customer/age ?a]', '[(quot ?a 0) ?z]', '[?c :customer/id]']],
  ['?c', ['(or [?c :customer/id] [?d :customer/age])', '[?c :customer/country ?x]', '[?d :customer/id]']],
  ['?c', ['[$nowhere ?c :customer/age]', '[?c :customer/id]', '[?c :customer/country]']],
]

const RULES = `[[(known ?a ?b) [?a :customer/friend ?b]] [(known ?a ?b) [?b :customer/friend ?a]]
  [(chain ?a ?b) [?a :customer/friend ?b]] [(chain ?a ?b) [?a :customer/friend ?x] (chain ?x ?b)]]`

const store = shopStore()

function outcome(find: string, clauses: readonly string[]): string[] {
  const text = `[:find ${find} :in $ $old $h $rows % :where ${clauses.join(' ')}]`
  const sources = new Map([
    ['$', store()],
    ['$old', store(1)],
    ['$h', new HistoryView(store())],
  ])
  const rows = new Map([
    [
      '$rows',
      {
        rows: [
          ['1', 2],
          ['2', 1],
          ['7', 5],
        ],
        types: [STRING, LONG],
      },
    ],
  ])
  try {
    return rowsOf(runQuery(parseQuery(text), { sources, rows, args: { '%': RULES } }))
  } catch (error) {
    if (error instanceof FactError) return [`${error.kind}: ${error.kind === 'arithmetic' ? error.message : ''}`]
    throw error
  }
}

function* permutations<X>(list: readonly X[]): Generator<X[]> {
  if (list.length < 2) return yield [...list]
  for (const [i, first] of list.entries())
    for (const rest of permutations([...list.slice(0, i), ...list.slice(i + 1)])) yield [first, ...rest]
}

test.each(QUERIES)('%s where %j', (find, clauses) => {
  const first = outcome(find, clauses)
  for (const order of permutations(clauses)) expect(outcome(find, order), order.join(' ')).toEqual(first)
})

test('these are 50 and more, of which most find something', () => {
  expect(QUERIES.length).toBeGreaterThanOrEqual(50)
  const found = QUERIES.map(([find, clauses]) => outcome(find, clauses))
  expect(found.filter(([first]) => first !== undefined && !/^[a-z-]+:/.test(first)).length).toBeGreaterThanOrEqual(35)
  expect(found.filter(([first]) => first !== undefined && /^[a-z-]+:/.test(first)).length).toBe(11)
})
