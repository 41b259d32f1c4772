import type { SourceStatus } from '../database/shown-status.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'

/** How far one partition was applied, and how far it goes. */
export interface PartitionLag {
  readonly name: string
  readonly topic: string
  readonly partition: number
  /** The first offset that was not applied. */
  readonly next: number
  /** The last stable offset. */
  readonly end: number
  readonly lag: number
  /** Since what was applied last became known; 0 at the end, null where nothing was applied yet. */
  readonly lagSeconds: number | null
}

/** What the brokers said of ends beside what the store says of positions. `now` in milliseconds. */
export function lagsOf(report: KafkaReport, sources: readonly SourceStatus[], now: number): PartitionLag[] {
  const byName = new Map(sources.map(source => [source.name, source]))
  return report.partitions.map(({ name, topic, partition, low, end }) => {
    const source = byName.get(name)
    const next = source === undefined ? low : Number(source.next)
    const lag = Math.max(0, end - next)
    const known = source?.known ?? null
    const age = known === null ? null : Math.max(0, now - Date.parse(known)) / 1000
    return { name, topic, partition, next, end, lag, lagSeconds: lag === 0 ? 0 : age }
  })
}
