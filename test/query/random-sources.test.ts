import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import { HistoryView } from '../../src/model/history.ts'
import { SinceView } from '../../src/model/since.ts'
import { decimalOf, LONG, refTo, STRING } from '../../src/model/type.ts'
import { Keyword, type Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import { parseRules } from '../../src/query/language/parse-clause.ts'
import { parseQuery, readEdn, runQuery } from '../../src/query/query.ts'
import { naiveRows } from './naive.ts'
import { cell, schemaOf } from './worlds.ts'

const schema = schemaOf({
  p: { name: STRING, age: LONG, pay: decimalOf(1), tag: [STRING], friend: [refTo('p')], in: refTo('q') },
  q: { name: STRING },
})
const LAST = 4
const ONE: Record<string, readonly unknown[]> = { name: ['a', 'b'], age: [1, 2], pay: ['1', '2.5'], in: ['q:a', 'q:b'] }
const MANY: Record<string, readonly unknown[]> = { tag: ['a', 'b'], friend: ['p:a', 'p:b'] }

/** One attribute of one entity through time: at each moment the value that holds, or none. */
const story = fc.record({
  e: fc.constantFrom('p:a', 'p:b', 'q:a'),
  slot: fc.nat(5),
  at: fc.array(fc.constantFrom(0, 1, undefined), { minLength: LAST, maxLength: LAST }),
})
const worlds = fc.array(story, { minLength: 3, maxLength: 12 }).map(stories => {
  const facts: ArrayFact[] = [{ e: 'p:a', a: ':p/tag', v: 'last', from: LAST }]
  const taken = new Set<string>()
  for (const { e, slot, at } of stories) {
    const name = e[0] === 'q' ? 'name' : [...Object.keys(ONE), ...Object.keys(MANY)][slot]
    if (taken.has(`${e} ${name}`)) continue
    taken.add(`${e} ${name}`)
    const values = ONE[name] ?? MANY[name]
    for (let from = 1; from <= LAST; from++) {
      const pick = at[from - 1]
      if (pick === undefined || (from > 1 && at[from - 2] === pick)) continue
      let to = from + 1
      while (to <= LAST && at[to - 1] === pick) to++
      facts.push({ e, a: `:${e[0]}/${name}`, v: values[pick], from, ...(to <= LAST ? { to } : {}) })
    }
  }
  return facts
})

const oneOf = (...texts: string[]) => fc.constantFrom(...texts)
const source = oneOf('', '', '$old ', '$h ', '$h ', '$s ', '$hs ')
const ENTITY = oneOf('?p0', '?p0', '?p1', '_', '[:p/id "a"]')
const ATTRIBUTE = oneOf('?a0', '?a0', '?a0', '_', ':p/age', ':p/tag', ':p/name', ':p/friend')
const VALUE = oneOf('?v0', '?v0', '?n0', '?s0', '?p1', '"a"', '1', '2.5', '_')
const TX = oneOf('?t0', '?t0', '?t1', '2', '_')
const OP = oneOf('?o0', '?o0', 'true', 'false', '_')
const open = fc
  .tuple(source, fc.tuple(ENTITY, ATTRIBUTE, VALUE, TX, OP), fc.constantFrom(1, 2, 3, 3, 3, 4, 5, 5))
  .map(([from, places, length]) => `[${from}${places.slice(0, length).join(' ')}]`)
const typed = fc
  .tuple(
    source,
    ENTITY,
    oneOf(':p/age ?n0', ':p/pay ?n1', ':p/tag ?s0', ':p/friend ?p1', ':tx/t ?n0', ':p/in ?q0'),
    TX,
    OP,
  )
  .map(([from, e, av, tx, op]) => (av.startsWith(':tx') ? `[${from}?t0 ${av}]` : `[${from}${e} ${av} ${tx} ${op}]`))
const rows = oneOf(
  '[$rows ?s0 ?n0]',
  '[$rows ?v0 _]',
  '[$rows "a" ?n0]',
  '[$rows ?s0 ?n0 ?v0]',
  '[$rows _ 2]',
  '[$rows ?s0 :k]',
)
const said = oneOf(
  '[$schema ?a0 :db/valueType ?k0]',
  '[$schema _ :db/ident ?a0]',
  '[$schema ?a0 :db/cardinality :db.cardinality/many]',
)
const compared = oneOf(
  '[(< ?v0 2)]',
  '[(= ?v0 ?n0)]',
  '[(!= ?a0 :p/age)]',
  '[(>= ?n0 2)]',
  '[(= ?o0 true)]',
  '[(missing? $ ?p0 :p/age)]',
  '[(get-else $ ?p0 :p/age 7) ?n1]',
)
const nested = fc
  .tuple(oneOf('not', 'or'), open, fc.option(typed))
  .map(([word, a, b]) =>
    word === 'not' ? `(not ${a})` : `(or-join [?p0] (and ${a} [?p0 :p/id]) ${b ?? '[?p0 :p/age 1]'})`,
  )
const clauses = fc
  .tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: open }, { weight: 2, arbitrary: typed }), { minLength: 1, maxLength: 2 }),
    fc.array(fc.oneof(rows, said, compared, nested, fc.constant('(held ?p0 ?v0)')), { maxLength: 2 }),
  )
  .map(lists => lists.flat())

const RULES = '[[(held ?e ?v) [?e ?a ?v] [?e ?a _]] [(held ?e ?v) [?e _ ?v]]]'
const ROWS: readonly (readonly [unknown, unknown, unknown])[] = [
  ['a', 1, 'x'],
  ['b', 2, 1],
  ['a', 2.5, ':k'],
  ['b', 2, true],
]
const rowValues = ROWS.map(row =>
  row.map((value): Value => (Number.isInteger(value) ? BigInt(value as number) : (value as Value))),
)
const schemaSays = schema.attributes.flatMap(({ ident, type, many }): Value[][] =>
  [
    [':db/ident', ident],
    [':db/valueType', `:db.type/${type.base}`],
    [':db/cardinality', `:db.cardinality/${many ? 'many' : 'one'}`],
  ].map(([a, v]) => [ident, a, v].map(name => new Keyword(name))),
)

const orders = <X>(list: readonly X[]): X[][] => list.map((_, i) => [...list.slice(i), ...list.slice(0, i)])
const keysOf = (values: readonly Value[]): string => values.map(keyText).join(' | ')

test('patterns over all attributes, histories, what is new and rows give what nested loops give', () => {
  const rules = parseRules(readEdn(RULES))
  let found = 0
  let sensible = 0
  fc.assert(
    fc.property(
      worlds,
      clauses,
      fc.constantFrom('dense', 'sparse', 'sought'),
      fc.nat(LAST),
      fc.nat(LAST),
      fc.constantFrom(0, 0, 1, 2, 4, 5),
      (facts, where, layout, t, since, hidden) => {
        const store = arrayStore({ schema, facts, layout: layout as 'dense' | 'sparse' | 'sought' })
        const views = new Map([
          ['$', store(t)],
          ['$old', store(Math.max(0, t - 1))],
        ])
        const past = new Map([
          ['$h', { store, t, since: 0, history: true }],
          ['$hs', { store, t, since, history: true }],
          ['$s', { store, t, since, history: false }],
        ])
        const sources = new Map([
          ...views,
          ['$h', new HistoryView(store(t))],
          ['$hs', new HistoryView(store(t), since)],
          ['$s', new SinceView(store(t), since)],
        ])
        const all = [
          ...new Set(
            where
              .filter(clause => clause.startsWith('['))
              .join(' ')
              .match(/\?\w+/g) ?? [],
          ),
        ].filter((_, i) => ((hidden >> i) & 1) === 0) // so that equal rows come about
        if (all.length === 0) return
        const text = (list: readonly string[]) =>
          `[:find ${all.join(' ')} :in $ $old $h $hs $s $rows % :where ${list.join(' ')}]`
        const run = (list: readonly string[]): string[] => {
          const answer = runQuery(parseQuery(text(list)), {
            sources,
            rows: new Map([['$rows', { rows: ROWS, types: null }]]),
            args: { '%': RULES },
          })
          return Array.from({ length: answer.rows }, (_, row) =>
            keysOf(answer.columns.map((_, column) => cell(answer, column, row))),
          )
        }
        let first: string[]
        try {
          first = run(where)
        } catch (error) {
          if (!(error instanceof FactError) || !['unbound-variable', 'wrong-type', 'argument'].includes(error.kind))
            throw error
          for (const order of orders(where)) expect(() => run(order)).toThrow(FactError)
          return
        }
        sensible++
        const given = new Map<string, readonly (readonly Value[])[]>([
          ['$rows', rowValues],
          ['$schema', schemaSays],
        ])
        const naive = naiveRows(parseQuery(text(where)), { views, past, rows: given, rules })
        const expected = new Set(naive.map(row => keysOf(all.map(name => row.get(name) as Value))))
        if (expected.size > 0) found++
        expect([...first].sort()).toEqual([...expected].sort())
        for (const order of orders(where)) expect(run(order)).toEqual(first)
      },
    ),
    { numRuns: 1500 },
  )
  expect(sensible).toBeGreaterThan(600)
  expect(found).toBeGreaterThan(150)
})
