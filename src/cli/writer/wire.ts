import type { Failure } from '../../base/failure.ts'
import type { Limits } from '../../database/limits.ts'
import type { AskedMethod, Run } from '../../database/live-database.ts'
import type { SharedDatabase } from '../../database/shared-database.ts'
import type { SharedQueries } from '../../database/shared-queries.ts'
import type { KafkaReport } from '../../ingest/kafka-report.ts'
import type { LogLevel } from '../../serve/log.ts'
import type { Place } from '../setting.ts'
import type { Takings } from './taking-in.ts'

/** What the thread that writes is started with. */
export interface WriterStart {
  readonly place: Place
  readonly limits: Limits
  /** Of dead letters, kept of each topic. */
  readonly letterBytes: number
  readonly takings: Takings
  /** Steps that it stands back behind whoever starts it. */
  readonly nice: number
  /** The folder of the compile cache, null where there is none. */
  readonly compileCache: string | null
}

/** What it is asked for, beside what a database tells. */
export type Wanted = AskedMethod | 'share' | 'keptQuery' | 'replay' | 'discard' | 'acceptGap'

export type ToWriter =
  | { readonly ask: number; readonly method: Wanted; readonly args: readonly unknown[] }
  | { readonly runs: readonly Run[] }
  /** It is served here, and events may be taken in. */
  | { readonly served: string; readonly collect?: string }
  | { readonly stop: true }

export type FromWriter =
  | { readonly opened: Opened }
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly failed: Failure }
  /** The first place of each source of which nothing can be seen yet. */
  | { readonly visible: ReadonlyMap<string, bigint> }
  | { readonly queries: SharedQueries }
  /** All sources were read to where they ended at the start. */
  | { readonly ready: true }
  /** How Kafka stands. */
  | { readonly report: KafkaReport }
  /** On standard output; on standard error; on the line of progress, where null clears it; and to the log. */
  | { readonly told: string }
  | { readonly warned: string }
  | { readonly line: string | null }
  | { readonly logged: { readonly level: Exclude<LogLevel, 'silent'>; readonly words: string; readonly about: object } }
  /** Nothing can be written any more: the process is to end. */
  | { readonly failed: Failure }
  /** The store is closed. */
  | { readonly closed: true }

export interface Opened {
  readonly shared: SharedDatabase
  readonly visible: ReadonlyMap<string, bigint>
  readonly recovered: string | null
  /** What is wrong with the files of the project. */
  readonly faults: readonly string[]
}
