import type { Run } from '../columns/relation.ts'
import type { Vector } from '../columns/vector.ts'
import type { RelationCall, RuleRelation } from '../language/ast.ts'
import type { RowSet } from './row-set.ts'

/** The table of a rule as plans see it; `rule-table.ts` fills it. */
export interface AskedTable {
  readonly relation: RuleRelation
  /** A bit for each bound place of the head. */
  readonly mask: number
  /** Places of the head that are bound, ascending. */
  readonly bound: readonly number[]
  readonly seeds: RowSet
  readonly facts: RowSet
  /** What the rule gives for the seeds so far, a vector for each place of the head. */
  found(tables: AskedTables, run: Run): { readonly vectors: readonly Vector[]; readonly rows: number }
}

/** The tables of one run. */
export interface AskedTables {
  table(relation: RuleRelation, mask: number): AskedTable
  /** What one value in the bound one of two places gives for the other, where that needs no table. */
  fromOne(relation: RuleRelation, mask: number, value: Vector, run: Run): Vector | undefined
  /** Runs the rules of a component until none of them finds anything new. */
  complete(component: number, run: Run): void
}

/** What a step says of the table that it asks. */
export interface Asks {
  readonly clause: RelationCall
  readonly table: AskedTable
}

/** Rows of a set that is still growing when the plan is made. */
export interface Growing {
  readonly variables: readonly string[]
  readonly set: RowSet
}

/** What a plan for a branch of a rule knows of the table that it is for. */
export interface Inside {
  readonly component: number
  readonly table: AskedTable
  /** The tables that the branch's calls of the same component go to, once that is settled. */
  readonly chosen?: ReadonlyMap<RelationCall, AskedTable>
}
