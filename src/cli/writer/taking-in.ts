import { resolve } from 'node:path'
import { machineClock } from '../../base/clock.ts'
import { FactError } from '../../base/error.ts'
import type { WritableDatabase } from '../../database/database.ts'
import { publishDeadLetters } from '../../ingest/dead-letter-topic.ts'
import { ingest } from '../../ingest/ingest.ts'
import type { KafkaConnection } from '../../ingest/kafka-client.ts'
import type { KafkaReport } from '../../ingest/kafka-report.ts'
import { kafkaSource, type StartAt } from '../../ingest/kafka-source.ts'
import { TimeMarks } from '../../ingest/time-marks.ts'
import type { LogLevel } from '../../serve/log.ts'
import { loadFiles } from '../load-files.ts'
import { loadSample } from '../load-sample.ts'
import { loadedWords } from '../next-steps.ts'
import type { ProgressLine } from '../progress.ts'
import { SAMPLE_PROJECT } from '../setting.ts'
import type { Pauses } from './pauses.ts'

/** Where a server's events come from. */
export interface Takings {
  readonly project?: string
  readonly kafka?: KafkaTakings
  readonly load?: readonly string[]
  /** Seconds. */
  readonly settleAfter: number
}

/** What is read of Kafka, and how. */
export interface KafkaTakings {
  readonly connection: KafkaConnection
  readonly startAt: StartAt
  readonly mostRefused?: number
  /** Where dead letters are published. */
  readonly deadLetterTopic?: string
}

/** What somebody who takes in events says while it lasts. */
export interface Says {
  readonly line: ProgressLine
  /** On standard output, and on standard error. */
  readonly tell: (words: string) => void
  readonly warn: (words: string) => void
  readonly log: (level: Exclude<LogLevel, 'silent'>, words: string) => void
  /** How Kafka stands, once a second. */
  readonly report: (report: KafkaReport) => void
}

/**
 * Files first, then Kafka, so that history is there before the present. `onReady` is called once everything was read to where it ended at the start; what comes
 * after that is taken in until the signal; Kafka is not read during pauses. Throws where no more can be written.
 */
export async function takeIn(
  database: WritableDatabase,
  { project, kafka, load = [], settleAfter }: Takings,
  projectFolder: string,
  signal: AbortSignal,
  { line, tell, warn, log, report }: Says,
  onReady: () => void,
  pauses: Pauses,
): Promise<void> {
  const onWaiting = (waiting: FactError | null) =>
    warn(waiting === null ? 'there is room again; writing goes on' : `${waiting.message}; reading goes on`)
  if (project === undefined || projectFolder === resolve(SAMPLE_PROJECT)) await loadSample(database, line, signal)
  if (load.length > 0) {
    const { applied, refused } = await loadFiles(database, load, { line, signal, onWaiting, say: warn })
    tell(loadedWords(applied, refused))
  }
  if (kafka === undefined || signal.aborted) {
    onReady()
    return
  }
  const { connection, startAt, mostRefused, deadLetterTopic } = kafka
  const publishing =
    deadLetterTopic !== undefined &&
    publishDeadLetters({ connection, topic: deadLetterTopic, database, signal, log: words => log('warn', words) })
  const marks = new TimeMarks(machineClock, settleAfter * 1000)
  let told = false
  await pauses.whileRead(signal, async reading => {
    const source = kafkaSource({
      ...{ ...connection, startAt, report, log, clock: machineClock },
      topics: database.contracts?.topics() ?? [],
      groupId: `heartwood-${database.storeName}`,
      positions: database.positions(),
    })
    await ingest(database, source, {
      ...{ signal: reading, marks, onWaiting },
      ...(mostRefused === undefined ? {} : { mostRefused }),
      onProgress: progress => {
        if (!progress.ready || told) return
        told = true
        onReady()
      },
    })
  })
  await publishing
}

/** Whether a store that cannot take in events any more stays readable. */
export const lasting = (error: unknown): error is FactError =>
  error instanceof FactError && error.kind !== 'disk-failed' && error.kind !== 'store-full'
