import { expect, test } from 'vitest'
import type { ErrorKind } from '../../src/base/error.ts'
import { type Answer, type AnyValue, PullMap } from '../../src/model/answer.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { EntityRef, isList, Keyword, Sym, type Value, ValueMap } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import type { ParsedQuery } from '../../src/query/language/ast.ts'
import { elementLiteral } from '../../src/query/language/literal.ts'
import type { Rows } from '../../src/query/language/row-source.ts'
import { type Edn, parseQuery, readEdn, runQuery, showForm } from '../../src/query/query.ts'
import { dbNamed, type Recorded, recordedCases, recordedDbs } from './datascript.ts'
import { recordedViews } from './datascript-view.ts'
import { cell, shop } from './worlds.ts'

/**
 * What DataScript answered while it ran its own tests, asked here again. Nothing is known of the values beforehand, so a database is given as the
 * rows of its datoms; where a query looks at entities (`pull`, `get-else`, lookup refs), as a view with whatever types its values have.
 */

/** Forced by the design (surface §7): the reason for each case that is not asked. */
const FORCED: Readonly<Record<number, string>> = {
  56: 'calls a function of the host',
  99: 'an argument that names an entity comes out as its number',
  118: 'an error only through the order of clauses, which means nothing',
  119: 'an error only through the order of clauses, which means nothing',
  178: 'an argument that names an entity comes out as its number',
  209: 'calls a function of the host',
  214: 'takes a row that fits, not the least',
  225: 'an argument that names an entity comes out as its number',
  229: 'an argument that names an entity comes out as its number',
  230: 'an argument that names an entity comes out as its number',
  233: 'an argument that names an entity comes out as its number',
  8: 'a source that the query does not name is no mistake: it is the present, which is always there',
  9: 'a source that is not given is the present',
  367: 'no attribute is a tuple: a composite key is a string',
  525: 'an entity has no ident: attributes alone are keywords',
  526: 'an entity has no ident: attributes alone are keywords',
}

/** What each recorded error is called here. */
const ERRORS: Readonly<Record<number, ErrorKind>> = {
  10: 'unknown-source',
  11: 'unknown-source',
  22: 'argument',
  23: 'argument',
  24: 'argument',
  59: 'unknown-function',
  60: 'unknown-function',
  61: 'unbound-variable',
  62: 'unbound-variable',
  63: 'unknown-source',
  64: 'wrong-source',
  69: 'wrong-type',
  120: 'unbound-variable',
  141: 'unbound-variable',
  142: 'unbound-variable',
  194: 'unknown-rule',
  195: 'parse-error',
  236: 'not-found',
}

const dbs = recordedDbs()
const cases = recordedCases()

/** Whether a query looks at entities rather than at rows. */
const looksAtEntities = (text: string): boolean =>
  /\((pull|get-else|get-some|missing\?) /.test(text) || /\[:(name|a\+b) ["[]/.test(text)

interface Run {
  readonly query: ParsedQuery
  readonly sources: Map<string, FactView>
  readonly rows: Map<string, Rows>
  readonly args: unknown[]
}

/** Gives each argument to the input that stands in its place. */
function prepared({ args: [text, ...rest] }: Recorded): Run {
  const query = parseQuery(text)
  const forms = rest.map(each => readEdn(each))
  const inputs = query.inputs.length > 0 ? query.inputs : [{ input: 'source', name: '$' } as const]
  const named = [...new Set(forms.flatMap(form => dbNamed(form) ?? []))]
  const entities = named.length > 0 && rest.concat(text).some(looksAtEntities)
  const views = entities ? recordedViews(named.map(id => dbs.get(id) as never)) : []
  const run: Run = { query, sources: new Map(), rows: new Map(), args: [] }
  forms.forEach((form, i) => {
    const id = dbNamed(form)
    const input = inputs[i] ?? { input: 'source', name: `$more${i}` }
    if (input.input !== 'source') run.args.push(input.input === 'rules' ? rest[i] : { $edn: rest[i] })
    else if (id !== undefined && entities) run.sources.set(input.name, views[named.indexOf(id)])
    else {
      const datoms = id === undefined ? form : readEdn(dbs.get(id)?.datoms as string)
      run.rows.set(input.name, { rows: itemsOf(datoms).map(row => given(row)), types: null })
    }
  })
  if (!run.sources.has('$')) run.sources.set('$', [...run.sources.values()][0] ?? shop())
  return run
}

const itemsOf = (form: Edn): readonly Edn[] =>
  form.form === 'vector' || form.form === 'list' || form.form === 'set' ? form.items : []

const given = (row: Edn): unknown => itemsOf(row).map(item => ({ $edn: showForm(item) }))

/** A text that equal values share, whichever of the two systems gave them: an entity is its number. */
function canonical(value: AnyValue): string {
  if (value === null) return 'nil'
  if (value instanceof EntityRef) return keyText(BigInt(value.number))
  if (isList(value)) return `[${value.map(canonical).join(' ')}]`
  if (value instanceof ValueMap)
    return `{${value.entries
      .map(entry => entry.map(canonical).join(' '))
      .sort()
      .join()}}`
  if (value instanceof PullMap) return canonical(new ValueMap(value.pairs as [Value, Value][]))
  return keyText(value as Value)
}

const KEYS = {
  keyword: (name: string) => new Keyword(`:${name}`),
  symbol: (name: string) => new Sym(name),
  string: (name: string) => name,
}

/** One text for each row of an answer, as the recorded result has its elements. */
function rowsOf(answer: Answer): string[] {
  const { keys, keysAs = 'keyword' } = answer
  return Array.from({ length: answer.rows }, (_, row) => {
    const cells = answer.columns.map((_, column) => cell(answer, column, row))
    if (keys !== null) return canonical(new ValueMap(keys.map((key, i) => [KEYS[keysAs](key), cells[i]])))
    return answer.shape === 'collection' || answer.shape === 'scalar' ? canonical(cells[0]) : canonical(cells)
  })
}

function answered({ query, sources, rows, args }: Run, shape = query.shape): string[] {
  return rowsOf(runQuery({ ...query, shape }, { sources, rows, args }))
}

/** The elements of a recorded result: its rows, or the one value of a scalar, tuple or map. */
function recordedRows({ result, resultType }: Recorded, { query }: Run): string[] {
  const form = readEdn(result as string)
  if (form.form === 'nil') return []
  const rows = query.shape === 'scalar' || query.shape === 'tuple' || resultType === 'map' ? [form] : itemsOf(form)
  return rows.map(row => canonical(elementLiteral(row).value))
}

const asked = cases.filter(({ op, number }) => op === 'q' && FORCED[number] === undefined)

test.skipIf(cases.length === 0)('every recorded case is asked or has its reason (needs HEARTWOOD_SHARED)', () => {
  const errors = asked.filter(({ error }) => error !== undefined)
  expect(errors.map(({ number }) => number)).toEqual(Object.keys(ERRORS).map(Number))
  expect([asked.length, errors.length]).toEqual([265, 18])
})

for (const recorded of asked) {
  const name = `${recorded.number} ${recorded.test}: ${recorded.args[0].slice(0, 100)} (needs HEARTWOOD_SHARED)`
  if (recorded.error !== undefined) {
    test(`${name} is refused`, () => {
      const kind = ERRORS[recorded.number]
      expect(() => answered(prepared(recorded))).toThrow(expect.objectContaining({ kind }))
    })
    continue
  }
  test(name, () => {
    const run = prepared(recorded)
    const expected = recordedRows(recorded, run).sort()
    const found = answered(run).sort()
    const { shape } = run.query
    if ((shape === 'scalar' || shape === 'tuple') && found.join() !== expected.join()) {
      // where several rows fit, any of them is right
      const all = answered(run, shape === 'scalar' ? 'collection' : 'relation')
      expect(all).toEqual(expect.arrayContaining([...found, ...expected]))
      expect(found.length).toBe(expected.length)
    } else expect(found).toEqual(expected)
  })
}
