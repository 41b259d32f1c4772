import type { MessagePort } from 'node:worker_threads'
import type { Contracts } from '../contracts/contracts.ts'
import type { RawRecord } from '../model/transaction.ts'
import type { Seen } from '../store/seen.ts'
import type { Database } from './api.ts'
import type { Letters } from './letters.ts'
import type { SharedDatabase } from './shared-database.ts'
import type { SharedQueries } from './shared-queries.ts'

/** Where a source stands, as the log knows it; a `Position` of ingest. */
export interface SourcePosition {
  readonly name: string
  readonly next: bigint
  readonly known: number
  readonly digest: string | null
  /** The last record before `next`, to be known again; null where nobody noted it. */
  readonly last: { readonly offset: bigint; readonly timestamp: number; readonly checksum: number } | null
  /** Nothing was read since a gap was accepted. */
  readonly behindGap: boolean
}

/** A database that its one writer holds open. */
export interface WritableDatabase extends Database {
  readonly contracts: Contracts | null
  readonly letters: Letters
  /** Where every source stands, by name; a copy. */
  positions(): ReadonlyMap<string, SourcePosition>
  /** Judges a record and applies it, or keeps it as a dead letter; true where it was applied. Visible after `commit`. */
  write(record: RawRecord): boolean
  /** The same for many in their order, which costs less; `done` is told of each. */
  writeAll(records: readonly RawRecord[], done: (record: RawRecord, applied: boolean) => void): void
  /** Notes that a source stands elsewhere than its last record says, and which record was its last. */
  moved(name: string, next: bigint, digest: string | null, last?: SourcePosition['last']): void
  /** Notes that a partition is read for the first time, and from where. */
  started(topic: string, partition: number, next: bigint): void
  /** Lets a source go on at `next` although the records between can no longer be read; noted for ever. */
  acceptGap(name: string, next: bigint, reason: string): void
  /** The first place of each source of which nothing can be seen yet, by name; a copy. */
  visible(): ReadonlyMap<string, bigint>
  /** The instant that every later transaction reaches at least, milliseconds; 0 for the empty store. */
  readonly frontier: number
  /** Statements that came too late to replace what a later event had stated. */
  readonly superseded: number
  /** Logs a time mark: moments before that instant are settled once it is committed. False where they are already; see `Store.mark`. */
  mark(instant: number): boolean
  /** Notes whose clock the timestamps of a topic are. */
  stamped(topic: string, by: 'producer' | 'broker'): void
  /** Makes what was written durable, then visible. Throws `disk-full`: call it again once there is room. */
  commit(): Promise<void>
  /** Makes durable what is no record: versions of saved queries that files brought, and counts of runs, those now and then unless `all` is wanted. */
  flush(all?: boolean): Promise<void>
  /** Tells whoever finds the folder locked where it is served. */
  announce(url: string, collect?: string): void
  /** For one thread more that answers queries while this one writes; it goes there once, with `transfer` as what is transferred. */
  share(): { readonly shared: SharedDatabase; readonly transfer: readonly [MessagePort] }
  /** Queries and procedures that are in force now, for threads that have a share; the same object for as long as nothing changes. */
  sharedQueries(): SharedQueries
  /** The text of a version of a saved query that was in force once. */
  keptQuery(name: string, version: string): string | undefined
  /** Up to where the store is seen by now. */
  readonly seen: Seen
  /** Words about a torn tail that opening cut off, or null. */
  readonly recovered: string | null
  close(): Promise<void>
}
