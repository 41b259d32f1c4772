import { FactError } from '../../../src/base/error.ts'
import { parseQuery, runQuery } from '../../../src/query/query.ts'
import { cell } from '../worlds.ts'
import { canonical, type Opened } from './opened.ts'
import { type Question, textOf } from './question.ts'

export type Rows = readonly string[]

/** Why the engine takes a question for none: its kind and words, without the place. */
export interface Refused {
  readonly refused: string
}

/** A question that takes more is not compared. */
const MEMORY = 8 * 2 ** 20

/** The rows that the engine finds, in its order. */
export function byEngine(question: Question, { sources }: Opened, where = question.where): Rows | Refused {
  // rows go by their first variable
  const given = Object.entries(question.args).map(([name, value]) => [name.match(/\?\w+/)?.[0] ?? name, value])
  const args = {
    ...Object.fromEntries(given),
    ...(question.rules.length > 0 ? { '%': `[${question.rules.join(' ')}]` } : {}),
  }
  try {
    const answer = runQuery(parseQuery(textOf(question, where)), { sources, args, memory: MEMORY })
    return Array.from({ length: answer.rows }, (_, row) =>
      answer.columns
        .map(({ present }, column) => (present?.[row] === 0 ? 'nil' : canonical(cell(answer, column, row))))
        .join(' | '),
    )
  } catch (error) {
    if (error instanceof FactError) return { refused: error.kind }
    throw error
  }
}
