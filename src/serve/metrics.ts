import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ServedDatabase, Stats } from '../database/api.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'
import { lagsOf, type PartitionLag } from './kafka-lag.ts'

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/** How much the reader threads have to do. */
export interface Load {
  readonly queued: number
  readonly busy: number
  readonly replaced: number
}

/** What `GET /metrics` tells, in the text format of Prometheus. One of these belongs to one server. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #database: ServedDatabase
  readonly #gauges: ((stats: Stats) => void)[] = []
  readonly #seconds: Histogram
  readonly #queries: Histogram
  readonly #rows: Counter
  readonly #broken: Counter
  readonly #unreadable: Counter

  constructor(database: ServedDatabase, readers: Load | null = null) {
    this.#database = database
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    const labelNames = ['method', 'route', 'status']
    this.#seconds = new Histogram({
      ...{
        name: 'heartwood_http_request_seconds',
        help: 'Time until an answer was sent.',
        labelNames,
        buckets: BUCKETS,
        registers,
      },
    })
    this.#queries = new Histogram({
      ...{
        name: 'heartwood_saved_query_seconds',
        help: 'Time until the answer of a saved query was sent.',
        labelNames: ['query', 'failed'],
        buckets: BUCKETS,
        registers,
      },
    })
    this.#rows = new Counter({
      name: 'heartwood_rows_total',
      help: 'Rows sent in streams.',
      labelNames: ['route'],
      registers,
    })
    this.#broken = new Counter({
      ...{
        name: 'heartwood_broken_streams_total',
        help: 'Streams that ended before their end.',
        labelNames: ['route'],
        registers,
      },
    })
    this.#unreadable = new Counter({
      ...{
        name: 'heartwood_unreadable_requests_total',
        help: 'Requests that are no HTTP, or whose head is too large.',
        labelNames: ['status'],
        registers,
      },
    })
    const gauge = (name: string, help: string, read: (stats: Stats) => number) => {
      const gauge = new Gauge({ name: `heartwood_${name}`, help, registers })
      this.#gauges.push(stats => gauge.set(read(stats)))
    }
    gauge('t', 'The last transaction.', stats => stats.t)
    gauge('facts_live', 'Facts that hold.', stats => stats.live)
    gauge('facts_history', 'Facts that ended.', stats => stats.history)
    gauge('entities', 'Entities ever mentioned.', stats => stats.entities)
    gauge('dead_letters', 'Events that were refused.', stats => stats.deadLetters)
    gauge('late_events', 'Events known later than they could have been.', stats => stats.late)
    gauge('held_back_events', 'Events known a day or more after what they claim.', stats => stats.heldBack)
    gauge('superseded_statements', 'Statements that came too late to replace anything.', stats => stats.superseded)
    if (readers !== null) {
      gauge('queries_waiting', 'Queries that wait for a reader thread.', () => readers.queued)
      gauge('readers_busy', 'Reader threads at work.', () => readers.busy)
      gauge('readers_replaced', 'Reader threads that ended unasked.', () => readers.replaced)
    }
    gauge('memory_bytes', 'Of columns, dictionary and identity index.', stats => stats.bytesInMemory)
    gauge('disk_bytes', 'Of the store.', stats => stats.bytesOnDisk)
  }

  /** Tells how much the bodies of requests under way take. */
  addBodies(room: { readonly taken: number }): void {
    new Gauge({
      ...{ name: 'heartwood_http_bodies_bytes', help: 'Of the bodies of requests under way.' },
      registers: [this.#registry],
      collect() {
        this.set(room.taken)
      },
    })
  }

  /** Tells how a Kafka source stands, by partition. */
  addKafka(database: ServedDatabase, report: () => KafkaReport | null): void {
    const registers = [this.#registry]
    const labelNames = ['topic', 'partition']
    const partitions = (name: string, help: string, value: (lag: PartitionLag) => number | null) =>
      new Gauge({
        ...{ name: `heartwood_kafka_${name}`, help, labelNames, registers },
        async collect() {
          const now = report()
          const { sources } = await database.status()
          this.reset()
          if (now === null) return
          for (const lag of lagsOf(now, sources, Date.now())) {
            const of = value(lag)
            if (of !== null) this.set({ topic: lag.topic, partition: String(lag.partition) }, of)
          }
        },
      })
    partitions('position', 'The first offset that was not applied.', ({ next }) => next)
    partitions('end', 'The last stable offset.', ({ end }) => end)
    partitions('lag_records', 'Offsets that were not applied yet.', ({ lag }) => lag)
    partitions('lag_seconds', 'Since what was applied last became known; 0 at the end.', ({ lagSeconds }) => lagSeconds)
    new Gauge({
      ...{
        name: 'heartwood_kafka_stopped',
        help: 'Topics of which nothing more is read.',
        labelNames: ['topic', 'reason'],
        registers,
      },
      collect() {
        this.reset()
        for (const { topic, reason } of report()?.stopped ?? []) this.set({ topic, reason }, 1)
      },
    })
    new Gauge({
      ...{ name: 'heartwood_kafka_reached', help: 'Whether the brokers answered when asked last.', registers },
      collect() {
        this.reset()
        const now = report()
        if (now !== null) this.set(now.reached ? 1 : 0)
      },
    })
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#seconds.observe({ method, route, status }, seconds)
  }

  /** A run of a saved query, by its plain name. */
  query(query: string, seconds: number, failed: boolean): void {
    this.#queries.observe({ query, failed: String(failed) }, seconds)
  }

  stream(route: string, rows: number, complete: boolean): void {
    if (complete) this.#rows.inc({ route }, rows)
    else this.#broken.inc({ route })
  }

  unreadable(status: number): void {
    this.#unreadable.inc({ status })
  }

  get type(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    const stats = await this.#database.stats()
    for (const set of this.#gauges) set(stats)
    return this.#registry.metrics()
  }
}
