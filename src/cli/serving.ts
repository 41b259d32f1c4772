import { SHARED_LIMITS } from '../database/limits.ts'
import { LiveDatabase } from '../database/live-database.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'
import type { StartAt } from '../ingest/kafka-source.ts'
import { createLog, type LogLevel } from '../serve/log.ts'
import { type ReaderSource, Readers } from '../serve/readers/readers.ts'
import { COLLECT_ROUTES } from '../serve/routes.ts'
import { createServer, type HeartwoodServer } from '../serve/server.ts'
import { connectionOf, type KafkaOptions } from './kafka-options.ts'
import { progressLine } from './progress.ts'
import { limitsOf, placeOf, programVersion } from './setting.ts'
import { Writer, type WriterHears } from './writer/writer.ts'

export interface ServeOptions extends KafkaOptions {
  data: string
  project?: string
  port: number
  host: string
  load?: string[]
  collect?: number
  kafkaStart: StartAt
  mostRefused?: number
  deadLetterMb: number
  deadLetterTopic?: string
  /** Seconds. */
  settleAfter: number
  logLevel: LogLevel
  timeoutMs?: number
  cors?: string[]
  gzip?: boolean
  memoryMb?: number
  readers: number
  queue: number
  queueMs: number
  stallMs: number
  readerNice: number
  writerNice: number
}

/**
 * Serves a store until a signal ends it, and takes in events meanwhile: one thread writes, others run queries, and this one has the sockets
 * and answers for entities, so that neither keeps it.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const place = placeOf(options)
  const kafka = connectionOf(options)
  const log = createLog(options.logLevel, process.stderr)
  const limits = limitsOf(options, SHARED_LIMITS)
  const line = progressLine(process.stderr)
  let ready = false
  let report: KafkaReport | null = null
  const hears: WriterHears = {
    told: words => console.log(words),
    warned: words => console.error(words),
    line: words => (words === null ? line.clear() : line.show(words)),
    logged: ({ level, words, about }) => log[level](about, words),
    ready() {
      ready = true
    },
    reported: now => {
      report = now
    },
    visible: visible => database?.show(visible),
    queries(queries) {
      database?.learn(queries)
      readers?.refresh()
    },
  }
  const { project, load, settleAfter, kafkaStart, mostRefused, deadLetterTopic } = options
  const takings = {
    ...(project === undefined ? {} : { project }),
    ...(kafka !== null && {
      kafka: {
        ...{ connection: kafka, startAt: kafkaStart },
        ...(mostRefused !== undefined && { mostRefused }),
        ...(deadLetterTopic !== undefined && { deadLetterTopic }),
      },
    }),
    ...(load === undefined ? {} : { load }),
    settleAfter,
  }
  const writer = new Writer(
    { place, limits, letterBytes: options.deadLetterMb * 2 ** 20, takings, nice: options.writerNice },
    hears,
  )
  let database: LiveDatabase | undefined
  let readers: Readers | undefined
  let server: HeartwoodServer | undefined
  let collector: HeartwoodServer | undefined
  try {
    const { shared, visible, recovered, faults } = await writer.opened
    if (recovered !== null) console.error(recovered)
    database = new LiveDatabase(shared, visible, writer)
    const source = sourceOf(database, writer)
    const { readers: count, queue, queueMs, stallMs, readerNice: nice } = options
    readers = new Readers(source, { readers: count, queue, queueMs, stallMs, nice, ...limits, log })
    const { cors = [], gzip = false } = options
    server = createServer(database, {
      log,
      ready: () => ready,
      kafka: () => report,
      ...{ readers, cors, gzip, warm: true },
      version: programVersion(),
    })
    const url = await server.listen(options.port, options.host)
    let collect: string | undefined
    if (options.collect !== undefined) {
      collector = createServer(database, { log, ready: () => ready, routes: COLLECT_ROUTES, writes: writer })
      collect = await collector.listen(options.collect, options.host)
    }
    const stopped = new Promise<void>(done => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
    })
    console.log(`Heartwood serves ${url} from ${place.data}`)
    if (collect !== undefined) console.log(`What is to be written goes to ${collect}`)
    for (const words of faults) console.error(`cannot be used: ${words}`)
    writer.serve(url, collect)
    // the process ends by itself only where nothing can be written any more
    await Promise.race([stopped, writer.gone])
  } finally {
    await server?.close()
    await collector?.close()
    await readers?.close()
    await writer.close()
    database?.close()
  }
}

const sourceOf = (database: LiveDatabase, writer: Writer): ReaderSource => ({
  share: () => writer.share(),
  keptQuery: (name, version) => writer.keptQuery(name, version),
  sharedQueries: () => database.sharedQueries(),
  get seen() {
    return database.seen
  },
})
