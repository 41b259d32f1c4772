import { FactError } from '../../base/error.ts'
import { compileRows, type Table } from '../check/arguments.ts'
import { attributeOf } from '../check/infer.ts'
import type { Relation, Run } from '../columns/relation.ts'
import type { Clause, Not, Or, Pattern } from '../language/ast.ts'
import { type Nested, negate, rowVariable, unite } from '../operators/correlate.ts'
import { type FactPattern, holdingValuesOf, probe, scan } from '../operators/facts.ts'
import { join } from '../operators/join.ts'
import { type Block, runBlock } from '../operators/step.ts'
import { conditionsChange, type FusedPredicate, patternMaker } from './fact-pattern.ts'
import { openCandidate } from './open-pattern.ts'
import {
  type Candidate,
  first,
  type Planner,
  type Seed,
  type Source,
  type State,
  sourceWith,
  thin,
} from './planning.ts'
import { rowsCandidate } from './rows.ts'
import { callCandidate } from './rule-call.ts'
import { showPattern } from './show-clause.ts'
import { tableCandidate } from './table-candidate.ts'

export type { Candidate, Source, State } from './planning.ts'

type Fused = readonly FusedPredicate[]

export function candidateFor(clause: Clause, fused: Fused, state: State, source: Source, plan: Planner): Candidate {
  switch (clause.clause) {
    case 'pattern':
      return patternCandidate(clause, fused, state, source)
    case 'places':
      return clause.rows === undefined ? openCandidate(clause, state, source) : rowsCandidate(clause, state, source)
    case 'ground':
      return tableCandidate(groundRows(clause, source), state, source, clause)
    case 'not':
      return notCandidate(clause, state, source, plan)
    case 'or':
      return orCandidate(clause, state, source, plan)
    case 'call':
      return callCandidate(clause, state, source)
    default:
      throw new Error(`bug: a ${clause.clause} is no candidate`)
  }
}

/** Rows that stand in the text. Throws `wrong-type` where some do not fit their binding. */
function groundRows({ binding, values, at }: Extract<Clause, { clause: 'ground' }>, source: Source): Table {
  try {
    return compileRows(binding, values, source.types, source.view('$'))
  } catch (error) {
    throw error instanceof FactError ? new FactError('wrong-type', `(ground …): ${error.message}`, at) : error
  }
}

function patternCandidate(clause: Pattern, fused: Fused, state: State, source: Source): Candidate {
  const view = source.view(clause.source)
  const statistics = source.statistics(clause.source)
  const attribute = attributeOf(clause, view.schema)
  const made = patternMaker(clause, attribute, fused, state.bound, source)
  const pattern = made()
  const { conditions, value } = pattern
  const shown = (part: object | null): string | null =>
    part !== null && 'variable' in part ? (part.variable as string) : null
  const [entity, tx, op] = [shown(pattern.entity), shown(pattern.tx), shown(pattern.op)]
  const known = (variable: string | null): boolean => variable !== null && state.bound.has(variable)
  const probing = known(entity)
  const sharding = pattern.shard !== null && pattern.shard === source.shard
  // expected rows: facts that pass, thinned out by every variable that must agree with one already bound
  const passing =
    statistics.count(attribute) *
    statistics.share(attribute, conditions) *
    shareOf(pattern.shard, view.extent(attribute.kind))
  const different = value === null ? 1 : Math.max(1, Math.min(statistics.distinct(attribute), passing))
  // who knows the value of few rows finds the facts that have it
  const seeking = known(value) && !probing && pattern.column.seek?.most(0) !== undefined
  const all = pattern.column.length
  let rows: number
  let cost: number
  if (probing) {
    rows = state.rows * (passing / Math.max(1, view.extent(attribute.kind)))
    cost = state.rows
  } else if (pattern.entity !== null && 'ordinal' in pattern.entity) {
    rows = state.rows * Math.max(1e-3, passing / Math.max(1, view.extent(attribute.kind)))
    cost = 1
  } else {
    rows = state.rows * passing
    const sought = statistics.seeks(attribute, conditions) ?? (seeking ? state.rows * (1 + passing / different) : all)
    cost = Math.min(all, sought) + state.rows
  }
  if (known(value)) rows /= Math.max(different, state.bound.get(value as string) as number)
  if (known(tx)) rows /= Math.max(1, state.bound.get(tx as string) as number, Math.min(passing, view.t))
  if (known(op)) rows /= 2
  const cross = !first(state) && ![entity, value, tx, op].some(known)
  const bound = new Map(state.bound)
  for (const [variable, most] of [
    [entity, passing],
    [value, different],
    [tx, Math.min(passing, view.t)],
    [op, view.history === undefined ? 1 : 2],
  ] as const) {
    if (variable !== null)
      bound.set(variable, Math.max(1, Math.min(rows, most, bound.get(variable) ?? Number.POSITIVE_INFINITY)))
  }
  for (const [variable, most] of bound) bound.set(variable, Math.max(1, Math.min(most, rows)))
  const run = probing
    ? (input: Relation, running: Run) => probe(input, made(), entity as string, running)
    : (input: Relation, running: Run) => {
        const asked = made()
        const beside = seeking ? input.columns.get(value as string) : undefined
        const found = beside && holdingValuesOf(asked.column, beside, input.rows, running)
        return join(thin(input, running), scan(found ? { ...asked, column: found } : asked, running), running)
      }
  const count = statistics.count(attribute)
  const changing = conditionsChange(clause, fused, source)
  const share = changing ? statistics.share(attribute, conditions) : 1
  const holds = (): boolean => {
    const now = source.view(clause.source).count(attribute)
    if (!near(now, count)) return false
    return !changing || near(now * source.statistics(clause.source).share(attribute, made().conditions), count * share)
  }
  const kind = probing ? 'probe' : first(state) ? 'scan' : cross ? 'cross' : 'join'
  return {
    step: {
      op: kind,
      // read by whoever shows plans, and by nobody else
      get detail() {
        return showPattern(
          clause,
          fused.map(f => f.clause),
          source,
        )
      },
      estimatedRows: rows,
      nested: [],
      holds,
      run,
    },
    after: { rows, bound },
    cost,
    cross,
    shards: sharding,
    fused: fused.map(f => f.clause),
  }
}

/** Which part of the entities of a kind a cut leaves. */
function shareOf(cut: FactPattern['shard'], extent: number): number {
  if (cut === null) return 1
  const { of, window } = cut
  return (window === undefined ? 1 : Math.min(1, (window.high - window.low) / Math.max(1, extent))) / of
}

/** Whether a number of rows lets a plan stand that was made for another one. */
const near = (now: number, planned: number): boolean => now <= 4 * planned + 64 && planned <= 16 * now + 4096

/** A list nested in this one numbers its rows under a name that is free here. */
function nextRow(state: State): string {
  for (let depth = 0; ; depth++) if (!state.bound.has(rowVariable(depth))) return rowVariable(depth)
}

/** What a nested list knows of the rows around it. */
function seedOf(names: readonly string[], row: string, state: State): Seed {
  const different = names.reduce((product, name) => product * (state.bound.get(name) ?? 1), 1)
  const rows = Math.min(state.rows, different)
  return {
    rows,
    bound: new Map([[row, rows], ...names.map((name): [string, number] => [name, state.bound.get(name) ?? rows])]),
  }
}

const nestedRun =
  (block: Block, run: Run): Nested =>
  given =>
    runBlock(block, given, run)

function notCandidate(clause: Not, state: State, source: Source, plan: Planner): Candidate {
  const row = nextRow(state)
  const shared = (clause.join ?? []).map(variable => variable.name).filter(name => state.bound.has(name))
  const seed = seedOf(shared, row, state)
  const block = plan(clause.clauses, [], seed, new Set([row]), sourceWith(source, { shard: null }))
  const rows = Math.max(
    state.rows * 0.1,
    state.rows - Math.min(block.rows, seed.rows) * (state.rows / Math.max(1, seed.rows)),
  )
  return {
    step: {
      op: 'not',
      detail: shared.join(' '),
      estimatedRows: rows,
      nested: [block],
      run: (input, run) => negate(input, { shared, row }, nestedRun(block, run), run),
    },
    after: { rows, bound: state.bound },
    cost: block.cost + state.rows,
    cross: false,
    shards: false,
    fused: [],
  }
}

function orCandidate(clause: Or, state: State, source: Source, plan: Planner): Candidate {
  const names = (clause.join ?? []).map(variable => variable.name).filter(name => !source.constants.has(name))
  const row = nextRow(state)
  const shared = names.filter(name => state.bound.has(name))
  const made = names.filter(name => !state.bound.has(name))
  const seed = seedOf(shared, row, state)
  const blocks = clause.branches.map(branch => plan(branch, [], seed, new Set([row, ...made]), source))
  const found = blocks.reduce((sum, block) => sum + block.rows, 0)
  const rows = (found * state.rows) / Math.max(1, seed.rows)
  const bound = new Map(state.bound)
  for (const name of made) bound.set(name, Math.max(1, rows))
  return {
    step: {
      op: 'or',
      detail: names.join(' '),
      estimatedRows: rows,
      nested: blocks,
      run: (input, run) =>
        unite(
          input,
          { shared, row },
          made,
          blocks.map(block => nestedRun(block, run)),
          run,
        ),
    },
    after: { rows, bound },
    cost: blocks.reduce((sum, block) => sum + block.cost, 0) + state.rows,
    cross: !first(state) && shared.length === 0 && names.length > 0,
    shards: false,
    fused: [],
  }
}
