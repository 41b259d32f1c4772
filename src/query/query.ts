/**
 * The only entrance of this room: Datalog text in, typed columns out.
 *
 * `parseQuery` needs nothing but the text and may be cached by its caller for as long as it likes. `runQuery` does the rest:
 * check against the schema, bind the arguments, plan, run, shape. Nothing here knows a store: all facts come from `FactView`s.
 */
import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Answer } from '../model/answer.ts'
import type { Schema } from '../model/schema.ts'
import type { ValueType } from '../model/type.ts'
import { argumentTexts, assignArguments, bindArguments } from './check/arguments.ts'
import { compile } from './check/compile.ts'
import { compileOnce } from './check/compile-cache.ts'
import { columnsOf } from './check/find-columns.ts'
import type { Trace } from './columns/trace.ts'
import { type Explained, explained } from './explain.ts'
import { finish } from './finish.ts'
import { forgetPlan } from './kept-plans.ts'
import type { ParsedQuery } from './language/ast.ts'
import type { Library } from './language/library.ts'
import type { Arguments, RunOptions } from './operators/options.ts'
import { shapeOf } from './plan/rows.ts'
import { checkLooking } from './pull-find.ts'
import { planBody, runBody } from './run.ts'

export { type BuiltIn, builtIns } from './built-ins.ts'
export type { ColumnShape } from './check/find-columns.ts'
export { shardVariable } from './check/shard.ts'
export { Memory, type Pace } from './columns/pace.ts'
export type { Explained, PlanNode } from './explain.ts'
export type { Filter } from './filter-rows.ts'
export type { ParsedQuery } from './language/ast.ts'
export { type Edn, type EdnPlace, readEdn, readEdnAll } from './language/edn.ts'
export { jsonOfForm, showForm } from './language/edn-form.ts'
export { showEdn } from './language/edn-text.ts'
export { textOfJsonQuery } from './language/json-form.ts'
export {
  EMPTY_LIBRARY,
  joinLibraries,
  type Library,
  parseLibrary,
  type Reached,
  reachedBy,
} from './language/library.ts'
export { parseQuery } from './language/parse.ts'
export type { Procedure } from './language/procedure.ts'
export { checkPull, parsePull } from './language/pull-pattern.ts'
export type { Rows } from './language/row-source.ts'
export { type Parameter, parameterTypes, parseSavedQuery, type SavedQuery } from './language/saved.ts'
export type { Stated } from './language/schema-source.ts'
export { checkFilter, type Narrowed, narrowQuery } from './narrow.ts'
export type { Arguments, RunOptions, ShardOf } from './operators/options.ts'
export { type PullOptions, pullMany, type Transform } from './pull/pull.ts'
export { transformsOf } from './pull-procedures.ts'

/**
 * Runs a query: exact and complete, or an error. Rows come in the total order of values, columns from left to
 * right, unless the query orders them otherwise; so the same query, arguments and views give the same rows in the same order.
 * Throws `FactError`s of the kinds that surface §4 lists for a query, with line and column where the text is at fault.
 */
export function runQuery(query: ParsedQuery, given: RunOptions): Answer {
  const { compiled, bound, options } = prepare(query, given)
  return finish(compiled, runBody(compiled, bound, options, runQuery), options)
}

/**
 * How a query would be run, or with `run` was run: as a tree with the rows that the planner expected and those that came, as text, and with
 * warnings where the query may not mean what its author thinks. Throws as `runQuery` does.
 */
export function explainQuery(query: ParsedQuery, given: RunOptions & { readonly run?: boolean }): Explained {
  const { compiled, bound, options } = prepare(query, given)
  forgetPlan(compiled)
  if (!given.run) {
    const { block, partsOf } = planBody(compiled, bound, options, runQuery)
    return explained(compiled, block, partsOf, null, null)
  }
  const start = performance.now()
  const trace: Trace = new Map()
  const found = runBody(compiled, bound, options, runQuery, trace)
  const { rows } = finish(compiled, found, options)
  return explained(compiled, found.block, found.partsOf, trace, { rows, ms: performance.now() - start })
}

function prepare(query: ParsedQuery, given: RunOptions) {
  const options = query.timeout === null ? given : { ...given, stop: stopAfter(query.timeout, given) }
  checkGiven(query, options)
  const main = options.sources.get('$') ?? options.sources.values().next().value
  if (main === undefined) throw new Error('bug: a query needs at least one source')
  const assigned = assignArguments(query, options.args ?? {})
  const compiled = compileOnce(query, main.schema, {
    ...argumentTexts(query, assigned),
    types: options.types ?? new Map(),
    ...(options.library && { library: options.library }),
    ...(options.rows && { rows: new Map(Array.from(options.rows, ([name, rows]) => [name, shapeOf(name, rows)])) }),
  })
  checkLooking(query, options)
  return { compiled, bound: bindArguments(compiled, assigned, main), options }
}

/** The stop hook of a query that says itself how long it may take. */
function stopAfter(timeout: number, { stop, clock = () => performance.now() }: RunOptions): () => void {
  const end = clock() + timeout
  return () => {
    stop?.()
    if (clock() > end) throw new FactError('timeout', `the query took longer than its :timeout of ${timeout} ms`)
  }
}

/** Throws `unknown-source` for a source that is given, but that the query does not name. */
function checkGiven(query: ParsedQuery, { sources, rows }: RunOptions): void {
  if (rows === undefined && sources.size === 1 && sources.has('$')) return
  const named = new Set(['$', ...query.inputs.flatMap(input => (input.input === 'source' ? [input.name] : []))])
  const stranger = [...sources.keys(), ...(rows?.keys() ?? [])].find(name => !named.has(name))
  if (stranger !== undefined) {
    const near = nearest(stranger, named)
    throw new FactError('unknown-source', `${stranger} is given, but does not stand in :in.${hint(near)}`, {
      nearest: near,
    })
  }
}

/** What a query takes and gives, without running it: for the plan of an extract, listings and checks. Without `args` a type that only they could tell is `any`. Throws as `runQuery` would. */
export function describeQuery(
  query: ParsedQuery,
  schema: Schema,
  given: {
    readonly types?: ReadonlyMap<string, ValueType>
    readonly args?: Arguments
    readonly library?: Library
  } = {},
): {
  readonly columns: readonly {
    readonly name: string
    readonly find: string
    readonly type: ValueType
    readonly nullable: boolean
  }[]
} {
  const { args, types = new Map(), library } = given
  const texts = args === undefined ? { rules: null } : argumentTexts(query, assignArguments(query, args))
  return { columns: columnsOf(compile(query, schema, { ...texts, types, ...(library && { library }) })) }
}
