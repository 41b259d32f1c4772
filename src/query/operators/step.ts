import type { Relation, Run } from '../columns/relation.ts'
import type { Trace } from '../columns/trace.ts'
import type { Asks } from './asked.ts'

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
  /** Of a rule: the table that it asks. */
  readonly asks?: Asks
  /** It holds arguments or views of the run that it was planned for, and serves no other. */
  readonly once?: true
  /** Whether what the planner expected is still so, for the arguments and views of now. */
  holds?(): boolean
  run(input: Relation, run: Run): Relation
}

/** Whether a plan serves runs with other arguments and views. */
export const isLasting = (block: Block): boolean =>
  block.steps.every(step => step.once === undefined && step.nested.every(isLasting))

/** Whether what was expected of a lasting plan is still so. */
export const stillHolds = (block: Block): boolean =>
  block.steps.every(step => (step.holds === undefined || step.holds()) && step.nested.every(stillHolds))

/** The steps for one clause list, in order. */
export interface Block {
  readonly steps: readonly Step[]
  readonly rows: number
  /** Work, in rows looked at. */
  readonly cost: number
  /** Steps in which every row meets every row, and that are more than one. */
  readonly crosses: readonly Step[]
  /** In which order tables and clauses were taken, predicates and computations left out. */
  readonly order: readonly number[]
}

function noted(step: Step, input: Relation, run: Run, trace: Trace): Relation {
  const start = performance.now()
  const relation = step.run(input, run)
  const did = trace.get(step) ?? { rows: 0, ms: 0 }
  did.rows += relation.rows
  did.ms += performance.now() - start
  trace.set(step, did)
  return relation
}

export function runBlock(block: Block, given: Relation, run: Run): Relation {
  const { memory } = run
  const before = memory.held
  let relation = given
  for (const step of block.steps) {
    run.stop()
    relation = run.trace === undefined ? step.run(relation, run) : noted(step, relation, run, run.trace)
    // what a step took and did not leave is free again
    memory.held = before + bytesOf(relation)
  }
  memory.held = before
  return relation
}

const FEW = 64

function bytesOf(relation: Relation): number {
  // too little to be worth looking at each column
  if (relation.rows <= FEW) return 8 * relation.rows * relation.columns.size
  let bytes = 0
  for (const { as } of relation.columns.values()) bytes += as === 'i32' ? 4 : 8
  return bytes * relation.rows
}

/** A plan that stands behind a step: of a branch of a rule. */
export interface Part {
  readonly op: string
  readonly detail: string
  readonly block: Block
}
