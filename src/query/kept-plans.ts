import type { Bound } from './check/arguments.ts'
import type { Compiled } from './check/compiled.ts'
import type { Run } from './columns/relation.ts'
import { variablesOf } from './language/parse.ts'
import type { RunNested } from './operators/nested.ts'
import type { RunOptions } from './operators/options.ts'
import { type Block, isLasting, stillHolds } from './operators/step.ts'
import { planBlock } from './plan/plan.ts'
import { type RunSource, runSource } from './run-source.ts'

export interface Plan {
  readonly block: Block
  readonly from: RunSource
  /** Variables of `:find` and `:with`. */
  readonly wanted: ReadonlySet<string>
  /** Whether it serves other arguments and views. */
  readonly lasting: boolean
  /** What it depends on beside arguments and facts. */
  readonly kind: string
}

/** Of each query the plan of the last run, while no run has it. */
const plans = new WeakMap<Compiled, Plan>()

/** The order in which clauses were taken last, and what that was expected to cost: for plans that serve but one run. */
const orders = new WeakMap<
  Compiled,
  { readonly order: readonly number[]; readonly cost: number; readonly rows: number }
>()

/** So that what is shown of a plan does not depend on what was asked before. */
export function forgetPlan(compiled: Compiled): void {
  plans.delete(compiled)
  orders.delete(compiled)
}

/**
 * The plan of the last run for these arguments and views, where it lasts and what was expected of it is still so; undefined where there is
 * none. Nobody else gets it until it is put back.
 */
export function takePlan(compiled: Compiled, bound: Bound, options: RunOptions, run: Run): Plan | undefined {
  const plan = plans.get(compiled)
  if (plan === undefined || plan.kind !== kindOf(options)) return undefined
  plans.delete(compiled)
  plan.from.bind(bound, options, run)
  if (stillHolds(plan.block)) return plan
  orders.delete(compiled)
  return undefined
}

/** Keeps a plan for the next run. */
export function keepPlan(compiled: Compiled, plan: Plan): void {
  if (!plan.lasting) return
  plan.from.release()
  plans.set(compiled, plan)
}

export function planned(compiled: Compiled, bound: Bound, options: RunOptions, run: Run, runQuery: RunNested): Plan {
  const from = runSource(compiled, runQuery)
  from.bind(bound, options, run)
  const wanted = new Set(variablesOf(compiled.query).map(variable => variable.name))
  const block = planOnce(compiled, bound, wanted, from)
  return { block, from, wanted, lasting: isLasting(block), kind: kindOf(options) }
}

/** Takes the order of the last time, unless other constants or facts make it far dearer, or what it finds far more. */
function planOnce(compiled: Compiled, bound: Bound, wanted: ReadonlySet<string>, { source }: RunSource): Block {
  const seed = { rows: 1, bound: new Map() }
  const known = orders.get(compiled)
  if (known !== undefined) {
    const block = planBlock(compiled.clauses, bound.tables, seed, wanted, source, known.order)
    if (block.cost <= 2 * known.cost + 64 && block.rows <= 4 * known.rows + 64) return block
  }
  const block = planBlock(compiled.clauses, bound.tables, seed, wanted, source)
  orders.set(compiled, { order: block.order, cost: block.cost, rows: block.rows })
  return block
}

/** Which sources there are, of which sort, and by which variable an extract is cut. */
function kindOf({ sources, rows, shard }: RunOptions): string {
  let kind = shard ? `${shard.variable} ${shard.of}` : ''
  for (const [name, { history }] of sources) kind += history === undefined ? ` ${name}` : ` ${name} history`
  for (const name of rows?.keys() ?? []) kind += ` ${name} rows`
  return kind
}
