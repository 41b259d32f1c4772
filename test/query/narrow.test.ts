import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayView } from '../../src/model/array-view.ts'
import { parseDecimal } from '../../src/model/decimal.ts'
import { entityNumber } from '../../src/model/entity-id.ts'
import { parseEntityId } from '../../src/model/entity-text.ts'
import { decimalOf, LONG, refTo, STRING } from '../../src/model/type.ts'
import { compareValues, EntityRef, type Value } from '../../src/model/value.ts'
import { checkFilter, explainQuery, type Filter, narrowQuery, parseQuery, runQuery } from '../../src/query/query.ts'
import { cell, rowsOf, schemaOf, shop, shopSchema } from './worlds.ts'

const schema = schemaOf({
  a: { n: LONG, tag: [STRING], price: decimalOf(2), name: STRING },
  b: { a: refTo('a'), n: LONG },
})
const view = (layout: 'dense' | 'sparse' | 'sought') =>
  arrayView({
    schema,
    layout,
    facts: Array.from({ length: 60 }, (_, i) => [
      ...(i % 3 === 0 ? [] : [{ e: `a:${i}`, a: ':a/n', v: i % 7 }]),
      ...(i % 4 === 0 ? [] : [{ e: `a:${i}`, a: ':a/price', v: `${i % 5}.50` }]),
      { e: `a:${i}`, a: ':a/name', v: `n${i % 6}` },
      { e: `a:${i}`, a: ':a/tag', v: `t${i % 5}` },
      { e: `a:${i}`, a: ':a/tag', v: `u${i % 2}` },
      { e: `b:${i}`, a: ':b/a', v: `a:${(i * 7) % 20}` },
      { e: `b:${i}`, a: ':b/n', v: i % 4 },
    ]).flat(),
  })

/** Queries, by which entity they are cut, and values that are worth comparing each column with. */
const QUERIES: readonly (readonly [string, string, Readonly<Record<string, readonly unknown[]>>])[] = [
  [
    '[:find ?e ?n ?name :where [?e :a/n ?n] [?e :a/name ?name]]',
    '?e',
    { n: [0, 3, 2.5], name: ['n1', 'n9', 'n3'], e: ['a:7', 'a:none'] },
  ],
  ['[:find ?n ?name :where [?e :a/n ?n] [?e :a/name ?name]]', '?e', { n: [1, 6], name: ['n1'] }],
  ['[:find ?e ?t ?p :where [?e :a/tag ?t] [?e :a/price ?p]]', '?e', { t: ['t1', 'u0'], p: ['2.50', 2.555, 3] }],
  [
    '[:find ?e (maybe ?e :a/n) (maybe ?e :a/price) ?name :where [?e :a/name ?name]]',
    '?e',
    { n: [2, 5], price: ['1.5', 0], name: ['n2'] },
  ],
  ['[:find ?e (maybe ?e :a/tag) :where [?e :a/name]]', '?e', { tag: ['t2', 'u1'] }],
  [
    '[:find ?e (count ?b) (sum ?m) :with ?m :where [?b :b/a ?e] [?b :b/n ?m]]',
    '?e',
    { count_b: [1, 3], sum_m: [2, 4] },
  ],
  [
    '[:find ?e ?name (max ?m) :where [?b :b/a ?e] [?b :b/n ?m] [?e :a/name ?name]]',
    '?e',
    { name: ['n0', 'n4'], max_m: [3, 1] },
  ],
  [
    '[:find ?b ?n ?name :where [?b :b/a ?e] [?e :a/n ?n] [?e :a/name ?name] [?b :b/n 1]]',
    '?b',
    { n: [1, 2], name: ['n2'], b: ['b:5'] },
  ],
  ['[:find (pull ?e [:a/n]) ?e :where [?e :a/tag "t3"]]', '?e', { e: ['a:3'] }],
  [
    '[:find ?e ?n :where (or-join [?e ?n] [?e :a/n ?n] (and [?e :a/name "n1"] [?b :b/a ?e] [?b :b/n ?n]))]',
    '?e',
    { n: [0, 3] },
  ],
]

/** The value that a filter means, in the type of the column: found by asking for it. */
const holds = (op: Filter['op'], sign: number): boolean =>
  ({ '=': sign === 0, '<': sign < 0, '<=': sign <= 0, '>': sign > 0, '>=': sign >= 0 })[op as '='] ?? false

test('rows are those that would be chosen afterwards, as many, and in the same order', () => {
  const ops = ['=', '<', '<=', '>', '>=', 'in', 'null', 'not-null'] as const
  fc.assert(
    fc.property(
      fc.constantFrom(...QUERIES),
      fc.constantFrom('dense' as const, 'sparse' as const, 'sought' as const),
      fc.array(fc.tuple(fc.nat(9), fc.constantFrom(...ops), fc.array(fc.nat(9), { maxLength: 3 })), { maxLength: 2 }),
      fc.option(fc.array(fc.nat(9), { minLength: 1, maxLength: 3 })),
      ([text, variable, values], layout, choices, chosen) => {
        const query = parseQuery(text)
        const source = view(layout)
        const sources = new Map([['$', source]])
        const shard = { variable, index: 0, of: 1 }
        const all = narrowQuery(query, schema, {}, { columns: null, filters: [], shard: variable })
        const whole = all.show(runQuery(all.query, { sources, shard }), source)
        const names = all.shapes.map(({ name }) => name)
        const comparable = names.filter(name => name in values)
        const filters = choices.map(([at, op, picks]): Filter => {
          const column = comparable[at % comparable.length]
          if (op === 'null' || op === 'not-null') return { column, op }
          const some = picks.map(pick => values[column][pick % values[column].length])
          if (op === 'in') return { column, op, value: some }
          // entities have no order that means anything
          return { column, op: column === 'e' || column === 'b' ? '=' : op, value: some[0] ?? values[column][0] }
        })
        for (const filter of filters) checkFilter(filter)
        const columns = chosen && [...new Set(chosen.map(at => names[at % names.length]))]
        const narrowed = narrowQuery(query, schema, {}, { columns, filters, shard: variable })
        const found = narrowed.show(
          runQuery(narrowed.query, { sources, shard, args: narrowed.args, types: narrowed.types }),
          source,
        )
        expect(narrowed.shapes.map(({ name }) => name)).toEqual(columns ?? names)

        const passes = (row: number) =>
          filters.every(({ column, op, value }) => {
            const at = names.indexOf(column)
            const there = whole.columns[at].present?.[row] !== 0
            if (op === 'null' || op === 'not-null') return there === (op === 'not-null')
            const meant = (op === 'in' ? (value as unknown[]) : [value]).flatMap(each => meaning(each, column, source))
            return (
              there && meant.some(other => holds(op === 'in' ? '=' : op, compareValues(cell(whole, at, row), other)!))
            )
          })
        const at = (columns ?? names).map(name => names.indexOf(name))
        const texts = whole.columns.map((_, i) => rowsOf({ ...whole, columns: [whole.columns[i]] }))
        const expected = Array.from({ length: whole.rows }, (_, row) => row)
          .filter(passes)
          .map(row => at.map(i => texts[i][row]).join(' '))
        // an entity that a filter names may be a column that is not shown, so only then is the order the entity's alone
        expect([...rowsOf(found)].sort()).toEqual([...expected].sort())
        if (columns === null) expect(rowsOf(found)).toEqual(expected)
      },
    ),
    { numRuns: 400 },
  )
})

/** What a value in a filter means beside a column. */
function meaning(value: unknown, column: string, source: ReturnType<typeof view>): Value[] {
  if (typeof value === 'string' && /^[ab]:/.test(value)) {
    const { kind, ordinal } = parseEntityId(source, value)
    return ordinal < 0 ? [] : [new EntityRef(entityNumber(kind.number, ordinal))]
  }
  if (column === 'p' || column === 'price') return [parseDecimal(String(value))!]
  return [typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : (value as Value)]
}

const refused = (columns: string[] | null, filters: Filter[]) => () =>
  narrowQuery(
    parseQuery('[:find ?c ?country (pull ?c [*]) :where [?c :customer/country ?country]]'),
    shopSchema(),
    {},
    { columns, filters, shard: '?c' },
  )

test('a column that is not there is refused with the nearest', () => {
  expect(refused(['cuontry'], [])).toThrow('there is no column cuontry. Did you mean country?')
  expect(refused(null, [{ column: 'zzzzzz', op: 'null' }])).toThrow('There are c, country, pull_c.')
  expect(refused(['c', 'c'], [])).toThrow('twice')
  expect(refused([], [])).toThrow('no column')
})

test('what is no filter is refused', () => {
  expect(() => checkFilter({ column: 'c', op: '~' as '=' })).toThrow('there are = < <= > >= in null not-null')
  expect(() => checkFilter({ column: 'c', op: 'null', value: 1 })).toThrow('takes no value')
  expect(() => checkFilter({ column: 'c', op: '=' })).toThrow('takes a value')
  expect(() => checkFilter({ column: 'c', op: 'in', value: 1 })).toThrow('takes a list')
})

test('a value of another type than the column is refused', () => {
  const narrowed = narrowQuery(
    parseQuery('[:find ?c ?age :where [?c :customer/age ?age]]'),
    shopSchema(),
    {},
    { columns: null, filters: [{ column: 'age', op: '=', value: 'old' }], shard: '?c' },
  )
  expect(() =>
    runQuery(narrowed.query, { sources: new Map([['$', shop()]]), args: narrowed.args, types: narrowed.types }),
  ).toThrow(expect.objectContaining({ kind: 'argument' }))
})

test('the value of a column that nobody wants is not looked at, and a filter is asked inside the scan', () => {
  const narrowed = narrowQuery(
    parseQuery('[:find ?e ?n ?name :where [?e :a/n ?n] [?e :a/name ?name]]'),
    schema,
    {},
    { columns: ['n'], filters: [{ column: 'n', op: '>', value: 4 }], shard: '?e' },
  )
  const { text } = explainQuery(narrowed.query, {
    sources: new Map([['$', view('dense')]]),
    args: narrowed.args,
    types: narrowed.types,
  })
  expect(text).toContain('probe [?e :a/name]  ')
  expect(text).toMatch(/scan \[\?e :a\/n \?n\] \[\(> \?n 4\)\]/)
})

test('a remainder of the entity cuts the scan, at the outermost level and in a rule, and means what it says', () => {
  const source = view('dense')
  const count = (text: string, args = {}) => {
    const given = { sources: new Map([['$', source]]), args }
    const { plan } = explainQuery(parseQuery(text), { ...given, run: true })
    return { rows: runQuery(parseQuery(text), given).rows, scanned: plan.children[0].rows }
  }
  expect(count('[:find ?e ?n :where [?e :a/name ?n] [(mod ?e 8) ?m] [(= ?m 3)]]')).toEqual({ rows: 8, scanned: 8 })
  expect(count('[:find ?e ?n :in $ ?k ?i :where [?e :a/name ?n] [(mod ?e ?k) ?i]]', { k: 8, i: 3 })).toEqual({
    rows: 8,
    scanned: 8,
  })
  expect(count('[:find ?e ?n :where [?e :a/name ?n] [(mod ?e 8) ?m] [(= 9 ?m)]]').rows).toBe(0)
  const [all, cut] = ['', '[(mod ?e 4) ?m] [(= ?m 1)]'].map(clauses =>
    runQuery(parseQuery(`[:find ?e ?f :where [?e :a/name ?n] [?f :a/name ?n] ${clauses}]`), {
      sources: new Map([['$', source]]),
    }),
  )
  const numbers = all.columns[0].v.values as Float64Array
  expect(rowsOf(cut)).toEqual(rowsOf(all).filter((_, row) => numbers[row] % 4 === 1))
})
