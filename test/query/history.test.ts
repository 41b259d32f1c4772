import { expect, test } from 'vitest'
import { HistoryView } from '../../src/model/history.ts'
import { SinceView } from '../../src/model/since.ts'
import { parseQuery, type RunOptions, runQuery } from '../../src/query/query.ts'
import { ask, errorOf, rowsOf, shopStore } from './worlds.ts'

/** `$h` is the history as of t 3, `$h2` as of t 2, `$new` what began after t 1, `$changes` the history after t 1. */
const store = shopStore()
const sources = new Map([
  ['$', store()],
  ['$h', new HistoryView(store())],
  ['$h2', new HistoryView(store(2))],
  ['$new', new SinceView(store(), 1)],
  ['$changes', new HistoryView(store(), 1)],
])
const run = (text: string, more: Partial<RunOptions> = {}): string[] => {
  const named = new Set(['$', ...(text.match(/\$\w+/g) ?? [])])
  return rowsOf(
    runQuery(parseQuery(text), { sources: new Map([...sources].filter(([name]) => named.has(name))), ...more }),
  )
}
const kindOf = (text: string): string => {
  try {
    run(text)
    return 'no error'
  } catch (error) {
    const { kind, details } = error as { kind: string; details: { line?: number; column?: number } }
    return `${kind} ${details.line}:${details.column}`
  }
}

test('on a view ?tx is the transaction that began the fact, and ?op is true', () => {
  expect(ask('[:find ?a ?t ?op :where [?e :customer/age ?a ?t ?op]]')).toEqual(['31 2 true', '45 1 true'])
  expect(ask('[:find ?a :where [?e :customer/age ?a _ true]]')).toEqual(['31', '45'])
  expect(ask('[:find ?a :where [?e :customer/age ?a _ false]]')).toEqual([])
  expect(errorOf('[:find ?a :where [?e :customer/age ?a _ 1]]')).toMatch(/^wrong-type 1:41/)
})

test('a history tells when a fact began and when it ended', () => {
  const age = '[:find ?a ?t ?op :in $h :where [$h [:customer/id "1"] :customer/age ?a ?t ?op]]'
  expect(run(age)).toEqual(['30 1 true', '30 2 false', '31 2 true'])
  expect(run(age.replaceAll('$h', '$h2'))).toEqual(['30 1 true', '30 2 false', '31 2 true'])
  expect(run(age.replaceAll('$h', '$changes'))).toEqual(['30 2 false', '31 2 true'])
  expect(run('[:find ?a :in $h :where [$h _ :customer/age ?a _ false]]')).toEqual(['30'])
  expect(run('[:find ?g :in $h2 :where [$h2 _ :customer/tag ?g 3]]')).toEqual([])
  expect(run('[:find ?g :in $h :where [$h _ :customer/tag ?g 3]]')).toEqual(['"big"'])
})

test('a history is joined with transactions, and with what holds', () => {
  const query = `[:find ?a ?when :in $ $h
                  :where [?e :customer/country "France"] [$h ?e :customer/age ?a ?t true] [?t :tx/instant ?when]]`
  expect(run(query)).toEqual(['30 #inst "2011-01-01T00:00:00.000Z"', '31 #inst "2011-02-01T00:00:00.000Z"'])
})

test('since: what began after a transaction, by keys that are older', () => {
  expect(run('[:find ?a :in $new :where [$new _ :customer/age ?a]]')).toEqual(['31'])
  expect(run('[:find ?a :in $new :where [$new [:customer/id "1"] :customer/age ?a]]')).toEqual(['31'])
  expect(run('[:find ?i :in $new :where [$new _ :customer/id ?i]]')).toEqual(['"3"'])
  expect(run('[:find ?g :in $new :where [$new [:customer/id "2"] :customer/tag ?g]]')).toEqual([])
  expect(
    run('[:find (pull $new ?e [:customer/age :customer/country]) :in $ $new :where [?e :customer/id "1"]]'),
  ).toEqual(['{:customer/age 31}'])
})

test('what asks for the value that holds is refused by a history', () => {
  expect(kindOf('[:find (pull $h ?e [*]) :in $ $h :where [?e :customer/id "1"]]')).toBe('wrong-source 1:8')
  expect(kindOf('[:find (maybe $h ?e :customer/age) :in $ $h :where [?e :customer/id "1"]]')).toBe('wrong-source 1:8')
  expect(kindOf('[:find (pull $h ?e [*]) :in $ $h :where [?e :customer/id "nobody"]]')).toBe('wrong-source 1:8')
  expect(kindOf('[:find ?e :in $ $h :where [?e :customer/id] [(missing? $h ?e :customer/age)]]')).toBe(
    'wrong-source 1:47',
  )
  expect(kindOf('[:find ?e :in $ $h :where [?e :customer/id "no"] [(missing? $h ?e :customer/age)]]')).toBe(
    'wrong-source 1:52',
  )
  expect(kindOf('[:find ?v :in $ $h :where [?e :customer/id] [(get-else $h ?e :customer/age 1) ?v]]')).toBe(
    'wrong-source 1:47',
  )
})

test('tx-ids: transactions between two moments, the last excluded', () => {
  expect(ask('[:find [?tx ...] :where [(tx-ids $ 1 3) [?tx ...]]]')).toEqual(['1', '2'])
  expect(ask('[:find [?tx ...] :where [(tx-ids $ 2) [?tx ...]]]')).toEqual(['2', '3'])
  expect(ask('[:find [?tx ...] :in $ ?from :where [(tx-ids $ ?from 9) [?tx ...]]]', { from: 3 })).toEqual(['3'])
  const february = '[:find [?tx ...] :in $ ?to :where [(tx-ids $ #inst "2011-01-02T00:00:00Z" ?to) [?tx ...]]]'
  expect(ask(february, { to: { $edn: '#inst "2011-03-01T00:00:00Z"' } })).toEqual(['2'])
  expect(errorOf('[:find ?tx :where [(tx-ids $ 1 3) ?tx]]')).toMatch(/^parse-error 1:35/)
  expect(errorOf('[:find [?tx ...] :where [(tx-ids $ 1 2 3) [?tx ...]]]')).toMatch(/^arity/)
})

test('tx-data: what transactions stated and ended', () => {
  const text = '[:find ?a ?v ?op :in $ ?t :where [(tx-data $ ?t) [[?e ?a ?v _ ?op]]] [?e :customer/id "1"]]'
  expect(ask(text, { t: 2 })).toEqual([':customer/age 30 false', ':customer/age 31 true'])
  const all =
    '[:find ?tx (count ?e) :with ?a ?v :where [(tx-ids $ 2 4) [?tx ...]] [(tx-data $ ?tx) [[?e ?a ?v]]] [?e :customer/id]]'
  expect(ask(all)).toEqual(['2 5', '3 1'])
  expect(ask('[:find ?t :where [(tx-data $ 3) [[_ :customer/tag _ ?t]]]]'.replace(':customer/tag', '_'))).toEqual(['3'])
  expect(errorOf('[:find ?e :where [(tx-data $ 3) [?e ...]]]')).toMatch(/^parse-error/)
})

test('what transactions changed is what a history says of them', () => {
  const all = run('[:find ?t ?e ?a ?v ?op :in $h :where [$h ?e ?a ?v ?t ?op]]')
  const of = (...ts: number[]) => all.filter(row => ts.includes(Number(row.split(' ')[0])))
  for (const t of [1, 2, 3]) {
    expect(run(`[:find ?t ?e ?a ?v ?op :where [?t :tx/t ${t}] [(tx-data $ ?t) [[?e ?a ?v _ ?op]]]]`)).toEqual(of(t))
    expect(run(`[:find ?t ?e ?a ?v ?op :where [(tx-data $ ${t}) [[?e ?a ?v ?t ?op]]]]`)).toEqual(of(t))
    expect(run(`[:find ?t ?e ?a ?v ?op :in $h :where [?t :tx/t ${t}] [$h ?e ?a ?v ?t ?op]]`)).toEqual(of(t))
  }
  const several = '[(tx-ids $ 1 3) [?t ...]] [(tx-data $ ?t) [[?e ?a ?v _ ?op]]]'
  expect(run(`[:find ?t ?e ?a ?v ?op :where ${several}]`)).toEqual(of(1, 2))
  expect(run(`[:find ?t ?e ?a ?v ?op :where [(ground [1 3]) [?t ...]] [(tx-data $ ?t) [[?e ?a ?v _ ?op]]]]`)).toEqual(
    of(1, 3),
  )
  expect(run('[:find ?e :where [?t :tx/t 99] [(tx-data $ ?t) [[?e]]]]')).toEqual([])
  expect(run('[:find ?e ?v :in $changes :where [?t :tx/t 1] [$changes ?e _ ?v ?t]]')).toEqual([])
})
