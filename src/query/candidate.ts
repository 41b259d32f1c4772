import { kindOf, ordinalOf } from '../model/entity-id.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import { refTo, type ValueType } from '../model/type.ts'
import { EntityRef } from '../model/value.ts'
import { compileRows, type Table } from './arguments.ts'
import type { Clause, Ground, Literal, Not, Or, Pattern, Predicate, Term } from './ast.ts'
import type { Condition } from './condition.ts'
import { type Nested, negate, rowVariable, unite } from './correlate.ts'
import { type FactPattern, probe, scan } from './facts.ts'
import { filterByConstant } from './filter.ts'
import type { Naming } from './functions.ts'
import { attributeOf } from './infer.ts'
import { distinct, join } from './join.ts'
import { entityRef } from './lookup.ts'
import type { ShardOf } from './options.ts'
import { project, type Relation, type Run } from './relation.ts'
import type { Statistics } from './statistics.ts'
import { type Block, runBlock, type Step } from './step.ts'
import { tableRelation } from './table.ts'

/** What a plan is made from: views, their statistics, and the constants of this run. */
export interface Source {
  view(name: string): FactView
  statistics(name: string): Statistics
  readonly constants: ReadonlyMap<string, Literal>
  /** The constant that a term is, of its own or through a variable. */
  constant(term: Term): Literal | undefined
  readonly types: ReadonlyMap<string, ValueType>
  readonly shard: ShardOf | null
  readonly naming: Naming
}

/** What the planner believes of the rows so far: how many, and how many different values each variable has. */
export interface State {
  readonly rows: number
  readonly bound: ReadonlyMap<string, number>
}

/** A clause that could come next. */
export interface Candidate {
  readonly step: Step
  readonly after: State
  /** Rows looked at. */
  readonly cost: number
  /** It shares nothing with what is bound: every row would meet every row. */
  readonly cross: boolean
  /** The step already leaves out what belongs to other shards. */
  readonly shards: boolean
  /** Predicates that the step makes on its way. */
  readonly fused: readonly Predicate[]
}

type Fused = readonly { readonly clause: Predicate; readonly condition: Condition }[]

/** What a nested clause list is given: how many rows, and about how many different values each of their variables has. */
export type Seed = State

/** Plans a clause list; handed in, since lists nest. */
export type Planner = (
  clauses: readonly Clause[],
  tables: readonly Table[],
  seed: Seed,
  needed: ReadonlySet<string>,
  source: Source,
) => Block

export function candidateFor(clause: Clause, fused: Fused, state: State, source: Source, plan: Planner): Candidate {
  switch (clause.clause) {
    case 'pattern':
      return patternCandidate(clause, fused, state, source)
    case 'ground':
      return tableCandidate(
        compileRows(clause.binding, clause.values, source.types, source.view('$')),
        state,
        source,
        clause,
      )
    case 'not':
      return notCandidate(clause, state, source, plan)
    case 'or':
      return orCandidate(clause, state, source, plan)
    default:
      throw new Error(`bug: a ${clause.clause} is no candidate`)
  }
}

const first = (state: State): boolean => state.bound.size === 0

function patternCandidate(clause: Pattern, fused: Fused, state: State, source: Source): Candidate {
  const view = source.view(clause.source)
  const statistics = source.statistics(clause.source)
  const attribute = attributeOf(clause, view.schema)
  const name = (term: Term): string | null =>
    term.term === 'variable' && !source.constants.has(term.name) ? term.name : null
  const [entity, value, tx] = [name(clause.entity), name(clause.value), name(clause.tx)]
  const conditions = [...valueConditions(clause.value, attribute, view, source), ...fused.map(f => f.condition)]
  const known = (variable: string | null): boolean => variable !== null && state.bound.has(variable)
  const probing = known(entity)
  const sharding = source.shard !== null && entity === source.shard.variable && !probing
  const pattern: FactPattern = {
    column: view.facts(attribute),
    entity: entity !== null ? { variable: entity } : entityConstant(clause.entity, attribute, view, source),
    conditions,
    value,
    tx: tx !== null ? { variable: tx } : txConstant(clause.tx, view, source),
    shard: sharding ? source.shard : null,
  }
  // expected rows: facts that pass, thinned out by every variable that must agree with one already bound
  const passing =
    statistics.count(attribute) * statistics.share(attribute, conditions) * (sharding ? 1 / (source.shard?.of ?? 1) : 1)
  const different = value === null ? 1 : Math.max(1, Math.min(statistics.distinct(attribute), passing))
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
    cost = pattern.column.length + state.rows
  }
  if (known(value)) rows /= Math.max(different, state.bound.get(value as string) as number)
  if (known(tx)) rows /= Math.max(1, state.bound.get(tx as string) as number, Math.min(passing, view.t))
  const cross = !first(state) && ![entity, value, tx].some(known)
  const bound = new Map(state.bound)
  for (const [variable, most] of [
    [entity, passing],
    [value, different],
    [tx, Math.min(passing, view.t)],
  ] as const) {
    if (variable !== null)
      bound.set(variable, Math.max(1, Math.min(rows, most, bound.get(variable) ?? Number.POSITIVE_INFINITY)))
  }
  for (const [variable, most] of bound) bound.set(variable, Math.max(1, Math.min(most, rows)))
  const detail = `${clause.source === '$' ? '' : `${clause.source} `}${attribute.ident}${conditions.length > 0 ? ` with ${conditions.length} conditions` : ''}`
  const run = probing
    ? (input: Relation, running: Run) => probe(input, pattern, entity as string, running)
    : (input: Relation, running: Run) => join(thin(input, running), scan(pattern, running), running)
  const op = probing ? 'probe' : first(state) ? 'scan' : cross ? 'cross' : 'join'
  return {
    step: { op, detail, estimatedRows: rows, nested: [], run },
    after: { rows, bound },
    cost,
    cross,
    shards: sharding,
    fused: fused.map(f => f.clause),
  }
}

/** Equal rows would only multiply in a join, so they are dropped before. */
const thin = (relation: Relation, run: Run): Relation =>
  relation.key !== null || relation.columns.size === 0
    ? relation
    : distinct(relation, new Set(relation.columns.keys()), run)

function valueConditions(term: Term, attribute: Attribute, view: FactView, source: Source): Condition[] {
  if (term.term === 'lookup') {
    return [{ comparison: '=', literal: { value: entityRef(term, view), type: attribute.type, exact: null } }]
  }
  const literal = source.constant(term)
  if (literal === undefined) return []
  if (attribute.type.base === 'ref' && typeof literal.value === 'bigint') {
    return [
      {
        comparison: '=',
        literal: { value: new EntityRef(Number(literal.value)), type: refTo(attribute.type.kind), exact: null },
      },
    ]
  }
  return [{ comparison: '=', literal }]
}

/** The ordinal of a constant entity; -1, which no fact has, where it is of another kind. */
function entityConstant(term: Term, attribute: Attribute, view: FactView, source: Source): FactPattern['entity'] {
  const literal = term.term === 'lookup' ? { value: entityRef(term, view) } : source.constant(term)
  if (literal === undefined) return null
  const number = literal.value instanceof EntityRef ? literal.value.number : Number(literal.value)
  return { ordinal: kindOf(number) === attribute.kind.number ? ordinalOf(number) : -1 }
}

function txConstant(term: Term, view: FactView, source: Source): FactPattern['tx'] {
  const literal = term.term === 'lookup' ? { value: entityRef(term, view) } : source.constant(term)
  if (literal === undefined) return null
  return { t: literal.value instanceof EntityRef ? literal.value.number : Number(literal.value) }
}

/** Rows that stand in the query or in its arguments. */
export function tableCandidate(table: Table, state: State, source: Source, clause?: Ground): Candidate {
  const names = table.variables.filter(name => !source.constants.has(name))
  const shared = names.filter(name => state.bound.has(name))
  const size = table.rows.length
  const rows = shared.reduce((sum, name) => sum / Math.max(1, state.bound.get(name) ?? 1), state.rows * size)
  const bound = new Map(state.bound)
  for (const name of names) bound.set(name, Math.max(1, Math.min(size, bound.get(name) ?? size)))
  const run = (input: Relation, running: Run): Relation => {
    let given = tableRelation(table, source.types, running)
    for (const name of table.variables) {
      const literal = source.constants.get(name)
      if (literal) given = filterByConstant(given, name, { comparison: '=', literal }, running)
    }
    return join(thin(input, running), distinct(project(given, new Set(names)), new Set(names), running), running)
  }
  return {
    step: { op: clause ? 'ground' : 'input', detail: table.variables.join(' '), estimatedRows: rows, nested: [], run },
    after: { rows, bound },
    cost: size + state.rows,
    cross: !first(state) && shared.length === 0,
    shards: false,
    fused: [],
  }
}

/** A list nested in this one numbers its rows under a name that is free here. */
const nextRow = (state: State): string =>
  rowVariable([...state.bound.keys()].filter(name => name.startsWith('#')).length)

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
  const block = plan(clause.clauses, [], seed, new Set([row]), { ...source, shard: null })
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
