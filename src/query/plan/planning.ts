import type { FactView } from '../../model/fact-view.ts'
import type { ValueType } from '../../model/type.ts'
import type { Table } from '../check/arguments.ts'
import type { Relation, Run } from '../columns/relation.ts'
import type { Naming } from '../functions/function.ts'
import type { Clause, Computation, Literal, Places, Predicate, RuleRelation, Term } from '../language/ast.ts'
import type { Rows } from '../language/row-source.ts'
import type { Stated } from '../language/schema-source.ts'
import type { AskedTables, Growing, Inside } from '../operators/asked.ts'
import type { Computed } from '../operators/bind.ts'
import type { Cut } from '../operators/facts.ts'
import { distinct } from '../operators/join.ts'
import type { ShardOf } from '../operators/options.ts'
import type { Block, Step } from '../operators/step.ts'
import type { Statistics } from './statistics.ts'

/**
 * What a plan is made from: views, their statistics, and the constants of this run.
 *
 * A plan may serve further runs with other constants and views. So a step asks for both when it runs, never when it is planned, unless it
 * is `once`.
 */
export interface Source {
  view(name: string): FactView
  statistics(name: string): Statistics
  /** A source that has rows instead of facts. */
  rows(name: string): Rows
  /** Which of the rows that arguments bring these are, -1 where they come from somewhere else; and those of now at such a place. */
  inputAt(table: Table): number
  input(place: number): Table
  /** The rows of a pattern over them, made once. */
  table(clause: Places, make: () => Table): Table
  readonly stated: Stated
  readonly constants: ReadonlyMap<string, Literal>
  /** The constant that a term is, of its own or through a variable. */
  constant(term: Term): Literal | undefined
  readonly types: ReadonlyMap<string, ValueType>
  readonly shard: ShardOf | null
  /** By variable, which entities the clauses of this list leave, as `mod-cut.ts` finds them. */
  readonly cuts?: ReadonlyMap<string, () => Cut | null>
  readonly naming: Naming
  /** The result of a query inside of this one. */
  nested(call: Computation, input: Relation, run: Run): Computed
  readonly rules: AskedTables
  /** Plans of walks, for as long as this plan is kept. */
  readonly walks: Map<RuleRelation, Map<Given, WalkPlan>>
  /** In a plan for a branch of a rule. */
  readonly inside?: Inside
}

/** The same source, but for some of what it says. */
export const sourceWith = (source: Source, own: Partial<Source>): Source =>
  // what the first one says now and later shows through
  Object.create(source, Object.getOwnPropertyDescriptors(own))

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

/** What walks begin with: nodes of the side `s`, results of the side `u`, or everything. */
export type Given = 's' | 'u' | null

/** The plans of a rule that is walked as a graph, and the variables between which each of them leads. */
export interface WalkPlan {
  readonly based: readonly Way[]
  readonly walked: readonly Way[]
}

export interface Way {
  readonly block: Block
  readonly from: string
  readonly to: string
}

/** Nothing is bound yet. */
export const first = (state: State): boolean => state.bound.size === 0

/** Equal rows would only multiply in a join, so they are dropped before. */
export const thin = (relation: Relation, run: Run): Relation =>
  relation.key !== null || relation.columns.size === 0
    ? relation
    : distinct(relation, new Set(relation.columns.keys()), run)

/** What a nested clause list is given: how many rows, and about how many different values each of their variables has. */
export type Seed = State

/** Plans a clause list; handed in, since lists nest. */
export type Planner = (
  clauses: readonly Clause[],
  tables: readonly (Table | Growing)[],
  seed: Seed,
  needed: ReadonlySet<string>,
  source: Source,
) => Block
