/**
 * The only entrance of this room: Datalog text in, typed columns out.
 *
 * `parseQuery` needs nothing but the text and may be cached by its caller for as long as it likes. `runQuery` does the rest:
 * check against the schema, bind the arguments, plan, run, shape. Nothing here knows a store: all facts come from `FactView`s.
 */
import type { Answer } from '../model/answer.ts'
import type { Schema } from '../model/schema.ts'
import type { ValueType } from '../model/type.ts'
import { argumentTexts, bindArguments } from './arguments.ts'
import type { ParsedQuery } from './ast.ts'
import { compile } from './compile.ts'
import { columnsOf, finish } from './finish.ts'
import type { Arguments, RunOptions } from './options.ts'
import { runBody } from './run.ts'

export type { ParsedQuery } from './ast.ts'
export { type Edn, type EdnPlace, readEdn, readEdnAll } from './edn.ts'
export { jsonOfForm, showForm } from './edn-form.ts'
export { showEdn } from './edn-text.ts'
export type { Arguments, RunOptions, ShardOf } from './options.ts'
export { parseQuery } from './parse.ts'
export { type Parameter, parameterTypes, parseSavedQuery, type SavedQuery } from './saved.ts'
export { shardVariable } from './shard.ts'

/**
 * Runs a query: exact and complete, or an error. Rows come in the total order of values, columns from left to
 * right, unless the query orders them otherwise; so the same query, arguments and views give the same rows in the same order.
 * Throws `FactError`s of the kinds that surface §4 lists for a query, with line and column where the text is at fault.
 */
export function runQuery(query: ParsedQuery, options: RunOptions): Answer {
  const main = options.sources.get('$') ?? options.sources.values().next().value
  if (main === undefined) throw new Error('bug: a query needs at least one source')
  const compiled = compile(query, main.schema, {
    ...argumentTexts(query, options.args ?? {}),
    types: options.types ?? new Map(),
  })
  const bound = bindArguments(compiled, options.args ?? {}, main)
  return finish(compiled, runBody(compiled, bound, options), options)
}

/** What a query takes and gives, without running it: for the plan of an extract, listings and checks. Without `args` a type that only they could tell is `any`. Throws as `runQuery` would. */
export function describeQuery(
  query: ParsedQuery,
  schema: Schema,
  types: ReadonlyMap<string, ValueType> = new Map(),
  args?: Arguments,
): {
  readonly columns: readonly {
    readonly name: string
    readonly find: string
    readonly type: ValueType
    readonly nullable: boolean
  }[]
} {
  return {
    columns: columnsOf(
      compile(query, schema, { ...(args === undefined ? { rules: null } : argumentTexts(query, args)), types }),
    ),
  }
}
