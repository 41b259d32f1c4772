import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import { Decimal } from '../../src/model/decimal.ts'
import { DOUBLE, decimalOf, LONG, refTo, STRING } from '../../src/model/type.ts'
import { compareValues, type Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import { parseRules } from '../../src/query/language/parse-clause.ts'
import { parseQuery, readEdn, runQuery } from '../../src/query/query.ts'
import { naiveRows } from './naive.ts'
import { cell, schemaOf } from './worlds.ts'

const schema = schemaOf({
  p: {
    name: STRING,
    age: LONG,
    pay: decimalOf(2),
    score: DOUBLE,
    tag: [STRING],
    friend: [refTo('p')],
    boss: refTo('p'),
    in: refTo('q'),
  },
  q: { name: STRING, size: LONG },
})
const P = { name: 's', age: 'n', pay: 'n', score: 'n', tag: 's', friend: 'p', boss: 'p', in: 'q', id: 's' } as const
const Q = { name: 's', size: 'n', id: 's' } as const
const STRINGS = ['a', 'b', 'é']
const NUMBERS: Record<string, readonly unknown[]> = {
  age: [1, 2, 3],
  size: [1, 2, 3],
  pay: ['1', '1.5', '2.00'],
  score: [1, 1.5, 2.25],
}
const LITERALS = ['1', '2', '1.5', '2.25', '1.50M', '3']

/** Facts of a few entities: for each cardinality-one attribute a chain of values, for the others overlapping ones. */
const worlds = fc
  .array(
    fc.record({
      e: fc.constantFrom('p:a', 'p:b', 'p:c', 'q:a', 'q:b'),
      slot: fc.nat(7),
      pick: fc.nat(2),
      from: fc.integer({ min: 1, max: 3 }),
      ends: fc.boolean(),
    }),
    { minLength: 15, maxLength: 60, size: 'max' },
  )
  .map(list => {
    const facts: ArrayFact[] = []
    const taken = new Set<string>()
    for (const { e, slot, pick, from, ends } of list) {
      const names =
        e[0] === 'p'
          ? (['name', 'age', 'pay', 'score', 'tag', 'friend', 'boss', 'in'] as const)
          : (['name', 'size'] as const)
      const name = names[slot % names.length]
      const many = name === 'tag' || name === 'friend'
      const v = (NUMBERS[name] ??
        { friend: ['p:a', 'p:b', 'p:c'], boss: ['p:a', 'p:b', 'p:c'], in: ['q:a', 'q:b', 'q:a'] }[name as string] ??
        STRINGS)[pick]
      const place = `${e} ${name} ${many ? v : ''}`
      if (taken.has(place)) continue
      taken.add(place)
      facts.push({ e, a: `:${e[0]}/${name}`, v, from, ...(ends && from < 3 ? { to: 3 } : {}) })
    }
    return facts
  })

const variable = (family: string) => fc.constantFrom(`?${family}0`, `?${family}1`)

const pattern = (constants = true): fc.Arbitrary<string> =>
  fc
    .constantFrom(...Object.keys(P).map(n => ['p', n] as const), ...Object.keys(Q).map(n => ['q', n] as const))
    .chain(([kind, name]) => {
      const family = (kind === 'p' ? P : Q)[name as 'name'] as string
      const literal =
        family === 's'
          ? fc.constantFrom('"a"', '"b"', '"zz"')
          : family === 'n'
            ? fc.constantFrom(...LITERALS)
            : fc.constant('_')
      const value = constants
        ? fc.oneof({ weight: 4, arbitrary: variable(family) }, literal, fc.constant('_'))
        : variable(family)
      const entity = constants ? fc.oneof({ weight: 6, arbitrary: variable(kind) }, fc.constant('_')) : variable(kind)
      const tx = constants ? fc.oneof({ weight: 5, arbitrary: fc.constant('') }, fc.constant(' ?t')) : fc.constant('')
      const source = fc.oneof({ weight: 5, arbitrary: fc.constant('') }, fc.constant('$old '))
      return fc.tuple(source, entity, value, tx).map(([$, e, v, t]) => `[${$}${e} :${kind}/${name} ${v}${t}]`)
    })

const comparison = fc
  .tuple(
    fc.constantFrom('<', '<=', '>', '>=', '=', '!='),
    fc.oneof(variable('n'), fc.constantFrom(...LITERALS)),
    variable('n'),
    fc.boolean(),
  )
  .map(([op, a, b, turned]) => (turned ? `[(${op} ${b} ${a})]` : `[(${op} ${a} ${b})]`))
const texts = fc
  .tuple(fc.constantFrom('<', '>=', '=', '!='), variable('s'), fc.constantFrom('"a"', '"b"', '?s0'))
  .map(([op, a, b]) => `[(${op} ${a} ${b})]`)
const computation = fc
  .tuple(fc.constantFrom('+', '-', '*'), variable('n'), fc.constantFrom('1', '2'), fc.constantFrom('?n1', '?c'))
  .map(([f, a, b, to]) => `[(${f} ${a} ${b}) ${to}]`)
/** Whatever takes texts or numbers and gives something, nothing, or several things. */
const calls = fc.constantFrom(
  '[(upper-case ?s0) ?s1]',
  '[(str ?s0 "-" ?s1) ?c]',
  '[(count ?s0) ?n1]',
  '[(re-find "[ab]" ?s0) ?s1]',
  '[(max ?n0 2) ?n1]',
  '[(identity ["a" "b"]) [?s0 ...]]',
  '[(identity [[1 "a"] [2 "b"] [2 "zz"]]) [[?n0 ?s0]]]',
  '[(ground [[1 "a"] [2 "b"]]) [[?n0 ?s1]]]',
  '[(ground ["a" "é"]) [?s0 ...]]',
  '[(tuple ?s0 ?n0) [_ ?n1]]',
  '[(tuple ?n0 ?n0) [?n1 ...]]',
  '[(< ?n0 ?n1) ?b]',
  '[(get-else $ ?p0 :p/age 2) ?n0]',
  '[(get-else $old ?p0 :p/name "none") ?s0]',
  '[(get-else $ ?p1 :p/age "none") ?c]',
  '[(get-some $ ?p0 :p/score :p/age) [?k ?n1]]',
  '[(get-some $old ?p1 :p/name :p/id) [_ ?s0]]',
)
/** What asks whether something holds. */
const questions = fc.constantFrom(
  '[(starts-with? ?s0 "a")]',
  '[(re-find "b" ?s1)]',
  '[(< 1 ?n0 ?n1)]',
  '[(!= ?n0 ?n1 2)]',
  '[(= ?n0 ?n1 ?c)]',
  '[(missing? $ ?p0 :p/age)]',
  '[(missing? $old ?p1 :p/tag)]',
  '[(missing? $ ?q0 :q/size)]',
)
const rule = fc
  .tuple(fc.constantFrom('linked', 'same'), variable('p'), fc.oneof(variable('p'), fc.constant('_')))
  .map(([name, a, b]) => `(${name} ${a} ${b})`)
const RULES =
  '[[(linked ?x ?y) [?x :p/friend ?y]] [(linked ?x ?y) [?z :p/boss ?x] [?z :p/boss ?y]] [(same ?x ?y) (linked ?x ?y) [?x :p/age ?n0] [?y :p/age ?n0]]]'

const negated = fc.array(pattern(), { minLength: 1, maxLength: 2 }).map(inside => `(not ${inside.join(' ')})`)
const notJoin = fc
  .tuple(variable('p'), fc.array(pattern(), { minLength: 1, maxLength: 2 }))
  .map(([v, inside]) => `(not-join [${v}] ${inside.join(' ')})`)
const either = fc
  .tuple(pattern(false), pattern(false), fc.option(comparison))
  .map(([a, b, c]) => `(or ${c === null ? a : `(and ${a} ${c})`} ${b})`)
const sameVariables = fc
  .tuple(fc.constantFrom('name', 'tag', 'id'), fc.constantFrom('name', 'tag', 'id'), variable('p'), variable('s'))
  .map(([a, b, p, s]) => `(or [${p} :p/${a} ${s}] (and [${p} :p/${b} ${s}] [${p} :p/age]))`)
const orJoin = fc
  .tuple(variable('p'), pattern(), pattern())
  .map(([v, a, b]) => `(or-join [${v}] ${a} (and ${b} [${v} :p/age _]))`)
const filters = fc.oneof(comparison, texts)
/** A pattern that binds a number, and what is asked of that number: clauses that have something to do with each other. */
const measured = fc
  .tuple(
    variable('p'),
    fc.constantFrom('age', 'pay', 'score'),
    variable('n'),
    fc.constantFrom('<', '<=', '>', '>=', '=', '!='),
    fc.constantFrom(...LITERALS, '?n0'),
  )
  .map(([e, a, n, op, literal]) => [`[${e} :p/${a} ${n}]`, `[(${op} ${n} ${literal})]`])
const linked = fc.constantFrom(
  ['[?p0 :p/friend ?p1]'],
  ['[?p0 :p/boss ?p1]', '[?p1 :p/tag ?s0]'],
  ['[?p0 :p/name ?s0]', '[?p1 :p/name ?s0]'],
  ['[?p0 :p/in ?q0]', '[?p1 :p/in ?q0]'],
)
const clauses = fc
  .tuple(
    fc.oneof(measured, linked, fc.array(pattern(), { minLength: 1, maxLength: 2 })),
    fc.array(pattern(), { maxLength: 1 }),
    fc.array(fc.oneof(filters, computation, calls, questions, rule, negated, notJoin, either, sameVariables, orJoin), {
      maxLength: 2,
    }),
  )
  .map(lists => lists.flat())

/** All orders of up to three clauses; turns of longer lists, and of their mirror. */
function orders<X>(list: readonly X[]): X[][] {
  if (list.length > 3)
    return [list, [...list].reverse()].flatMap(way => way.map((_, i) => [...way.slice(i), ...way.slice(0, i)]))
  if (list.length < 2) return [[...list]]
  return list.flatMap((x, i) => orders([...list.slice(0, i), ...list.slice(i + 1)]).map(rest => [x, ...rest]))
}

const keysOf = (values: readonly Value[]): string => values.map(keyText).join(' | ')

test('the engine finds what nested loops over all facts find, whatever the order of the clauses', () => {
  const rules = parseRules(readEdn(RULES))
  let compared = 0
  fc.assert(
    fc.property(
      worlds,
      clauses,
      fc.constantFrom('dense', 'sparse', 'sought'),
      fc.constantFrom(0, 1, 2, 2, 2, 3, 3),
      fc.boolean(),
      fc.constantFrom(0, 0, 1, 2, 4, 5),
      (facts, where, layout, t, sums, hidden) => {
        const store = arrayStore({
          schema,
          facts: [...facts, { e: 'p:a', a: ':p/tag', v: 'last', from: 3 }],
          layout: layout as 'dense' | 'sparse' | 'sought',
        })
        const sources = new Map([
          ['$', store(t)],
          ['$old', store(Math.max(0, t - 1))],
        ])
        const all = [
          ...new Set(
            where
              .filter(clause => clause.startsWith('['))
              .join(' ')
              .match(/\?\w+/g) ?? [],
          ),
        ]
        // some variables are not asked for, so that equal rows come about
        const bound = all.filter((_, i) => ((hidden >> i) & 1) === 0)
        if (bound.length === 0) return
        const find = sums ? `${bound.slice(1).join(' ')} (count ${bound[0]}) (min ${bound[0]})` : bound.join(' ')
        const text = (list: readonly string[]) => `[:find ${find} :in $ $old % :where ${list.join(' ')}]`
        const run = (list: readonly string[]) => {
          const answer = runQuery(parseQuery(text(list)), { sources, args: { '%': RULES } })
          return Array.from({ length: answer.rows }, (_, row) =>
            keysOf(answer.columns.map((_, column) => cell(answer, column, row))),
          )
        }
        let first: string[]
        try {
          first = run(where)
        } catch (error) {
          // a query that makes no sense makes none in any order
          if (!(error instanceof FactError) || !['unbound-variable', 'wrong-type'].includes(error.kind)) throw error
          for (const order of orders(where)) expect(() => run(order)).toThrow(FactError)
          return
        }
        const rows = naiveRows(parseQuery(text(where)), { views: sources, rules })
        const sets = new Map(
          rows.map(row => [
            keysOf(bound.map(name => row.get(name) as Value)),
            bound.map(name => row.get(name) as Value),
          ]),
        )
        const expected = sums ? grouped([...sets.values()]) : [...sets.keys()]
        if (expected.length > 0) compared++
        expect([...first].sort()).toEqual(expected.sort())
        for (const order of orders(where)) expect(run(order)).toEqual(first)
      },
    ),
    { numRuns: 3000 },
  )
  expect(compared).toBeGreaterThan(300)
})

/** count and min of the first value by the others. */
function grouped(rows: readonly (readonly Value[])[]): string[] {
  const groups = Map.groupBy(rows, row => keysOf(row.slice(1)))
  return [...groups.values()].map(group => {
    const least = group.map(row => row[0]).reduce((a, b) => (compareValues(a, b) <= 0 ? a : b))
    return keysOf([...group[0].slice(1), BigInt(group.length), least])
  })
}

test('the naive evaluator itself: two rows by hand', () => {
  const store = arrayStore({
    schema,
    facts: [
      { e: 'p:a', a: ':p/pay', v: '1.5' },
      { e: 'p:b', a: ':p/pay', v: '2' },
    ],
  })
  const rows = naiveRows(parseQuery('[:find ?n :where [?e :p/pay ?n] [(> ?n 1.5)]]'), {
    views: new Map([['$', store()]]),
    rules: [],
  })
  expect(rows.map(row => row.get('?n'))).toEqual([new Decimal(200n, 2)])
})
