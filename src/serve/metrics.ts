import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ServedDatabase, Stats } from '../database/api.ts'

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

  get type(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    const stats = await this.#database.stats()
    for (const set of this.#gauges) set(stats)
    return this.#registry.metrics()
  }
}
