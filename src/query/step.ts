import type { Relation, Run } from './relation.ts'

/**
 * One step of a plan.
 *
 * - `run` takes the rows so far and gives the rows after it; it changes nothing that it was given, and keeps nothing.
 * - What a step binds and drops is fixed when it is planned, so the columns of its result do not depend on the data, only their types may.
 * - `estimatedRows` is what the planner expected, for people who read plans.
 */
export interface Step {
  /** One word: scan, probe, join, filter … */
  readonly op: string
  /** The clause or the variables that it is about. */
  readonly detail: string
  readonly estimatedRows: number
  readonly nested: readonly Block[]
  run(input: Relation, run: Run): Relation
}

/** The steps for one clause list, in order. */
export interface Block {
  readonly steps: readonly Step[]
  readonly rows: number
  /** Work, in rows looked at. */
  readonly cost: number
}

export function runBlock(block: Block, given: Relation, run: Run): Relation {
  let relation = given
  for (const step of block.steps) {
    run.stop()
    relation = step.run(relation, run)
  }
  return relation
}
