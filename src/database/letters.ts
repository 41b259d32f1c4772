import { FactError } from '../base/error.ts'
import type { Contract } from '../contracts/contract.ts'
import { contractId } from '../contracts/contract.ts'
import type { compileJudge } from '../contracts/judge.ts'
import type { RawRecord, Reason, Refusal, T } from '../model/transaction.ts'
import type { Refused } from '../store/indexes.ts'
import { recordChecksum } from '../store/record-checksum.ts'
import type { Store } from '../store/store.ts'
import { conflicting } from './conflicting.ts'

/** Which dead letters: all where nothing is said. */
export interface LetterChoice {
  readonly ids?: readonly number[]
  readonly reason?: Reason
  readonly topic?: string
}

/** What became of a replay: the transaction that it is now, or why it is refused still. */
export type Replayed = { readonly t: T } | { readonly refusal: Refusal } | { readonly already: true }

/** The dead letters of a store, for the one who writes to it. */
export class Letters {
  readonly #store: Store
  readonly #judge: ReturnType<typeof compileJudge> | null
  readonly #numberOf: (contract: Contract) => number

  constructor(store: Store, judge: ReturnType<typeof compileJudge> | null, numberOf: (contract: Contract) => number) {
    this.#store = store
    this.#judge = judge
    this.#numberOf = numberOf
  }

  /** Those that were neither applied nor discarded, in their original order. Throws `not-found` for an id that there is not. */
  waiting(choice: LetterChoice = {}): Refused[] {
    const { ids, reason, topic } = choice
    const { refused, letters } = this.#store
    for (const id of ids ?? [])
      if (refused[id - 1] === undefined) throw new FactError('not-found', `there is no dead letter ${id}`)
    const asked = ids && new Set(ids)
    return refused.filter(
      ({ id, refusal, origin }) =>
        !letters.resolutions.has(id) &&
        (asked === undefined || asked.has(id)) &&
        (reason === undefined || refusal.reason === reason) &&
        (topic === undefined || origin.topic === topic),
    )
  }

  /** How many of these were applied or discarded before. */
  resolvedAmong(ids: readonly number[]): number {
    return ids.filter(id => this.#store.letters.resolutions.has(id)).length
  }

  /**
   * Judges a dead letter by the contracts of today, and applies it where it is valid now; visible after `commit`. `read` is its record as
   * Kafka has it, for one of which only the place is kept. Throws `unavailable` where Kafka has another one there.
   */
  replay(letter: Refused, read?: RawRecord): Replayed {
    if (!this.#judge)
      throw new FactError('usage', 'replaying needs a project with contracts; give its folder with --project')
    if (this.#store.letters.resolutions.has(letter.id)) return { already: true }
    const record = recordOf(letter, read)
    const verdict = this.#judge(record)
    if (!verdict.valid) return { refusal: verdict.refusal }
    const { contract, effects, eventTime, eventId, subject } = verdict.event
    const number = this.#numberOf(contract)
    const done = this.#store.reapply(letter, { record, effects, contract: number, eventTime, eventId, subject })
    return typeof done === 'number' ? { t: done } : { refusal: conflicting(done, contractId(contract)) }
  }

  /** Nobody wants it any more. */
  discard(letter: Refused, why: string): void {
    this.#store.discard(letter, why)
  }

  /** Those that the Kafka topic for dead letters does not have yet, oldest first. */
  unpublished(limit: number): readonly Refused[] {
    const { published } = this.#store.letters
    return this.#store.refused.slice(published, published + limit)
  }

  /** Notes up to which id that topic has them; durable with the next commit. */
  published(id: number): void {
    this.#store.publishedLetters(id)
  }
}

/** The record that was refused. */
export function recordOf(letter: Refused, read?: RawRecord): RawRecord {
  const { id, origin, recordTime: timestamp, key, headers, value, checksum } = letter
  if (checksum === null) return { origin, timestamp, key, headers, value }
  const where = 'file' in origin ? origin.file : `${origin.topic}/${origin.partition} offset ${origin.offset}`
  if (!read) throw new FactError('unavailable', `dead letter ${id} cannot be read any more: Kafka has deleted ${where}`)
  if (read.timestamp !== timestamp || recordChecksum(read) !== checksum)
    throw new FactError('unavailable', `dead letter ${id} cannot be read any more: ${where} is another record now`)
  return read
}
