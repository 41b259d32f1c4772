import { FactError } from '../../base/error.ts'
import type { WritableDatabase } from '../../database/database.ts'
import type { LetterChoice } from '../../database/letters.ts'
import type { KafkaConnection } from '../../ingest/kafka-client.ts'
import type { ReplayedLetters } from '../../ingest/replay-letters.ts'

/** Replays dead letters; those of which only the place is kept are read from Kafka, and `argument` is thrown where nobody said where that is. */
export async function replayed(
  database: WritableDatabase,
  choice: LetterChoice,
  connection: KafkaConnection | null,
  onProgress?: (done: number, of: number) => void,
): Promise<ReplayedLetters> {
  // the client of Kafka is large, and most commands never need it
  const { readRecords } = await import('../../ingest/kafka-records.ts')
  const { replayLetters } = await import('../../ingest/replay-letters.ts')
  const again: Parameters<typeof replayLetters>[2] = wanted => {
    if (connection === null)
      throw new FactError('argument', 'of some only the place is kept: say where Kafka is, with --kafka HOST:PORT')
    return readRecords(connection, `heartwood-${database.storeName}-letters`, wanted)
  }
  return replayLetters(database, choice, again, onProgress)
}

/** Notes for ever that nobody wants these letters; gives how many waited. */
export async function discarded(database: WritableDatabase, choice: LetterChoice, why: string): Promise<number> {
  const letters = database.letters.waiting(choice)
  for (const letter of letters) database.letters.discard(letter, why)
  await database.commit()
  return letters.length
}
