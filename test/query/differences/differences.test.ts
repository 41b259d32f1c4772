import { readFileSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error: the package has no types
import datascript from 'datascript'
import { describe, expect, test } from 'vitest'
import { HistoryView } from '../../../src/model/history.ts'
import { type Arguments, parseQuery, runQuery } from '../../../src/query/query.ts'
import { ROOT } from '../../given.ts'
import { rowsOf, shopStore } from '../worlds.ts'
import { type Ours, PROOFS, RULES, type Theirs } from './proofs.ts'

const PAGE = readFileSync(join(ROOT, 'docs/datalog-differences.md'), 'utf8')

/** The cells of every row of the page's tables, heads and rules left out. */
const ROWS = PAGE.split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| what |'))
  .map(line => line.slice(2, -2).split(' | '))

/** What nothing can show, since it is not there. */
const ABSENT = ['filter by a function', 'what would be if']

const at = shopStore()
const SOURCES = { $: at(), $old: at(1), $all: new HistoryView(at()) }

function found({ ask, args = {} }: Ours): readonly string[] | string {
  const named = Object.entries(SOURCES).filter(([name]) => name === '$' || ask.includes(`${name} `))
  const rules: Arguments = / % /.test(ask) ? { '%': RULES } : {}
  try {
    return rowsOf(runQuery(parseQuery(ask), { sources: new Map(named), args: { ...rules, ...args } }))
  } catch (error) {
    const { kind, details, message } = error as { kind?: string; details?: { line?: number; column?: number } } & Error
    if (kind === undefined) throw error
    return `${kind}${details?.line === undefined ? '' : ` ${details.line}:${details.column}`} ${message}`
  }
}

const REF = { ':db/valueType': ':db.type/ref' }
const MANY = { ':db/cardinality': ':db.cardinality/many' }
const DB = datascript.db_with(
  datascript.empty_db({
    ...{ id: { ':db/unique': ':db.unique/identity' }, friend: REF, tag: MANY },
    part: { ...REF, ...MANY, ':db/isComponent': true },
  }),
  [
    { ':db/id': 1, id: '1', country: 'France', age: 31, tag: ['big', 'new'] },
    { ':db/id': 2, id: '2', country: 'Spain', age: 45, tag: ['new'], tier: 'gold', friend: 2 },
    { ':db/id': 3, id: '3', country: 'France', friend: 1, part: [4] },
    { ':db/id': 4, id: '4' },
  ],
)

function foundByDataScript({ ask, args = [] }: Theirs): unknown {
  const rules = RULES.replaceAll(/:customer\/(\w+)/g, '"$1"')
  const given = args.map(arg => (arg === '$other' ? DB : arg === '%' ? rules : arg))
  try {
    return JSON.parse(JSON.stringify(datascript.q(ask, DB, ...given)))
  } catch (error) {
    return String((error as Error).message ?? error)
  }
}

test('every row of the page has its proof, and every proof its row', () => {
  const shown = Object.keys(PROOFS).filter(name => Object.keys(PROOFS[name]).length > 0)
  expect([...new Set(ROWS.map(([what]) => what))]).toHaveLength(ROWS.length)
  expect([...shown, ...ABSENT].sort()).toEqual(ROWS.map(([what]) => what).sort())
})

describe.each(Object.entries(PROOFS))('%s', (_, proof) => {
  for (const example of proof.ours ?? [])
    test(`Heartwood: ${example.ask}`, () => {
      const { gives } = example
      if (typeof gives === 'string') expect(found(example)).toMatch(new RegExp(`^${gives}`))
      else expect(found(example)).toEqual(gives)
    })
  for (const example of proof.theirs ?? [])
    test(`DataScript: ${example.ask}`, () => {
      const { gives } = example
      const got = foundByDataScript(example)
      if (typeof gives === 'string' && typeof got === 'string') expect(got).toContain(gives)
      else if (Array.isArray(gives) && Array.isArray(got)) expect(new Set(got)).toEqual(new Set(gives))
      else expect(got).toEqual(gives)
    })
  const { elsewhere } = proof
  if (elsewhere !== undefined)
    test('another test tells', () => {
      const [file, name] = elsewhere
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain(name)
    })
})
