import { describe, expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { LONG, refTo, STRING } from '../../src/model/type.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { schemaOf } from './worlds.ts'

const COUNT = 3000
const schema = schemaOf({ p: { name: STRING, age: LONG, next: [refTo('p')] } })
const facts = Array.from({ length: COUNT }, (_, i): ArrayFact[] => [
  { e: `p:${i}`, a: ':p/age', v: i },
  { e: `p:${i}`, a: ':p/name', v: 'x' },
  { e: `p:${i}`, a: ':p/next', v: `p:${(i * 7 + 1) % COUNT}` },
  { e: `p:${i}`, a: ':p/next', v: `p:${(i * 13 + 5) % COUNT}` },
]).flat()
const view: FactView = arrayStore({ schema, facts })()
const RULES = `[[(reach ?a ?b) [?a :p/next ?b]] [(reach ?a ?b) [?a :p/next ?x] (reach ?x ?b)]
  [(triple ?a ?b ?n) [?a :p/next ?b] [?a :p/name ?n]] [(triple ?a ?b ?n) (triple ?a ?x ?n) (triple ?x ?b ?n)]
  [(up ?n) [_ :p/age ?n]] [(up ?n) (up ?m) [(+ ?m 1) ?n]]]`

/** Each would take minutes or all memory, in another loop. */
const EXPLOSIVE: Readonly<Record<string, string>> = {
  'a product': '[:find ?a ?b ?c :where [_ :p/age ?a] [_ :p/age ?b] [_ :p/age ?c]]',
  'a count of a product': '[:find (count ?a) . :where [_ :p/age ?a] [_ :p/age ?b] [_ :p/age ?c]]',
  'a join on one value': '[:find ?a ?b ?c :where [?a :p/name ?n] [?b :p/name ?n] [?c :p/name ?n]]',
  'a condition over a product': '[:find ?a ?b :where [_ :p/age ?a] [_ :p/age ?b] [_ :p/age ?c] [(< ?a ?b ?c)]]',
  'a function of a product':
    '[:find (max ?d) . :where [_ :p/age ?a] [_ :p/age ?b] [(* ?a ?b) ?d] [_ :p/age ?c] [(< ?d ?c)]]',
  'a text of a product': '[:find ?s :where [_ :p/age ?a] [_ :p/age ?b] [_ :p/age ?c] [(str ?a "-" ?b) ?s]]',
  'an or over a product':
    '[:find ?a ?b ?c :where (or [?a :p/name "x"] [?a :p/age 1]) (or [?b :p/name "x"] [?b :p/age 2]) [?c :p/age]]',
  'a not over a product':
    '[:find ?a ?b ?c :where [?a :p/age] [?b :p/age] [?c :p/age] (not [?a :p/next ?b] [?b :p/next ?c])]',
  'all ways through a graph': '[:find ?a ?b :in $ % :where (reach ?a ?b) (reach ?b ?c) (reach ?c ?d)]',
  'a rule that is no walk': '[:find (count ?a) . :in $ % :where (triple ?a ?b "x")]',
  'a rule without end': '[:find (count ?n) . :in $ % :where (up ?n)]',
}

const ask = (text: string, options: { stop?: () => void; memory?: number }) =>
  runQuery(parseQuery(text), {
    sources: new Map([['$', view]]),
    args: text.includes('%') ? { '%': RULES } : {},
    ...options,
  })

function endOf(work: () => unknown): { kind: string } {
  try {
    work()
  } catch (error) {
    if (error instanceof FactError) return { kind: error.kind }
    throw error
  }
  return { kind: 'done' }
}

type LongestWhile = { kind: string; longest: number; whole: number }

/** What counts is the longest while without a look at the clock, in milliseconds of this thread's own time, since others use the machine too. */
function longestWhile(text: string): LongestWhile {
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  const begin = used()
  let last = begin
  let longest = 0
  const stop = () => {
    const now = used()
    longest = Math.max(longest, now - last)
    last = now
    if (now > begin + 150) throw new FactError('timeout', 'too long')
  }
  const { kind } = endOf(() => ask(text, { stop }))
  return { kind, longest, whole: used() - begin }
}

describe.each(Object.entries(EXPLOSIVE))('%s', (_, text) => {
  test('ends within 100 ms of its time', () => {
    // The best of three: compiling, collecting garbage and other users of the machine count in a single run.
    const runs: LongestWhile[] = []
    do runs.push(longestWhile(text))
    while (runs.length < 3 && runs.every(run => run.longest >= 100 || run.whole >= 250))
    expect(runs.map(run => run.kind)).toEqual(runs.map(() => 'timeout'))
    expect(Math.min(...runs.map(run => run.longest))).toBeLessThan(100)
    expect(Math.min(...runs.map(run => run.whole))).toBeLessThan(250)
  })

  test('ends by memory before it takes much more than it may', () => {
    const budget = 16 * 2 ** 20
    // a rule without end is slow to fill its memory; others use the machine too, so this thread's own time counts
    const used = () => process.threadCpuUsage().user / 1000
    const end = used() + 10_000
    const stop = () => {
      if (used() > end) throw new FactError('timeout', 'the budget was never reached')
    }
    const before = process.memoryUsage()
    const { kind } = endOf(() => ask(text, { stop, memory: budget }))
    const after = process.memoryUsage()
    expect(kind).toBe('memory')
    const more = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed
    expect(more).toBeLessThan(12 * budget)
  })
})

test('a query that fits its memory is not refused, and says what it lacks where it does not', () => {
  const text = '[:find ?e ?a :where [?e :p/age ?a] [?e :p/name ?n]]'
  expect(ask(text, { memory: 2 ** 20 }).rows).toBe(COUNT)
  expect(() => ask('[:find ?a ?b :where [?a :p/name ?n] [?b :p/name ?n]]', { memory: 2 ** 20 })).toThrow(
    'the query needs more than the 1 MB',
  )
})
