import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import { LONG, refTo, STRING } from '../../src/model/type.ts'
import type { Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import { parseRules } from '../../src/query/language/parse-clause.ts'
import { parseQuery, readEdn, runQuery } from '../../src/query/query.ts'
import { naiveRows, withTables } from './naive.ts'
import { cell, schemaOf } from './worlds.ts'

const schema = schemaOf({
  p: { name: STRING, age: LONG, friend: [refTo('p')], boss: refTo('p') },
})
const PEOPLE = ['p:a', 'p:b', 'p:c', 'p:d', 'p:e', 'p:f']

const worlds = fc
  .array(fc.tuple(fc.constantFrom('friend', 'friend', 'friend', 'boss', 'age', 'name'), fc.nat(5), fc.nat(5)), {
    minLength: 6,
    maxLength: 24,
    size: 'max',
  })
  .map(list => {
    const facts = new Map<string, ArrayFact>()
    for (const [name, e, v] of list) {
      const value = name === 'age' ? v % 3 : name === 'name' ? 'ab'[v % 2] : PEOPLE[v]
      facts.set(`${e} ${name} ${name === 'friend' ? v : ''}`, { e: PEOPLE[e], a: `:p/${name}`, v: value })
    }
    return [...facts.values()]
  })

/** Ways from one to another in one step. */
const edge = (a: string, b: string) =>
  fc.constantFrom(
    `[${a} :p/friend ${b}]`,
    `[${a} :p/boss ${b}]`,
    `[${b} :p/boss ${a}]`,
    `[${a} :p/age ?n] [${b} :p/age ?n] [${a} :p/boss]`,
    `(or [${a} :p/friend ${b}] [${a} :p/boss ${b}])`,
    `[${a} :p/friend ${b}] (not [${b} :p/age 1])`,
    `(linked ${a} ${b})`,
  )

interface Program {
  readonly text: string
  readonly strata: readonly (readonly string[])[]
}

const program: fc.Arbitrary<Program> = fc
  .record({
    base: edge('?x', '?y'),
    step: edge('?x', '?z'),
    last: edge('?z', '?y'),
    shape: fc.constantFrom('right', 'left', 'both', 'same', 'two-steps', 'or', 'filtered', 'inverse', 'wide'),
    other: edge('?x', '?y'),
    turn: fc.boolean(),
  })
  .map(({ base, step, last, shape, other, turn }) => {
    const recursive: Record<string, string> = {
      right: `[(reach ?x ?y) ${step} (reach ?z ?y)]`,
      left: `[(reach ?x ?y) (reach ?x ?z) ${last}]`,
      both: '[(reach ?x ?y) (reach ?x ?z) (reach ?z ?y)]',
      same: `[(reach ?x ?y) ${step} (reach ?z ?w) [?y :p/boss ?w]]`,
      'two-steps': `[(reach ?x ?y) ${step} (reach ?z ?y)] [(reach ?x ?y) (reach ?x ?z) [?z :p/boss ?y]]`,
      or: `[(reach ?x ?y) (or-join [?x ?y] (and [?x :p/boss ?z] (reach ?z ?y)) (and (reach ?x ?z) ${last}))]`,
      filtered: `[(reach ?x ?y) ${step} (reach ?z ?y) [?y :p/age ?a] [(> ?a 0)]]`,
      inverse: `[(reach ?x ?y) ${step} (reach ?y ?z)]`,
      wide: `[(reach ?x ?y) (route ?x ?y ?w)] [(route ?x ?y ?w) [?x :p/name ?w] ${base}] [(route ?x ?y ?w) (route ?x ?z ?w) ${last} [?z :p/name ?w]]`,
    }
    const rules = [
      `[(reach ?x ?y) ${base}]`,
      recursive[shape],
      // two that reach each other
      '[(even ?x ?y) [?x :p/id ?i] [?y :p/id ?i]]',
      `[(even ?x ?y) (odd ?x ?z) ${last}]`,
      `[(odd ?x ?y) (even ?x ?z) ${other.replaceAll('?x', '?z')}]`,
      // what negates another, and reaches itself
      `[(apart ?x ?y) [?x :p/age ?k] [?y :p/age ?k] (not (reach ?x ?y))]`,
      `[(apart ?x ?y) (apart ?x ?z) (apart ?z ?y)]`,
      '[(linked ?x ?y) [?x :p/friend ?y]]',
      '[(linked ?x ?y) [?z :p/boss ?x] [?z :p/boss ?y]]',
    ]
    return {
      text: `[${(turn ? rules.reverse() : rules).join(' ')}]`,
      strata:
        shape === 'wide' ? [['route'], ['reach'], ['even', 'odd'], ['apart']] : [['reach'], ['even', 'odd'], ['apart']],
    }
  })

const term = fc.constantFrom('?p', '?q', '?q', '?r', '_', '[:p/id "a"]', '[:p/id "b"]')
const call = fc
  .tuple(fc.constantFrom('reach', 'reach', 'reach', 'even', 'odd', 'apart'), term, term)
  .map(([name, a, b]) => `(${name} ${a} ${b})`)
const clauses = fc
  .tuple(
    call,
    fc.array(
      fc.oneof(
        call,
        fc.constantFrom(
          '[?p :p/age 1]',
          '[?p :p/name "a"]',
          '[?q :p/boss ?r]',
          '(not (reach ?p ?q))',
          '(not (reach ?q ?q))',
          '(or (reach ?p ?q) (apart ?p ?q))',
          '[(!= ?p ?q)]',
          '(not-join [?p] (even ?p ?z) [?z :p/age 2])',
        ),
      ),
      { maxLength: 2 },
    ),
  )
  .map(([first, rest]) => [first, ...rest])

test('rules that reach themselves find what every branch run again and again finds', () => {
  let compared = 0
  fc.assert(
    fc.property(
      worlds,
      program,
      clauses,
      fc.constantFrom('dense', 'sparse', 'sought'),
      (given, { text, strata }, where, layout) => {
        const facts = [...given, ...PEOPLE.map(e => ({ e, a: ':p/id', v: e.slice(2) }))]
        const store = arrayStore({ schema, facts, layout: layout as 'dense' | 'sparse' | 'sought' })
        const sources = new Map([['$', store()]])
        const names = [...new Set(where.join(' ').match(/\?[pqr]/g) ?? [])]
        if (names.length === 0) return
        const query = parseQuery(`[:find ${names.join(' ')} :in $ % :where ${where.join(' ')}]`)
        const run = (list: readonly string[]) => {
          const parsed = parseQuery(`[:find ${names.join(' ')} :in $ % :where ${list.join(' ')}]`)
          const answer = runQuery(parsed, { sources, args: { '%': text } })
          return Array.from({ length: answer.rows }, (_, row) =>
            answer.columns.map((_, column) => keyText(cell(answer, column, row))).join(' | '),
          )
        }
        let found: string[]
        try {
          found = run(where)
        } catch (error) {
          if (!(error instanceof FactError) || error.kind !== 'unbound-variable') throw error
          expect(() => run([...where].reverse())).toThrow(FactError)
          return
        }
        const world = withTables({ views: sources, rules: parseRules(readEdn(text)) }, strata)
        const rows = naiveRows(query, world)
        const expected = new Set(rows.map(row => names.map(name => keyText(row.get(name) as Value)).join(' | ')))
        if (expected.size > 0) compared++
        expect([...found].sort()).toEqual([...expected].sort())
        expect(run([...where].reverse())).toEqual(found)
      },
    ),
    { numRuns: 400 },
  )
  expect(compared).toBeGreaterThan(130)
})
