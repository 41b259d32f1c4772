import { caseOf, compare, type Outcome, shrunk } from './compare.ts'
import { textOf } from './question.ts'

export interface Tally {
  readonly cases: number
  /** Cases with rows, compared with nested loops; and of these, with DataScript too. */
  readonly compared: number
  readonly withDataScript: number
  /** Cases that were refused, in every order of their clauses. */
  readonly refused: number
}

/** Compares the cases of seeds. Throws at the first difference, with the seed and the smallest case that still shows it. */
export function runSeeds(first: number, count: number): Tally {
  const tally = { cases: count, compared: 0, withDataScript: 0, refused: 0 }
  for (let seed = first; seed < first + count; seed++) {
    const outcome = outcomeOf(seed)
    if (!outcome.same) throw new Error(report(seed, outcome.words))
    if (outcome.refused !== null) tally.refused++
    if (outcome.rows === 0) continue
    tally.compared++
    if (outcome.datascript) tally.withDataScript++
  }
  return tally
}

function outcomeOf(seed: number): Outcome {
  try {
    return compare(caseOf(seed))
  } catch (error) {
    return { same: false, words: (error as Error).stack ?? String(error) }
  }
}

function report(seed: number, words: string): string {
  const { world, question } = shrunk(caseOf(seed))
  return [
    `seed ${seed}: ${words}`,
    'the smallest case that shows it, to be kept in three-ways.test.ts:',
    textOf(question),
    `question: ${JSON.stringify(question)}`,
    `world: ${JSON.stringify(world)}`,
  ].join('\n')
}
