import { FactError } from '../base/error.ts'
import { kindOf } from '../model/entity-id.ts'
import { entityTextOf } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { HistoryView } from '../model/history.ts'
import { EntityRef } from '../model/value.ts'
import type { Bound, Table } from './check/arguments.ts'
import type { Compiled } from './check/compile.ts'
import { historyBase } from './check/log-functions.ts'
import { Memory } from './columns/pace.ts'
import { QueryStrings } from './columns/query-strings.ts'
import { type Relation, type Run, takeRows, UNIT, withColumn } from './columns/relation.ts'
import type { Trace } from './columns/trace.ts'
import { constantVector } from './columns/vector.ts'
import type { Naming } from './functions/function.ts'
import type { Computation, NestedQuery, Places, Term } from './language/ast.ts'
import { variablesOf } from './language/parse.ts'
import type { AskedTable } from './operators/asked.ts'
import { type RunNested, runNested } from './operators/nested.ts'
import type { RunOptions } from './operators/options.ts'
import { type Block, type Part, runBlock } from './operators/step.ts'
import type { Source } from './plan/candidate.ts'
import { planBlock } from './plan/plan.ts'
import { RuleTable, RuleTables } from './plan/rule-table.ts'
import { inShard } from './plan/small-steps.ts'
import { Statistics } from './plan/statistics.ts'

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

/** Plans the clauses for these arguments and views, and runs them. */
export function runBody(
  compiled: Compiled,
  bound: Bound,
  options: RunOptions,
  runQuery: RunNested,
  trace?: Trace,
): Found {
  const { source, run, wanted, block, partsOf } = planBody(compiled, bound, options, runQuery, trace)
  // an argument that names nothing leaves no row to begin with, and so next to nothing to do
  let relation = runBlock(block, bound.nothing ? takeRows(UNIT, new Int32Array(0)) : UNIT, run)
  for (const name of wanted) {
    const literal = bound.constants.get(name)
    if (literal) relation = withColumn(relation, name, constantVector(literal.type, literal.value, relation.rows, run))
  }
  const { shard } = source
  const sharded = shard === null ? undefined : bound.constants.get(shard.variable)?.value
  const elsewhere = shard !== null && sharded instanceof EntityRef && !inShard(sharded.number, shard)
  if (bound.nothing || elsewhere) relation = takeRows(relation, new Int32Array(0))
  return { relation, run, block, bound, partsOf }
}

/** The plans behind a step that asks a rule. */
const partsIn =
  (source: Source): PartsOf =>
  table =>
    table instanceof RuleTable && source.rules instanceof RuleTables ? table.parts(source.rules) : []

/** Plans the clauses for these arguments and views. */
export function planBody(compiled: Compiled, bound: Bound, options: RunOptions, runQuery: RunNested, trace?: Trace) {
  const main = viewNamed('$', options)
  const memory = new Memory(options.memory ?? Number.POSITIVE_INFINITY)
  const run: Run = {
    strings: new QueryStrings(main.strings),
    schema: main.schema,
    stop: options.stop ?? (() => {}),
    reserve: bytes => memory.reserve(bytes),
    memory,
    ...(trace === undefined ? {} : { trace }),
  }
  const source = sourceOf(compiled, bound, options, run, runQuery)
  const wanted = new Set(variablesOf(compiled.query).map(variable => variable.name))
  const block = planOnce(compiled, bound, wanted, source)
  return { source, run, wanted, block, partsOf: partsIn(source) }
}

/** The order in which each query was planned last, and what that was expected to cost. */
const orders = new WeakMap<
  Compiled,
  { readonly order: readonly number[]; readonly cost: number; readonly rows: number }
>()

/** So that what is shown of a plan does not depend on what was asked before. */
export const forgetOrder = (compiled: Compiled): boolean => orders.delete(compiled)

/** Takes the order of the last time, unless other constants or facts make it far dearer, or what it finds far more. */
function planOnce(compiled: Compiled, bound: Bound, wanted: ReadonlySet<string>, source: Source): Block {
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

function viewNamed(name: string, options: RunOptions): FactView {
  const view = options.sources.get(name) ?? options.sources.get('$')
  return view ?? unknownSource(name)
}

function unknownSource(name: string): never {
  throw new FactError('unknown-source', `there is no source ${name}`)
}

function sourceOf(compiled: Compiled, bound: Bound, options: RunOptions, run: Run, runQuery: RunNested): Source {
  const statistics = new Map<string, Statistics>()
  const tables = new Map<Places, Table>()
  const histories = new Map<string, FactView>()
  const view = (name: string): FactView => {
    const base = historyBase(name)
    if (base !== null) {
      let made = histories.get(base)
      if (made === undefined)
        histories.set(base, (made = view(base).history ? view(base) : new HistoryView(view(base))))
      return made
    }
    const found = viewNamed(name, options)
    // codes and ordinals agree between views of one store, and between nothing else
    if (found.schema !== run.schema)
      throw new FactError('unsupported', `${name} is of another store, and queries over two stores are not built yet`)
    return found
  }
  const source: Source = {
    view,
    statistics(name) {
      let known = statistics.get(name)
      if (known === undefined) statistics.set(name, (known = new Statistics(view(name), run)))
      return known
    },
    rows: name => options.rows?.get(name) ?? unknownSource(name),
    table(clause, make) {
      let table = tables.get(clause)
      if (table === undefined) tables.set(clause, (table = make()))
      return table
    },
    stated: options.stated ?? (() => ({ owner: null, contracts: [] })),
    constants: bound.constants,
    constant(term: Term) {
      if (term.term === 'constant') return term.literal
      return term.term === 'variable' ? bound.constants.get(term.name) : undefined
    },
    types: compiled.types,
    shard: options.shard ?? null,
    naming: namingOf(view('$')),
    nested: (call, input, running) =>
      runNested(
        call as Computation & { nested: NestedQuery },
        input,
        compiled.query.text,
        options,
        term => source.constant(term)?.value,
        running,
        runQuery,
      ),
    get rules() {
      return rules
    },
  }
  const rules = new RuleTables(source, planBlock)
  return source
}

const namingOf = (view: FactView): Naming => ({
  entityKind: entity => view.schema.kinds[kindOf(entity)].name,
  entityId: entity => entityTextOf(view, entity),
  now: view.at,
})
