import { FactError } from '../base/error.ts'
import type { WritableDatabase } from '../database/database.ts'
import type { LetterChoice } from '../database/letters.ts'
import type { RawRecord, Refusal } from '../model/transaction.ts'
import { placeOf, type Wanted } from './kafka-records.ts'

/** What came of a replay (surface §4). */
export interface ReplayedLetters {
  readonly applied: number
  readonly refused: number
  readonly alreadyApplied: number
  /** Why those that were refused again were, each reason once with how often and an example. */
  readonly reasons: readonly { readonly reason: string; readonly letters: number; readonly detail: string }[]
}

/** Letters that become durable together. */
const TOGETHER = 1000

/**
 * Applies dead letters after all, in their original order, each at most once, whatever interrupts. `read` reads records of which only the
 * place is kept, by `topic/partition/offset`; it is asked only where there are such. One that is refused again stays a dead letter.
 */
export async function replayLetters(
  database: WritableDatabase,
  choice: LetterChoice,
  read: (wanted: readonly Wanted[]) => Promise<ReadonlyMap<string, RawRecord>>,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<ReplayedLetters> {
  const waiting = database.letters.waiting(choice)
  const reasons = new Map<string, { letters: number; detail: string }>()
  const refuse = ({ reason, detail }: Pick<Refusal, 'detail'> & { reason: string }) => {
    const same = reasons.get(reason)
    if (same) same.letters++
    else reasons.set(reason, { letters: 1, detail })
  }
  let applied = 0
  for (let start = 0; start < waiting.length; start += TOGETHER) {
    const letters = waiting.slice(start, start + TOGETHER)
    const unkept = letters.flatMap(({ checksum, origin }) => (checksum !== null && 'offset' in origin ? [origin] : []))
    const records = unkept.length === 0 ? new Map<string, RawRecord>() : await read(unkept)
    for (const letter of letters) {
      try {
        const { origin } = letter
        const outcome = database.letters.replay(letter, 'offset' in origin ? records.get(placeOf(origin)) : undefined)
        if ('t' in outcome) applied++
        else if ('refusal' in outcome) refuse(outcome.refusal)
      } catch (error) {
        // what Kafka does not have any more keeps nobody from replaying the others
        if (!(error instanceof FactError) || error.kind !== 'unavailable') throw error
        refuse({ reason: 'unreadable', detail: error.message })
      }
    }
    await database.commit()
    onProgress(start + letters.length, waiting.length)
  }
  const list = [...reasons].map(([reason, of]) => ({ reason, ...of }))
  return {
    applied,
    refused: list.reduce((sum, { letters }) => sum + letters, 0),
    alreadyApplied: database.letters.resolvedAmong(choice.ids ?? []) - (choice.ids ? applied : 0),
    reasons: list,
  }
}
