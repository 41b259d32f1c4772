import { FactError } from '../base/error.ts'
import { kindOf } from '../model/entity-id.ts'
import { entityTextOf } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { EntityRef } from '../model/value.ts'
import type { Bound } from './arguments.ts'
import type { Term } from './ast.ts'
import type { Source } from './candidate.ts'
import type { Compiled } from './compile.ts'
import type { Naming } from './functions.ts'
import type { RunOptions } from './options.ts'
import { variablesOf } from './parse.ts'
import { planBlock } from './plan.ts'
import { QueryStrings } from './query-strings.ts'
import { type Relation, type Run, takeRows, UNIT, withColumn } from './relation.ts'
import { inShard } from './small-steps.ts'
import { Statistics } from './statistics.ts'
import { type Block, runBlock } from './step.ts'
import { constantVector } from './vector.ts'

/** The rows of the clauses over the variables of `:find` and `:with`, not yet distinct, in no order. */
export interface Found {
  readonly relation: Relation
  readonly run: Run
  readonly block: Block
}

/** Plans the clauses for these arguments and views, and runs them. */
export function runBody(compiled: Compiled, bound: Bound, options: RunOptions): Found {
  const main = viewNamed('$', options)
  const run: Run = { strings: new QueryStrings(main.strings), schema: main.schema, stop: options.stop ?? (() => {}) }
  const source = sourceOf(compiled, bound, options, run)
  const wanted = new Set(variablesOf(compiled.query).map(variable => variable.name))
  const block = planBlock(compiled.clauses, bound.tables, { rows: 1, bound: new Map() }, wanted, source)
  let relation = runBlock(block, UNIT, run)
  for (const name of wanted) {
    const literal = bound.constants.get(name)
    if (literal) relation = withColumn(relation, name, constantVector(literal.type, literal.value, relation.rows, run))
  }
  const { shard } = source
  const sharded = shard === null ? undefined : bound.constants.get(shard.variable)?.value
  const elsewhere = shard !== null && sharded instanceof EntityRef && !inShard(sharded.number, shard)
  if (bound.nothing || elsewhere) relation = takeRows(relation, new Int32Array(0))
  return { relation, run, block }
}

function viewNamed(name: string, options: RunOptions): FactView {
  const view = options.sources.get(name) ?? options.sources.get('$')
  if (view === undefined) throw new FactError('unknown-source', `there is no source ${name}`)
  return view
}

function sourceOf(compiled: Compiled, bound: Bound, options: RunOptions, run: Run): Source {
  const statistics = new Map<string, Statistics>()
  const view = (name: string): FactView => {
    const found = viewNamed(name, options)
    // codes and ordinals agree between views of one store, and between nothing else
    if (found.schema !== run.schema)
      throw new FactError('unsupported', `${name} is of another store, and queries over two stores are not built yet`)
    return found
  }
  return {
    view,
    statistics(name) {
      let known = statistics.get(name)
      if (known === undefined) statistics.set(name, (known = new Statistics(view(name), run)))
      return known
    },
    constants: bound.constants,
    constant(term: Term) {
      if (term.term === 'constant') return term.literal
      return term.term === 'variable' ? bound.constants.get(term.name) : undefined
    },
    types: compiled.types,
    shard: options.shard ?? null,
    naming: namingOf(view('$')),
  }
}

const namingOf = (view: FactView): Naming => ({
  entityKind: entity => view.schema.kinds[kindOf(entity)].name,
  entityId: entity => entityTextOf(view, entity),
})
