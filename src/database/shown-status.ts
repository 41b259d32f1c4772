import type { T } from '../model/transaction.ts'

/** How one partition or file stands. */
export interface SourceStatus {
  /** `kafka:<topic>/<partition>` or `file:<name>` */
  readonly name: string
  /** The first offset or line that was not read. */
  readonly next: number | string
  /** When the world could first have known what was read last, ISO-8601; null where nothing was. */
  readonly known: string | null
  readonly late: number
  readonly heldBack: number
  /** Statements that came too late to replace what a later event had stated. */
  readonly superseded: number
  /** Whose clock the timestamps of a topic are; null of a file, and where nobody said. */
  readonly timestamps: 'producer' | 'broker' | null
}

/** What `heartwood status` and `GET /status` tell. */
export interface Status {
  readonly store: string
  readonly t: T
  readonly instant: string | null
  /** Every later transaction has this instant or a later one. */
  readonly frontier: string | null
  readonly completeThrough: string | null
  readonly deadLetters: number
  readonly late: number
  readonly heldBack: number
  readonly superseded: number
  readonly sources: readonly SourceStatus[]
  /** Events that nobody could read any more, which somebody accepted. */
  readonly gaps: readonly {
    readonly source: string
    readonly from: number
    readonly to: number
    readonly at: string
    readonly reason: string
  }[]
  /** Dead letters that wait and of which only the place is kept, by topic. */
  readonly unkept: readonly UnkeptLetters[]
}

/** Dead letters of a topic beyond the budget for their bytes: they are replayed from Kafka, while it has them. */
export interface UnkeptLetters {
  readonly topic: string
  readonly letters: number
  /** The earliest timestamp of their records, ISO-8601. */
  readonly oldest: string
  /** The first offset of each partition, by the name of its source. */
  readonly places: Readonly<Record<string, number>>
}
