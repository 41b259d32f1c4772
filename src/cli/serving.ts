import { resolve } from 'node:path'
import { machineClock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { openDatabase, type WritableDatabase } from '../database/database.ts'
import { SHARED_LIMITS } from '../database/limits.ts'
import { ingest } from '../ingest/ingest.ts'
import { kafkaSource } from '../ingest/kafka-source.ts'
import { TimeMarks } from '../ingest/time-marks.ts'
import { createLog, type Log, type LogLevel } from '../serve/log.ts'
import { Readers } from '../serve/readers/readers.ts'
import { createServer } from '../serve/server.ts'
import { loadFiles } from './load-files.ts'
import { loadSample } from './load-sample.ts'
import { loadedWords, nextSteps } from './next-steps.ts'
import { progressLine } from './progress.ts'
import { limitsOf, placeOf, SAMPLE_PROJECT } from './setting.ts'

/** How often files of queries and rules are looked at for changes. */
const QUERIES_EVERY_MS = 1000

export interface ServeOptions {
  data: string
  project?: string
  port: number
  host: string
  kafka?: string[]
  load?: string[]
  collect?: string
  /** Seconds. */
  settleAfter: number
  logLevel: LogLevel
  timeoutMs?: number
  memoryMb?: number
  readers: number
  queue: number
  queueMs: number
  stallMs: number
  readerNice: number
}

/** Serves a store until a signal ends it, and takes in events meanwhile. */
export async function serve(options: ServeOptions): Promise<void> {
  if (options.collect !== undefined)
    throw new FactError('unsupported', '--collect is not built yet: events come from files and Kafka')
  const place = placeOf(options)
  const log = createLog(options.logLevel, process.stderr)
  const limits = limitsOf(options, SHARED_LIMITS)
  const database = await openDatabase({ ...place, clock: machineClock, readOnly: false, limits })
  if (database.recovered !== null) console.error(database.recovered)
  const stopping = new AbortController()
  let ready = false
  const { readers: count, queue, queueMs, stallMs, readerNice: nice } = options
  const readers = new Readers(database, { readers: count, queue, queueMs, stallMs, nice, ...limits, log })
  const server = createServer(database, { log, ready: () => ready, readers })
  try {
    const url = await server.listen(options.port, options.host)
    database.announce(url)
    console.log(`Heartwood serves ${url} from ${place.data}`)
    for (const { message } of database.projectFaults()) console.error(`cannot be used: ${message}`)
    const watching = setInterval(() => look(database, readers, log), QUERIES_EVERY_MS).unref()
    stopping.signal.addEventListener('abort', () => clearInterval(watching))
    const stopped = new Promise<void>(done => {
      stopping.signal.addEventListener('abort', () => done())
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
    })
    const taking = takeIn(database, options, place.project, stopping.signal, log, () => {
      ready = true
    })
    taking.then(
      () => {
        if (!stopping.signal.aborted) console.log(nextSteps(database, url))
      },
      () => {},
    )
    // what went wrong while taking in events ends the process only where nothing can be written any more
    await Promise.race([stopped, taking.catch(error => serveOn(error, stopped))])
    await stopped
    await taking.catch(() => {})
  } finally {
    stopping.abort()
    await server.close()
    await readers.close()
    await database.flush(true).catch(err => log.warn({ err }, 'counts of runs could not be kept'))
    await database.close()
  }
}

/** Reads what changed in the project, and keeps it and what was counted meanwhile. What goes wrong there stops nothing. */
function look(database: WritableDatabase, readers: Readers, log: Log): void {
  try {
    for (const words of database.reloadQueries()) log.warn({}, `what was in force stays so: ${words}`)
    readers.refresh()
  } catch (err) {
    log.warn({ err }, 'the files of the project cannot be read; what was in force stays so')
  }
  database
    .flush()
    .catch(err => log.warn({ err }, 'versions of queries and counts of runs could not be kept; tried again'))
}

/** Files first, then Kafka, so that history is there before the present. Resolves once everything was read to its end. */
async function takeIn(
  database: WritableDatabase,
  { project, kafka, load = [], settleAfter }: ServeOptions,
  projectFolder: string,
  signal: AbortSignal,
  log: Log,
  onReady: () => void,
): Promise<void> {
  const line = progressLine(process.stderr)
  const onWaiting = (waiting: FactError | null) =>
    console.error(waiting === null ? 'there is room again; writing goes on' : `${waiting.message}; reading goes on`)
  if (project === undefined || projectFolder === resolve(SAMPLE_PROJECT)) await loadSample(database, line, signal)
  if (load.length > 0) {
    const { applied, refused } = await loadFiles(database, load, {
      line,
      signal,
      onWaiting,
      say: words => console.error(words),
    })
    console.log(loadedWords(applied, refused))
  }
  if (kafka === undefined || signal.aborted) {
    onReady()
    return
  }
  const source = kafkaSource({
    brokers: kafka,
    topics: database.contracts?.topics() ?? [],
    groupId: `heartwood-${database.storeName}`,
    positions: database.positions(),
    clock: machineClock,
    log: (level, words) => log[level]({ source: 'kafka' }, words),
  })
  await new Promise<void>((caughtUp, failed) => {
    ingest(database, source, {
      signal,
      marks: new TimeMarks(machineClock, settleAfter * 1000),
      onWaiting,
      onProgress: progress => {
        if (!progress.caughtUp) return
        onReady()
        caughtUp()
      },
    }).then(() => caughtUp(), failed)
  })
}

/** Events no longer come in; what was known stays readable, unless the disk itself failed. */
async function serveOn(error: unknown, stopped: Promise<void>): Promise<void> {
  const lasting = error instanceof FactError && error.kind !== 'disk-failed' && error.kind !== 'store-full'
  if (!lasting) throw error
  console.error(
    `taking in events has stopped: ${error.message}. What is known stays readable; start anew once this is mended.`,
  )
  await stopped
}
