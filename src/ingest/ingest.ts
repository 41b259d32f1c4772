import { setTimeout } from 'node:timers/promises'
import { FactError } from '../base/error.ts'
import { Turns } from '../base/turns.ts'
import type { WritableDatabase } from '../database/database.ts'
import type { RawRecord } from '../model/transaction.ts'
import { RefusedShares } from './refused-shares.ts'
import type { Batch, Source } from './source.ts'
import type { TimeMarks } from './time-marks.ts'

/** Counts since the start of this ingestion. */
export interface Progress {
  readonly applied: number
  readonly refused: number
  /** Every source has been read to its end. */
  readonly caughtUp: boolean
  /** Everything was applied that the sources held when they were first asked. */
  readonly ready: boolean
}

export interface IngestOptions {
  /** Called after each batch that became durable. */
  readonly onProgress?: (progress: Progress) => void
  /** Called when the disk is full, and once more when there is room again. */
  readonly onWaiting?: (waiting: FactError | null) => void
  /** When to log time marks; none where absent. */
  readonly marks?: TimeMarks
  /** The largest share of events of a topic that may be refused; beyond it the topic is stopped. Any where absent. */
  readonly mostRefused?: number
  /** Ends ingestion between two batches. */
  readonly signal?: AbortSignal
}

/** Records between two looks at the clock. */
const SLICE = 32
/** Milliseconds between two tries on a full disk. */
const PAUSE = 1000

/**
 * Brings records from a source into the store until the source ends or the signal says so:
 * read, judge, apply, make durable, acknowledge. A record that is refused becomes a dead letter and stops nothing.
 */
export async function ingest(
  database: WritableDatabase,
  source: Source,
  options: IngestOptions = {},
): Promise<Progress> {
  const { onProgress, marks, signal } = options
  let progress: Progress = { applied: 0, refused: 0, caughtUp: false, ready: false }
  const shares = new RefusedShares(options.mostRefused)
  const turns = new Turns()
  const stop = () => void source.stop()
  signal?.addEventListener('abort', stop, { once: true })
  const finish = async (batch: Batch, after: Progress) => {
    await commit(database, options)
    await source.acknowledge(batch)
    progress = after
    onProgress?.(progress)
  }
  // a batch is made durable while the next one is applied
  let durable: Promise<void> = Promise.resolve()
  try {
    let applied = 0
    let refused = 0
    const slice: RawRecord[] = []
    const done = ({ origin }: RawRecord, good: boolean) => {
      if (good) applied++
      else refused++
      const over = shares.add(origin.topic, good)
      if (over !== null) source.stopTopic?.(origin.topic, over.refused, over.of)
    }
    for await (const batch of source.batches()) {
      const { records, starts = [], gaps = [], stamps = [], caughtUp, ready = caughtUp } = batch
      for (const { topic, partition, next } of starts) database.started(topic, partition, next)
      for (const { name, next, reason } of gaps) database.acceptGap(name, next, reason)
      // as of when the source was at its end, and not of when that is written
      const mark = marks?.due(records.length, caughtUp) ?? null
      for (let i = 0; i < records.length; i += SLICE) {
        if (turns.over) await turns.give()
        slice.length = 0
        for (let j = i; j < Math.min(i + SLICE, records.length); j++) slice.push(records.at(j)!)
        database.writeAll(slice, done)
      }
      for (const { name, next, digest, last } of batch.positions) database.moved(name, next, digest, last)
      for (const { topic, by } of stamps) database.stamped(topic, by)
      if (mark !== null) database.mark(mark)
      await durable
      durable = finish(batch, { applied, refused, caughtUp, ready })
      // whoever waits for the next batch hears of it there
      durable.catch(stop)
      if (signal?.aborted) break
    }
    await durable
    return progress
  } finally {
    signal?.removeEventListener('abort', stop)
    await durable.catch(() => {})
    await source.stop()
  }
}

/** Commits; on a full disk waits for room, as often as it takes (store rule 16). */
async function commit(database: WritableDatabase, { onWaiting, signal }: IngestOptions): Promise<void> {
  for (let waiting = false; ; waiting = true) {
    try {
      await database.commit()
      if (waiting) onWaiting?.(null)
      return
    } catch (error) {
      if (!(error instanceof FactError) || error.kind !== 'disk-full' || signal?.aborted) throw error
      if (!waiting) onWaiting?.(error)
      await setTimeout(PAUSE)
    }
  }
}
