import type { Question } from './questions.ts'

/** Rows of host values. */
export type Rows = readonly (readonly unknown[])[]

/** One way to answer the questions. */
export interface Side {
  /** Gets a question ready, with the constants of one variant, or tells that it cannot. */
  prepare(question: Question, variant: number): (() => Rows | Promise<Rows>) | undefined
  /** The number of a person or node from 1, for a value in a column of entities. */
  number(world: Question['world'], entity: unknown): number
  /** As `prepare` and one run, from a text never seen before. */
  first?(question: Question, variant: number): Rows
}

export type OpenSide = (size: number) => Promise<Side>
