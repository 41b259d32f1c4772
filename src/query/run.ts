import { FactError } from '../base/error.ts'
import { EntityRef } from '../model/value.ts'
import type { Bound } from './check/arguments.ts'
import type { Compiled } from './check/compiled.ts'
import { Memory } from './columns/pace.ts'
import { QueryStrings } from './columns/query-strings.ts'
import { type Relation, type Run, takeRows, UNIT, withColumn } from './columns/relation.ts'
import type { Trace } from './columns/trace.ts'
import { constantVector } from './columns/vector.ts'
import { keepPlan, type Plan, planned, takePlan } from './kept-plans.ts'
import type { AskedTable } from './operators/asked.ts'
import type { RunNested } from './operators/nested.ts'
import type { RunOptions } from './operators/options.ts'
import { type Block, type Part, runBlock } from './operators/step.ts'
import { RuleTable, RuleTables } from './plan/rule-table.ts'
import { inShard } from './plan/small-steps.ts'
import { viewNamed } from './run-source.ts'

/** The plans behind the table of a rule. */
export type PartsOf = (table: AskedTable) => readonly Part[]

/** The rows of the clauses over the variables of `:find` and `:with`, not yet distinct, in no order. */
export interface Found {
  readonly relation: Relation
  readonly run: Run
  readonly block: Block
  readonly partsOf: PartsOf
  readonly bound: Bound
}

/** Plans the clauses for these arguments and views, or takes the plan of the last time, and runs it. */
export function runBody(
  compiled: Compiled,
  bound: Bound,
  options: RunOptions,
  runQuery: RunNested,
  trace?: Trace,
): Found {
  const run = runOf(options, trace)
  if (trace !== undefined || bound.nothing) {
    const plan = planned(compiled, bound, options, run, runQuery)
    return {
      relation: runPlan(plan, bound, options, run),
      run,
      block: plan.block,
      partsOf: partsIn(plan),
      bound,
    }
  }
  const plan = takePlan(compiled, bound, options, run) ?? planned(compiled, bound, options, run, runQuery)
  if (plan.block.cost > (options.most ?? Number.POSITIVE_INFINITY)) {
    keepPlan(compiled, plan)
    throw new FactError('timeout', `the query is expected to look at more than the ${options.most} rows that it may`)
  }
  const relation = runPlan(plan, bound, options, run)
  keepPlan(compiled, plan)
  return { relation, run, block: plan.block, partsOf: partsIn(plan), bound }
}

function runPlan({ block, wanted }: Plan, bound: Bound, options: RunOptions, run: Run): Relation {
  // an argument that names nothing leaves no row to begin with, and so next to nothing to do
  let relation = runBlock(block, bound.nothing ? takeRows(UNIT, new Int32Array(0)) : UNIT, run)
  for (const name of wanted) {
    const literal = bound.constants.get(name)
    if (literal) relation = withColumn(relation, name, constantVector(literal.type, literal.value, relation.rows, run))
  }
  const shard = options.shard ?? null
  const sharded = shard === null ? undefined : bound.constants.get(shard.variable)?.value
  const elsewhere = shard !== null && sharded instanceof EntityRef && !inShard(sharded.number, shard)
  return bound.nothing || elsewhere ? takeRows(relation, new Int32Array(0)) : relation
}

/** The plan for these arguments and views alone. */
export function planBody(
  compiled: Compiled,
  bound: Bound,
  options: RunOptions,
  runQuery: RunNested,
): Pick<Found, 'block' | 'partsOf'> {
  const plan = planned(compiled, bound, options, runOf(options), runQuery)
  return { block: plan.block, partsOf: partsIn(plan) }
}

/** The plans behind a step that asks a rule. */
const partsIn =
  ({ from: { source } }: Plan): PartsOf =>
  table =>
    table instanceof RuleTable && source.rules instanceof RuleTables ? table.parts(source.rules) : []

function runOf(options: RunOptions, trace?: Trace): Run {
  const main = viewNamed('$', options)
  const memory = new Memory(options.memory ?? Number.POSITIVE_INFINITY)
  return {
    strings: new QueryStrings(main.strings),
    schema: main.schema,
    stop: options.stop ?? (() => {}),
    reserve: bytes => memory.reserve(bytes),
    memory,
    partial: options.shard?.window !== undefined,
    ...(options.pieces === undefined ? {} : { pieces: options.pieces }),
    ...(trace === undefined ? {} : { trace }),
  }
}
