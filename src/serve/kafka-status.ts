import type { SourceStatus, Status } from '../database/shown-status.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'
import { showInstant } from '../model/instant.ts'
import { lagsOf } from './kafka-lag.ts'

/** A source with what is known of its end; null where nobody asked. */
export interface ShownSource extends SourceStatus {
  readonly end: number | null
  readonly lag: number | null
  readonly lagSeconds: number | null
}

/** How Kafka itself stands. */
export interface ShownKafka {
  /** Whether the brokers answered when they were asked last, and when they did. */
  readonly reached: boolean
  readonly at: string | null
  /** Records a second over about ten seconds. */
  readonly rate: number
  readonly lastError: { readonly at: string; readonly words: string } | null
  readonly topics: readonly {
    readonly topic: string
    readonly state: 'reading' | 'waiting' | 'stopped'
    readonly reason: string | null
    readonly detail: string | null
  }[]
}

/** What `GET /status` answers. */
export interface ShownStatus extends Omit<Status, 'sources'> {
  readonly ready: boolean
  readonly sources: readonly ShownSource[]
  /** Null where no Kafka is read. */
  readonly kafka: ShownKafka | null
  /** Sentences about what somebody should look after. */
  readonly warnings: readonly string[]
}

/** Puts together what the store and the Kafka source say. `now` in milliseconds. */
export function shownStatus(status: Status, ready: boolean, report: KafkaReport | null, now: number): ShownStatus {
  const lags = new Map(report === null ? [] : lagsOf(report, status.sources, now).map(lag => [lag.name, lag]))
  return {
    ...status,
    ready,
    sources: status.sources.map(source => {
      const { end = null, lag = null, lagSeconds = null } = lags.get(source.name) ?? {}
      return { ...source, end, lag, lagSeconds }
    }),
    kafka: report && shownKafka(report),
    warnings: report === null ? [] : warningsOf(status, report, now),
  }
}

function shownKafka({ reached, at, rate, lastError, partitions, stopped, awaited }: KafkaReport): ShownKafka {
  const faults = new Map(stopped.map(fault => [fault.topic, fault]))
  const read = new Set([...partitions.map(({ topic }) => topic), ...faults.keys()])
  return {
    reached,
    at: at === null ? null : showInstant(at),
    rate: Math.round(rate),
    lastError: lastError && { at: showInstant(lastError.at), words: lastError.words },
    topics: [
      ...[...read].map(topic => {
        const fault = faults.get(topic)
        if (fault) return { topic, state: 'stopped' as const, reason: fault.reason, detail: fault.detail }
        return { topic, state: 'reading' as const, reason: null, detail: null }
      }),
      ...awaited.map(topic => ({ topic, state: 'waiting' as const, reason: null, detail: null })),
    ],
  }
}

/** Kafka deletes what dead letters would be replayed from; said while there is this much of its time left, or less. */
const WARN_SHARE = 0.25

function warningsOf({ unkept }: Status, { retention, partitions }: KafkaReport, now: number): string[] {
  const warnings: string[] = []
  for (const { topic, letters, oldest, places } of unkept) {
    const many = `${letters} dead letter${letters === 1 ? '' : 's'} of ${topic}, of which only the place is kept`
    const gone = partitions.some(({ name, low }) => (places[name] ?? Number.POSITIVE_INFINITY) < low)
    const keeps = retention[topic] ?? null
    if (gone) warnings.push(`${many}: Kafka has deleted the oldest already; they cannot be replayed`)
    else if (keeps !== null) {
      const ends = Date.parse(oldest) + keeps
      if (ends - now < WARN_SHARE * keeps)
        warnings.push(`${many}: Kafka deletes the oldest about ${showInstant(ends)}; replay or discard them before`)
    }
  }
  return warnings
}
