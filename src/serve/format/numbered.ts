import type { Answer, AnswerColumn } from '../../model/answer.ts'
import { LONG } from '../../model/type.ts'

/** The name of the column that says to which row of arguments an answer belongs. */
export const ROW = 'row'

/** What that column is, whether or not there are rows. */
export const ROW_SHAPE = { name: ROW, find: ROW, type: LONG, nullable: false } as const

/** An answer with one column more, its first: the number of its row of arguments, from 1. */
export function numbered(answer: Answer, row: number): Answer {
  const values = new Float64Array(answer.rows).fill(row)
  const column: AnswerColumn = { ...ROW_SHAPE, v: { as: 'f64', values }, present: null }
  return {
    ...answer,
    shape: 'relation',
    columns: [column, ...answer.columns],
    keys: answer.keys === null ? null : [ROW, ...answer.keys],
  }
}
