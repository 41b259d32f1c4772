import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import type { PullMap } from '../../src/model/answer.ts'
import { type ArrayFact, arrayStore } from '../../src/model/array-view.ts'
import type { FactColumn, FactView } from '../../src/model/fact-view.ts'
import { HistoryView } from '../../src/model/history.ts'
import type { Attribute } from '../../src/model/schema.ts'
import { JSON_TYPE, LONG, refTo, STRING, UUID } from '../../src/model/type.ts'
import type { Value } from '../../src/model/value.ts'
import {
  EMPTY_LIBRARY,
  type Procedure,
  parsePull,
  parseQuery,
  pullMany,
  type RunOptions,
  runQuery,
  showEdn,
} from '../../src/query/query.ts'
import { naivePull } from './naive-pull.ts'
import { ask, errorOf, rowsOf, schemaOf, shop, shopStore } from './worlds.ts'

const view = shop()
const [C1, C2, C3] = [0, 1, 2].map(i => 2 ** 32 + i)
const pull = (pattern: string, id = C1): string => showEdn(pullMany(view, pattern, [id])[0])
const refused = (pattern: string): string => {
  try {
    pullMany(view, pattern, [C1])
    return 'no error'
  } catch (error) {
    const { kind, details } = error as FactError & { details: { line: number; column: number } }
    return `${kind} ${details.line}:${details.column}`
  }
}

test('attributes, many values in order, and what is missing', () => {
  expect(pull('[:customer/country :customer/tag :customer/age]')).toBe(
    '{:customer/country "France", :customer/tag ["big" "new"], :customer/age 31}',
  )
  expect(pull('[:customer/tier :customer/country]')).toBe('{:customer/country "France"}')
  expect(pull('[:customer/tier]')).toBe('nil')
  expect(pull('[:product/name]')).toBe('nil')
  expect(pull('[:db/id]')).toBe(`{:db/id ${C1}}`)
  expect(pullMany(view, '[*]', [-1, C3]).map(showEdn)).toEqual([
    'nil',
    `{:db/id ${C3}, :customer/country "France", :customer/friend {:db/id ${C1}}, :customer/id "3"}`,
  ])
})

test('a wildcard, and what is said beside it', () => {
  expect(pull('[*]')).toBe(
    `{:db/id ${C1}, :customer/age 31, :customer/born #date "1980-05-01", :customer/country "France", :customer/id "1", :customer/since #inst "2010-12-01T10:00:00.000Z", :customer/tag ["big" "new"], :customer/token #uuid "6f1e2d3c-0000-4000-8000-000000000001", :customer/vip true}`,
  )
  expect(pull('[[:customer/country :as "land"] "*"]', C3)).toBe(
    `{:db/id ${C3}, :customer/friend {:db/id ${C1}}, :customer/id "3", "land" "France"}`,
  )
  // an entity of which nothing is known
  expect(showEdn(pullMany(shop(0), '[*]', [C1])[0])).toBe('nil')
})

test('references: plain, followed, backwards and without end', () => {
  expect(pull('[:customer/friend]', C3)).toBe(`{:customer/friend {:db/id ${C1}}}`)
  expect(pull('[{:customer/friend [:customer/id :customer/tag]}]', C3)).toBe(
    '{:customer/friend {:customer/id "1", :customer/tag ["big" "new"]}}',
  )
  expect(pull('[{:customer/friend [:customer/tier]} :customer/id]', C3)).toBe('{:customer/id "3"}')
  expect(pull('[:customer/_friend]')).toBe(`{:customer/_friend [{:db/id ${C3}}]}`)
  expect(pull('[{:line/_customer [:line/quantity {:line/product [:product/name]}]}]')).toBe(
    '{:line/_customer [{:line/quantity 3, :line/product {:product/name "Apple"}} {:line/quantity 3, :line/product {:product/name "Bread"}}]}',
  )
  expect(pull('[:customer/id {:customer/friend ...}]', C3)).toBe(
    '{:customer/id "3", :customer/friend {:customer/id "1"}}',
  )
  expect(pull('[:customer/id {:customer/friend 2}]', C2)).toBe(
    `{:customer/id "2", :customer/friend {:customer/id "2", :customer/friend {:db/id ${C2}}}}`,
  )
})

test('options', () => {
  expect(pull('[(:customer/tag :limit 1) [:customer/tier :default "none"] [:customer/age :as :years]]')).toBe(
    '{:customer/tag ["big"], :customer/tier "none", :years 31}',
  )
  expect(pull('[(limit :customer/tag 1) (default :customer/tier :gone) ["limit" :customer/tag nil]]')).toBe(
    '{:customer/tag ["big"], :customer/tier :gone, :customer/tag ["big" "new"]}',
  )
  expect(pull('[{(:line/_customer :limit 1 :as "first") [:line/quantity]}]')).toBe('{"first" [{:line/quantity 3}]}')
  expect(refused('[(:customer/tag :xform upper)]')).toBe('unknown-function 1:3')
  const upper = new Map([['upper', (value: unknown) => String(value).toUpperCase()]])
  expect(showEdn(pullMany(view, '[(:customer/country :xform upper)]', [C1], { transforms: upper })[0])).toBe(
    '{:customer/country "FRANCE"}',
  )
})

test.each([
  [':customer/id', 'parse-error 1:1'],
  ['[]', 'parse-error 1:1'],
  ['[1]', 'parse-error 1:2'],
  ['[{:customer/friend 0}]', 'parse-error 1:20'],
  ['[{:customer/friend :all}]', 'parse-error 1:20'],
  ['[(:customer/tag :limit 0)]', 'parse-error 1:24'],
  ['[(:customer/tag :first 1)]', 'parse-error 1:2'],
  ['[(:customer/tag :limit)]', 'parse-error 1:2'],
  ['[(limit :customer/tag)]', 'arity 1:2'],
])('%s is refused', (pattern, error) => {
  expect(refused(pattern)).toBe(error)
})

test('a history has nothing to pull', () => {
  expect(() => pullMany(new HistoryView(view), '[*]', [C1])).toThrow(expect.objectContaining({ kind: 'wrong-source' }))
})

test('in :find: a column of maps, ordered by entity, null where there is nothing', () => {
  const text = '[:find (pull ?e [:customer/age]) ?c :where [?e :customer/country ?c]]'
  const answer = runQuery(parseQuery(text), { sources: new Map([['$', view]]) })
  expect(answer.columns.map(({ name, type, nullable }) => [name, type.base, nullable])).toEqual([
    ['pull_e', 'pull', true],
    ['c', 'string', false],
  ])
  expect(rowsOf(answer)).toEqual(['{:customer/age 31} "France"', '{:customer/age 45} "Spain"', 'nil "France"'])
  expect([...(answer.columns[0].present as Uint8Array)]).toEqual([1, 1, 0])
  // the same map of two entities is two rows
  expect(ask('[:find (pull ?e [:customer/country]) :where [?e :customer/country "France"]]')).toHaveLength(2)
  expect(ask('[:find [(pull ?e [:customer/id]) ...] :where [?e :customer/tag "new"]]')).toEqual([
    '{:customer/id "1"}',
    '{:customer/id "2"}',
  ])
  expect(ask('[:find (pull ?e [:customer/id]) . :where [?e :customer/age 45]]')).toEqual(['{:customer/id "2"}'])
  expect(
    ask(
      '[:find ?n (pull ?p [:product/name]) (sum ?q) :where [?l :line/product ?p] [?l :line/quantity ?q] [?p :product/name ?n]]',
    ),
  ).toEqual(['"Apple" {:product/name "Apple"} 2', '"Bread" {:product/name "Bread"} 3'])
  expect(ask('[:find (pull ?e [:customer/id]) ?a :order-by ?a :desc :limit 1 :where [?e :customer/age ?a]]')).toEqual([
    '{:customer/id "2"} 45',
  ])
})

test('in :find: of another source, and with a pattern that is an input', () => {
  const store = shopStore()
  const sources = new Map([
    ['$', store()],
    ['$before', store(1)],
  ])
  const text =
    '[:find (pull ?e [:customer/age]) (pull $before ?e [:customer/age]) :in $ $before :where [?e :customer/id "1"]]'
  expect(rowsOf(runQuery(parseQuery(text), { sources }))).toEqual(['{:customer/age 31} {:customer/age 30}'])
  const given = '[:find (pull ?e p) :in $ p :where [?e :customer/id "2"]]'
  expect(ask(given, { p: '[:customer/age]' })).toEqual(['{:customer/age 45}'])
  expect(ask(given, [{ $edn: '[(limit :customer/tag nil)]' }])).toEqual(['{:customer/tag ["new"]}'])
  expect(ask(given.replaceAll(' p', ' ?p'), [[':customer/age', { ':customer/friend': [':customer/id'] }]])).toEqual([
    '{:customer/age 45, :customer/friend {:customer/id "2"}}',
  ])
  expect(errorOf(given, { p: '[:customer/aeg]' })).toContain('Did you mean :customer/age')
  expect(errorOf(given, { p: '[' })).toMatch(/^argument 1:1 p:/)
  expect(errorOf('[:find ?e :in $ p :where [?e :customer/id "2"]]', { p: '[*]' })).toMatch(
    /^parse-error 1:17 .*a variable is \?p/,
  )
  expect(errorOf('[:find (pull ?e p) :where [?e :customer/id "2"]]')).toMatch(/^unbound-variable 1:17/)
})

test('(maybe ?e :a/b): the value or null, null before everything', () => {
  const text = '[:find ?i (maybe ?e :customer/age) :where [?e :customer/id ?i]]'
  const answer = runQuery(parseQuery(text), { sources: new Map([['$', view]]) })
  expect(answer.columns.map(({ name, type, nullable }) => [name, type.base, nullable])).toEqual([
    ['i', 'string', false],
    ['age', 'long', true],
  ])
  expect(rowsOf(answer)).toEqual(['"1" 31', '"2" 45', '"3" nil'])
  expect(ask('[:find (maybe ?e :customer/age) ?i :where [?e :customer/id ?i]]')).toEqual([
    'nil "3"',
    '31 "1"',
    '45 "2"',
  ])
  expect(
    ask('[:find (maybe ?e :customer/age) ?i :order-by (maybe ?e :customer/age) :desc :where [?e :customer/id ?i]]'),
  ).toEqual(['45 "2"', '31 "1"', 'nil "3"'])
  // a row for each of many values
  expect(ask('[:find ?i (maybe ?e :customer/tag) :where [?e :customer/id ?i]]')).toEqual([
    '"1" "big"',
    '"1" "new"',
    '"2" "new"',
    '"3" nil',
  ])
  expect(ask('[:find (maybe ?e :customer/vip) (count ?e) :where [?e :customer/id]]')).toEqual([
    'nil 1',
    'false 1',
    'true 1',
  ])
  expect(ask('[:find (maybe ?p :product/price) (maybe ?p :product/weight) :where [?p :product/id]]')).toEqual([
    '2.550M 0.1',
    '30.000M 2.5',
  ])
  // all of them null
  expect(ask('[:find (maybe ?e :customer/tier) (maybe ?e :customer/friend) :where [?e :customer/id "1"]]')).toEqual([
    'nil nil',
  ])
})

test.each([
  ['[:find (pull ?e [:customer/contry]) :where [?e :customer/age]]', 'unknown-attribute 1:18'],
  ['[:find (pull ?e [{:customer/age [*]}]) :where [?e :customer/age]]', 'wrong-type 1:19'],
  ['[:find (pull ?e [:customer/_age]) :where [?e :customer/age]]', 'wrong-type 1:18'],
  ['[:find (pull ?c [*]) :where [?e :customer/country ?c]]', 'wrong-type 1:8'],
  ['[:find (pull ?x [*]) :where [?e :customer/country ?c]]', 'unbound-variable 1:14'],
  ['[:find (pull ?e) :where [?e :customer/country ?c]]', 'arity 1:8'],
  ['[:find (maybe ?e :product/name) :where [?e :customer/age]]', 'wrong-type 1:18'],
  ['[:find (maybe ?e :customer/aeg) :where [?e :customer/age]]', 'unknown-attribute 1:18'],
  ['[:find (maybe ?a :customer/age) :where [?e :customer/age ?a]]', 'wrong-type 1:8'],
  ['[:find (maybe ?e "age") :where [?e :customer/age ?a]]', 'parse-error 1:18'],
])('%s', (text, error) => {
  expect(errorOf(text).startsWith(error)).toBe(true)
})

const schema = (() => {
  const made = schemaOf({
    n: {
      name: STRING,
      age: LONG,
      tag: [STRING],
      next: refTo('n'),
      friend: [refTo('n')],
      at: refTo('m'),
      key: UUID,
      more: JSON_TYPE,
    },
    m: { name: STRING },
  })
  const plain = { kind: 'n', index: false, restated: false, identity: false, doc: '', component: true }
  made.addAttribute({ ...plain, ident: ':n/part', type: refTo('n'), many: true })
  made.addAttribute({ ...plain, ident: ':n/heart', type: refTo('n'), many: false })
  return made
})()
const NODES = ['n:a', 'n:b', 'n:c', 'n:d']
const VALUES: Record<string, readonly unknown[]> = {
  name: ['x', 'y'],
  age: [1, 2],
  tag: ['p', 'q', 'r'],
  next: NODES,
  friend: NODES,
  at: ['m:a', 'm:b'],
  key: ['6f1e2d3c-0000-4000-8000-000000000001'],
  more: ['{"a":1}'],
  part: NODES,
  heart: NODES,
}
const worlds = fc
  .array(
    fc.record({
      e: fc.constantFrom(...NODES),
      name: fc.constantFrom(...Object.keys(VALUES)),
      pick: fc.nat(3),
      ends: fc.boolean(),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map(list => {
    const taken = new Set<string>()
    const facts: ArrayFact[] = [
      ...NODES.map(e => ({ e, a: ':n/name', v: e })),
      { e: 'm:a', a: ':m/name', v: 'm' },
      { e: 'n:a', a: ':n/tag', v: 'last', from: 3 },
    ]
    for (const { e, name, pick, ends } of list) {
      const v = VALUES[name][pick % VALUES[name].length]
      const place = `${e} ${name} ${['tag', 'friend', 'part'].includes(name) ? v : ''}`
      if (name === 'name' || taken.has(place)) continue
      taken.add(place)
      facts.push({ e, a: `:n/${name}`, v, ...(ends ? { to: 2 } : {}) })
    }
    return facts
  })
const REFS = [
  ':n/next',
  ':n/friend',
  ':n/part',
  ':n/heart',
  ':n/_friend',
  ':n/_next',
  ':n/_part',
  ':n/_heart',
  ':n/at',
  ':n/_at',
]
const plain = fc.constantFrom(':n/name', ':n/age', ':n/tag', ':n/key', ':n/more', ':m/name', ':db/id', '*', ...REFS)
const optioned = fc
  .tuple(
    fc.constantFrom(':n/tag', ':n/age', ...REFS),
    fc.constantFrom(':limit 1', ':limit 2', ':default 7', ':as :other', ':limit nil :default "none"'),
  )
  .map(([attribute, options]) => `(${attribute} ${options})`)
const { pattern: patterns } = fc.letrec<{ pattern: string; spec: string; follow: string }>(tie => ({
  pattern: fc.array(tie('spec'), { minLength: 1, maxLength: 4 }).map(specs => `[${specs.join(' ')}]`),
  spec: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    plain,
    optioned,
    fc.tuple(fc.constantFrom(...REFS), tie('follow')).map(([ref, follow]) => `{${ref} ${follow}}`),
  ),
  follow: fc.oneof({ maxDepth: 2 }, fc.constantFrom('...', '1', '2'), tie('pattern')),
}))

/** The same facts, those of one entity in the opposite order: a column promises the order of entities only. */
const turned = (at: FactView): FactView =>
  new Proxy(at, {
    get(target, name) {
      if (name !== 'facts') {
        const own = Reflect.get(target, name)
        return typeof own === 'function' ? own.bind(target) : own
      }
      return (attribute: Attribute): FactColumn => {
        const column = target.facts(attribute)
        const { e, v } = column
        if (e === null || v.as !== 'i32') return column
        const rows = Array.from({ length: column.length }, (_, row) => row).sort((a, b) => e[a] - e[b] || b - a)
        return {
          ...column,
          v: { as: 'i32', values: Int32Array.from(rows, row => v.values[row]) },
          from: Uint32Array.from(rows, row => column.from[row]),
        }
      }
    },
  })

test('every pull gives what looking things up one by one gives, few or many, at any moment', () => {
  let deep = 0
  fc.assert(
    fc.property(
      worlds,
      patterns,
      fc.constantFrom('dense', 'sparse', 'sought'),
      fc.constantFrom(1, 2, 3),
      (facts, text, layout, t) => {
        const at = arrayStore({ schema, facts, layout: layout as 'dense' | 'sparse' | 'sought' })(t)
        const pattern = parsePull(text)
        const ids = [...NODES.map((_, i) => 2 ** 32 + i), 2 * 2 ** 32]
        const expected = ids.map(id => showEdn(naivePull(at, pattern, id)))
        if (expected.some(each => (each.match(/\{/g) ?? []).length > 3)) deep++
        expect(pullMany(at, pattern, ids).map(showEdn)).toEqual(expected)
        // asked often enough that columns are read instead of single values
        const often = Array.from({ length: 4 }, () => ids).flat()
        expect(pullMany(turned(at), pattern, often).map(showEdn)).toEqual(
          Array.from({ length: 4 }, () => expected).flat(),
        )
      },
    ),
    { numRuns: 1000 },
  )
  expect(deep).toBeGreaterThan(100)
})

test('a pull that explodes is ended by its memory, and between blocks by its time', () => {
  const names = Array.from({ length: 12 }, (_, i) => `n:${i}`)
  const all: ArrayFact[] = names.flatMap(e => names.map(v => ({ e, a: ':n/friend', v })))
  const at = arrayStore({ schema, facts: all })()
  const query = parseQuery('[:find (pull ?e [:n/name {:n/friend ...}]) . :where [?e :n/id "0"]]')
  const ended = (more: Partial<RunOptions>): string => {
    try {
      runQuery(query, { sources: new Map([['$', at]]), ...more })
      return 'no error'
    } catch (error) {
      return (error as FactError).kind
    }
  }
  expect(ended({ memory: 20_000_000 })).toBe('memory')
  let asked = 0
  const stop = () => {
    if (++asked > 20) throw new FactError('timeout', 'long enough')
  }
  expect(ended({ stop })).toBe('timeout')
})

test('a wide tree of components is pulled whole, and a long chain does not overflow', () => {
  const chain: ArrayFact[] = Array.from({ length: 3000 }, (_, i) => ({ e: `n:${i}`, a: ':n/next', v: `n:${i + 1}` }))
  const at = arrayStore({ schema, facts: chain })()
  let depth = 0
  let next = pullMany(at, '[{:n/next ...} :db/id]', [2 ** 32])[0] as PullMap | undefined
  while (next) {
    depth++
    next = next.pairs.find(([, value]) => 'pairs' in (value as object))?.[1] as PullMap | undefined
  }
  expect(depth).toBe(3001)
})

test(':xform names a function of the language, of one value; nothing stays nothing', () => {
  const found = (pattern: string) => ask(`[:find (pull ?c ${pattern}) :where [?c :customer/age]]`, {}, view)
  expect(found('[[:customer/age :xform str] [:customer/country :xform upper-case]]')).toEqual([
    '{:customer/age "31", :customer/country "FRANCE"}',
    '{:customer/age "45", :customer/country "SPAIN"}',
  ])
  expect(found('[[:db/id :xform id] [:customer/tier :xform str :default "none"]]')).toEqual([
    '{:db/id "customer:1", :customer/tier "none"}',
    '{:db/id "customer:2", :customer/tier "gold"}',
  ])
  expect(found('[[:customer/tag :xform count :as "tags"] [:customer/born :xform year]]')[0]).toBe(
    '{"tags" 2, :customer/born 1980}',
  )
  const C1 = 4294967296
  expect(showEdn(pullMany(view, '[(:customer/country :xform lower-case)]', [C1])[0])).toBe(
    '{:customer/country "france"}',
  )
  expect(() => found('[[:customer/country :xform year]]')).toThrow('(year …) takes instants or dates')
  expect(() => found('[[:customer/friend :xform str]]')).toThrow('what is pulled here is a map')
  expect(() => found('[[:customer/country :xform mod]]')).toThrow('no function of one value')
})

test(':xform names a procedure of the project: asked once for each value, refused where it does not fit', () => {
  const asked: unknown[] = []
  const made = (name: string, args: Procedure['args'], call: (value: Value) => Value | null): [string, Procedure] => [
    name,
    {
      ...{ name, args, returns: STRING, text: '' },
      call: rows => {
        asked.push(...rows)
        return rows.map(([value]) => call(value))
      },
    },
  ]
  const procedures = new Map([
    made('shorten', [STRING], value => (value === 'Spain' ? null : (value as string).slice(0, 2))),
    made('many', [{ base: 'list', of: STRING }], value => (value as readonly string[]).join('+')),
    made('both', [STRING, STRING], value => value),
  ])
  const library = { ...EMPTY_LIBRARY, procedures }
  const found = (pattern: string) =>
    ask(`[:find (pull ?c ${pattern}) :where [?c :customer/country]]`, {}, view, { library })
  expect(found('[[:customer/country :xform shorten] :customer/age]')).toEqual([
    '{:customer/country "Fr", :customer/age 31}',
    '{:customer/age 45}',
    '{:customer/country "Fr"}',
  ])
  expect(asked).toEqual([['France'], ['Spain']])
  expect(found('[[:customer/tag :xform many]]')[0]).toBe('{:customer/tag "big+new"}')
  const error = (pattern: string) => {
    try {
      found(pattern)
    } catch (thrown) {
      const { kind, details } = thrown as FactError
      return `${kind} ${details.line}:${details.column}`
    }
    return 'none'
  }
  expect(error('[[:customer/age :xform shorten]]')).toBe('wrong-type 1:19')
  expect(error('[[:customer/country :xform both]]')).toBe('arity 1:19')
  expect(error('[[:customer/country :xform shortn]]')).toBe('unknown-function 1:19')
  expect(error('[{[:customer/friend :xform shorten] [:customer/age]}]')).toBe('wrong-type 1:20')
})
