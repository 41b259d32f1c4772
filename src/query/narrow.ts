import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Answer } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Schema } from '../model/schema.ts'
import type { ValueType } from '../model/type.ts'
import { argumentTexts, assignArguments } from './check/arguments.ts'
import { compile } from './check/compile.ts'
import { type ColumnShape, columnsOf } from './check/find-columns.ts'
import { type Filter, type Kept, keptRows, LITERAL_COMPARISONS } from './filter-rows.ts'
import type { Clause, FindElement, Input, ParsedQuery, Pattern, Predicate, Variable } from './language/ast.ts'
import { variablesOf } from './language/clause-terms.ts'
import type { RunOptions } from './operators/options.ts'

/** What an extract leaves of a query's answer. */
export interface Narrowing {
  /** Names of columns in the order wanted, null for all. */
  readonly columns: readonly string[] | null
  readonly filters: readonly Filter[]
  /** By which entity it is cut. Where it is not in `:find`, rows that differ in it alone are as many rows. */
  readonly shard: string
}

/** A query that does no work for columns that nobody wants, and as little as can be for rows that filters refuse. */
export interface Narrowed {
  readonly query: ParsedQuery
  /** Declared types and arguments of what filters brought, beside those of the caller. */
  readonly types: ReadonlyMap<string, ValueType>
  readonly args: Readonly<Record<string, unknown>>
  /** Of the columns that are shown. */
  readonly shapes: readonly ColumnShape[]
  /** Whether columns are entities of a kind that is known before there are rows, and of which. */
  readonly kind: string | null
  /** Takes out of an answer what `query` had to find but nobody asked for. */
  show(answer: Answer, view: FactView): Answer
}

/**
 * Pushes a choice of columns and filters into a query, so that scans know of both. Rows are the same as if they were chosen afterwards, and
 * as many. Throws `argument` for a column that is not there, and for a filter that makes no sense.
 */
export function narrowQuery(
  given: ParsedQuery,
  schema: Schema,
  { types = new Map(), args = {}, library }: Pick<RunOptions, 'types' | 'args' | 'library'>,
  { columns, filters, shard }: Narrowing,
): Narrowed {
  const compiled = compile(given, schema, {
    ...argumentTexts(given, assignArguments(given, args)),
    types,
    ...(library && { library }),
  })
  const shapes = columnsOf(compiled)
  const names = shapes.map(({ name }) => name)
  const place = (name: string): number => {
    const found = names.indexOf(name)
    const near = nearest(name, names)
    if (found < 0)
      throw new FactError('argument', `there is no column ${name}.${hint(near) || ` There are ${names.join(', ')}.`}`, {
        nearest: near,
      })
    return found
  }
  const shown = columns === null ? names.map((_, i) => i) : columns.map(place)
  if (shown.length === 0) throw new FactError('argument', 'columns names no column: leave it out for all')
  if (new Set(shown).size < shown.length) throw new FactError('argument', 'columns names a column twice')
  const asked = filters.map((filter, i) => ({ filter, place: place(filter.column), name: `?#${i}` }))

  const pushed = asked.map(({ filter, place: at, name }, i) => {
    const element = given.find[at]
    const isInput = given.inputs.some(
      input =>
        input.input === 'values' &&
        input.binding.variables.some(each => each.term === 'variable' && each.name === element.variable.name),
    )
    const again = asked.some(({ place: other, filter: { op } }, j) => j < i && other === at && op === 'in')
    return pushedFilter(filter, element, shapes[at], name, !isInput && !again, schema)
  })
  const late = asked.filter((_, i) => pushed[i] === null)
  const where = [...given.where, ...pushed.flatMap(push => push?.clauses ?? [])]
  const inputs = [...given.inputs, ...pushed.flatMap(push => push?.inputs ?? [])]

  // what must be found: what is shown or looked at later, the entity that gives the order, and what tells rows apart
  const find = [...given.find]
  if (!find.some(element => element.find === 'variable' && element.variable.name === shard))
    find.push({ find: 'variable', variable: variable(shard, given), text: shard, at: given.at })
  const wanted = new Set([...shown, ...late.map(({ place: at }) => at)])
  const idle = new Set<string>()
  const kept = find.flatMap((element, i) => {
    if (i >= given.find.length || wanted.has(i)) return [i]
    if (element.find === 'aggregate' || element.find === 'pull') return []
    if (element.find === 'maybe') return schema.attribute(element.ident).many ? [i] : []
    const only =
      element.variable.name !== shard && isIdle(element.variable.name, { ...given, find, where, inputs }, schema)
    if (only) idle.add(element.variable.name)
    return only ? [] : [i]
  })
  const isGrouped = find.some(element => element.find === 'aggregate')
  const aggregated = kept.some(i => find[i].find === 'aggregate')
  // an aggregate is over the set of rows of all of them, also of those that nobody wants
  const unseen = find.flatMap((element, i) =>
    element.find === 'aggregate' && !kept.includes(i) ? [element.variable] : [],
  )
  const query: ParsedQuery = {
    ...given,
    find: kept.map(i => find[i]),
    with: aggregated ? [...given.with, ...unseen] : isGrouped ? [] : given.with,
    where: idle.size === 0 ? where : where.map(clause => blanked(clause, idle)),
    inputs,
    keys: given.keys && kept.map(i => given.keys?.[i] ?? '#'),
    orderBy: null,
  }
  const at = (i: number): number => kept.indexOf(i)
  const tests = late.map(
    ({ filter, place: column }): Kept => ({ filter, column: at(column), type: shapes[column].type }),
  )
  const entity = compiled.types.get(shard)
  return {
    query,
    types: new Map(pushed.flatMap(push => (push?.type ? [push.type] : []))),
    args: Object.fromEntries(pushed.flatMap(push => (push?.arg ? [push.arg] : []))),
    shapes: shown.map(i => shapes[i]),
    kind: entity?.base === 'ref' ? entity.kind : null,
    show(answer, view) {
      const rest = tests.length === 0 ? answer : keptRows(answer, tests, view)
      return {
        ...rest,
        columns: shown.map(i => rest.columns[at(i)]),
        keys: given.keys && shown.map(i => given.keys?.[i] as string),
      }
    },
  }
}

const variable = (name: string, { at }: { readonly at: Variable['at'] }): Variable => ({ term: 'variable', name, at })

interface Pushed {
  readonly clauses: readonly Clause[]
  readonly inputs: readonly Input[]
  readonly type?: readonly [string, ValueType]
  readonly arg?: readonly [string, unknown]
}

/** A filter as clauses; null where only the finished rows can tell. */
function pushedFilter(
  filter: Filter,
  element: FindElement,
  { type }: ColumnShape,
  name: string,
  direct: boolean,
  schema: Schema,
): Pushed | null {
  const { at } = element
  if (element.find === 'aggregate' || element.find === 'pull') return null
  const blank = { term: 'blank', at } as const
  const nothing: Pushed = { clauses: [], inputs: [] }
  if (element.find === 'maybe') {
    const { source, variable: entity, ident, identAt } = element
    if (schema.attribute(ident).many) return null
    const value = variable(`${name}v`, element)
    const fact: Pattern = { clause: 'pattern', source, entity, ident, identAt, value, tx: blank, op: blank, at }
    const known: Pattern = { ...fact, value: blank }
    if (filter.op === 'not-null') return { ...nothing, clauses: [known] }
    if (filter.op === 'null') return { ...nothing, clauses: [{ clause: 'not', join: null, clauses: [known], at }] }
    const compared = comparedTo(filter, value, type, name, true)
    return { ...compared, clauses: [fact, ...compared.clauses] }
  }
  if (filter.op === 'not-null') return nothing
  if (filter.op === 'null') return null
  return comparedTo(filter, element.variable, type, name, direct)
}

/** `direct` where nothing else gives the variable values, so that a list can join instead of meeting every row. */
function comparedTo(filter: Filter, value: Variable, type: ValueType, name: string, direct: boolean): Pushed {
  const { at } = value
  const join = filter.op === 'in' && direct
  const given = join ? value : variable(name, value)
  const bind = filter.op === 'in' ? 'collection' : 'scalar'
  const input: Input = { input: 'values', binding: { bind, variables: [given], at }, at }
  if (join) return { clauses: [], inputs: [input], arg: [given.name, filter.value] }
  const op = filter.op === 'in' ? '=' : filter.op
  const predicate: Predicate = { clause: 'predicate', name: op, source: null, args: [value, given], at }
  return { clauses: [predicate], inputs: [input], type: [name, type], arg: [name, filter.value] }
}

/** Whether a variable tells nothing that its entity does not: the one value of an attribute, which nothing else looks at. */
function isIdle(name: string, { find, with: and, where, inputs }: ParsedQuery, schema: Schema): boolean {
  const uses = [
    ...find.map(element => element.variable),
    ...find.flatMap(element =>
      element.find === 'aggregate' && element.amount?.term === 'variable' ? [element.amount] : [],
    ),
    ...and,
    ...inputs.flatMap(input => (input.input === 'values' ? input.binding.variables : [])),
    ...where.flatMap(variablesOf),
  ].filter(use => use.term === 'variable' && use.name === name)
  const pattern = where.find(
    (clause): clause is Pattern =>
      clause.clause === 'pattern' && clause.value.term === 'variable' && clause.value.name === name,
  )
  if (uses.length !== 2 || pattern === undefined || pattern.source !== '$') return false
  const { entity, tx, op } = pattern
  if (tx.term !== 'blank' || op.term !== 'blank' || schema.attribute(pattern.ident).many) return false
  if (entity.term === 'constant' || entity.term === 'lookup') return true
  return (
    entity.term === 'variable' &&
    find.some(element => element.find === 'variable' && element.variable.name === entity.name)
  )
}

const blanked = (clause: Clause, idle: ReadonlySet<string>): Clause =>
  clause.clause === 'pattern' && clause.value.term === 'variable' && idle.has(clause.value.name)
    ? { ...clause, value: { term: 'blank', at: clause.value.at } }
    : clause

/** Throws `argument` for what is no filter. */
export function checkFilter(filter: Filter): void {
  const { column, op, value } = filter
  const ops = [...LITERAL_COMPARISONS, 'in', 'null', 'not-null']
  if (!ops.includes(op))
    throw new FactError('argument', `${JSON.stringify(op)} is no filter; there are ${ops.join(' ')}`)
  const none = op === 'null' || op === 'not-null'
  if (none !== (value === undefined))
    throw new FactError('argument', `the filter ["${column}", "${op}"] takes ${none ? 'no value' : 'a value'}`)
  if (op === 'in' && !Array.isArray(value))
    throw new FactError('argument', `the filter ["${column}", "in"] takes a list of values`)
}
