import { FactError } from '../../base/error.ts'
import type { Answer } from '../../model/answer.ts'
import { wideAt } from '../../model/column.ts'
import { Decimal } from '../../model/decimal.ts'
import type { FactView } from '../../model/fact-view.ts'
import { ANY, type ValueType } from '../../model/type.ts'
import { EntityRef, type Value } from '../../model/value.ts'
import { keyText } from '../columns/numbering.ts'
import { BLOCK, type Relation, RowList, type Run } from '../columns/relation.ts'
import { type Coding, fittingVector, type Vector, valueAt } from '../columns/vector.ts'
import type { Clause, Computation, NestedQuery, ParsedQuery, Term } from '../language/ast.ts'
import { showEdn } from '../language/edn-text.ts'
import { parseQueryForm } from '../language/parse.ts'
import type { Rows } from '../language/row-source.ts'
import type { Computed } from './bind.ts'
import type { RunOptions } from './options.ts'

/** Runs one query; handed in, since queries nest. */
export type RunNested = (query: ParsedQuery, options: RunOptions) => Answer

export type Nesting = Computation & { readonly nested: NestedQuery }

/** The calls of `q` in some clauses, nested clause lists included. */
export function nestedCalls(clauses: readonly Clause[]): Nesting[] {
  return clauses.flatMap(clause => {
    if (clause.clause === 'not') return nestedCalls(clause.clauses)
    if (clause.clause === 'or') return clause.branches.flatMap(nestedCalls)
    return clause.clause === 'computation' && clause.nested !== undefined ? [clause as Nesting] : []
  })
}

/** Reads the query of a call and checks that each of its inputs is given. Throws `parse-error`, `arity`, and whatever `parseQuery` does. */
export function nestedQuery({ nested, at }: Nesting, text: string): ParsedQuery {
  const query = parseQueryForm(nested.form, text)
  const inputs: ParsedQuery['inputs'] = query.inputs.length > 0 ? query.inputs : [{ input: 'source', name: '$', at }]
  if (inputs.length !== nested.given.length && !(query.inputs.length === 0 && nested.given.length === 0))
    throw new FactError('arity', `the query of (q …) takes ${inputs.length} inputs, not ${nested.given.length}`, at)
  inputs.forEach((input, i) => {
    const given = nested.given[i]
    const fits =
      given === undefined ||
      (typeof given === 'number' ? input.input === 'values' : input.input === (given === '%' ? 'rules' : 'source'))
    if (!fits)
      throw new FactError('arity', `input ${i + 1} of the query of (q …) is given something else than it takes`, at)
  })
  return { ...query, inputs }
}

/** The types that inputs of a nested query have from outside. */
export function nestedTypes(
  query: ParsedQuery,
  { nested, args }: Nesting,
  typeOf: (term: Term) => ValueType,
): Map<string, ValueType> {
  const types = new Map<string, ValueType>()
  query.inputs.forEach((input, i) => {
    const given = nested.given[i]
    if (typeof given !== 'number' || input.input !== 'values' || input.binding.bind !== 'scalar') return
    const type = typeOf(args[given])
    if (type.base !== 'any' && type.base !== 'list') types.set(input.binding.variables[0].name, type)
  })
  return types
}

/** What a query inside of a query gives for each row, once for each combination of arguments. */
export function runNested(
  call: Nesting,
  relation: Relation,
  text: string,
  outer: RunOptions,
  constant: (term: Term) => Value | undefined,
  run: Run,
  runQuery: RunNested,
): Computed {
  const query = call.nested.query ?? nestedQuery(call, text)
  const columnOf = (term: Term): Vector => relation.columns.get((term as { name: string }).name) as Vector
  const types = nestedTypes(query, call, term => (constant(term) === undefined ? columnOf(term).type : ANY))
  const known = new Map<string, Value | null>()
  const values: Value[] = []
  const rows = new RowList(relation.rows)
  for (let row = 0; row < relation.rows; row++) {
    if (row % BLOCK === 0) run.stop()
    const args = call.args.map(term => constant(term) ?? valueAt(columnOf(term), row, run))
    const key = args.map(keyText).join('\n')
    let value = known.get(key)
    if (value === undefined)
      known.set(key, (value = resultOf(runQuery(query, optionsFor(query, call, args, types, outer)), run)))
    if (value === null) continue
    rows.room(1)[rows.length++] = row
    values.push(value)
  }
  const type = query.shape === 'scalar' ? (call.nested.types?.[0] ?? ANY) : ANY
  return { rows: rows.rows(), vector: fittingVector(type, values, run) }
}

function optionsFor(
  query: ParsedQuery,
  { nested }: Nesting,
  args: readonly Value[],
  types: ReadonlyMap<string, ValueType>,
  outer: RunOptions,
): RunOptions {
  const given: unknown[] = []
  const sources = new Map<string, FactView>()
  const rows = new Map<string, Rows>()
  const main = outer.sources.get('$')
  if (main !== undefined) sources.set('$', main)
  query.inputs.forEach((input, i) => {
    const from = nested.given[i]
    if (input.input === 'source') {
      const table = outer.rows?.get(from as string)
      const view = outer.sources.get(from as string) ?? main
      if (table !== undefined) rows.set(input.name, table)
      else if (view !== undefined) sources.set(input.name, view)
    } else if (input.input === 'rules') given.push(rulesOf(outer))
    else given.push({ $edn: showEdn(args[from as number]) })
  })
  const { stated, library, stop, memory } = outer
  return {
    sources,
    rows,
    args: given,
    types,
    ...(stated && { stated }),
    ...(library && { library }),
    ...(stop && { stop }),
    ...(memory !== undefined && { memory }),
  }
}

/** `%` in a nested query are the rules of the outer one. */
const rulesOf = ({ args }: RunOptions): unknown =>
  Array.isArray(args) ? args.find(arg => typeof arg === 'string') : (args as Record<string, unknown> | undefined)?.['%']

/** An answer as a value: a relation as a list of lists, a collection as a list, a tuple as a list, a scalar as it is. */
function resultOf(answer: Answer, coding: Coding): Value | null {
  const row = (i: number): Value[] => answer.columns.map(column => answerCell(answer, column, i, coding))
  const all = Array.from({ length: answer.rows }, (_, i) => row(i))
  switch (answer.shape) {
    case 'relation':
      return all
    case 'collection':
      return all.map(([value]) => value)
    case 'tuple':
      return all[0] ?? null
    case 'scalar':
      return all[0]?.[0] ?? null
  }
}

function answerCell(answer: Answer, { type, v }: Answer['columns'][number], row: number, { schema }: Coding): Value {
  if (type.base === 'ref') return new EntityRef(Number(v.values[row]))
  if (v.as === 'i128') return new Decimal(wideAt(v.values, row), type.base === 'decimal' ? type.digits : 0)
  const value =
    v.as === 'any' ? v.values[row] : valueAt({ type, ...v }, row, { schema, strings: answer.strings } as Coding)
  if (value === null)
    throw new FactError(
      'wrong-type',
      'a pull in a query inside of a query found nothing, and null is no value that it could give',
    )
  return value as Value
}
