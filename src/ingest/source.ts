import type { RawRecord } from '../model/transaction.ts'

/**
 * What one source has delivered so far, as the log knows it; enough to go on exactly there.
 * `name` is `kafka:<topic>/<partition>` or `file:<name>`, `next` the first offset or line that was not read,
 * `known` the latest `known` of store rule 1 (milliseconds), `digest` what a file's lines digest to so far, `last` the last
 * record before `next`, where it can be told from another.
 */
export interface Position {
  readonly name: string
  readonly next: bigint
  readonly known: number
  readonly digest: string | null
  readonly last?: LastRead | null
}

/** One record of a partition, to be known again. */
export interface LastRead {
  readonly offset: bigint
  /** Milliseconds. */
  readonly timestamp: number
  /** See `recordChecksum`. */
  readonly checksum: number
}

/** A partition that is read for the first time, and where that begins. */
export interface Start {
  readonly topic: string
  readonly partition: number
  readonly next: bigint
}

/** Records of a partition that can no longer be read; reading goes on at `next`. */
export interface Gap {
  readonly name: string
  readonly next: bigint
  readonly reason: string
}

/** Records in their order; an array is that. */
export interface Records extends Iterable<RawRecord> {
  readonly length: number
  at(i: number): RawRecord | undefined
}

export interface Batch {
  /** In the order in which they are to be applied: merged by `known` (store rule 3). */
  readonly records: Records
  /** Where each source stands that moved with this batch, once it is durable; also where a source moved over nothing. */
  readonly positions: readonly Position[]
  /** Whether every source has been read to its end (store rule 5). */
  readonly caughtUp: boolean
  /** Whether everything was handed out that the sources held when they were first asked; as `caughtUp` where absent. */
  readonly ready?: boolean
  /** Partitions that are read from here on; to be noted before the records. */
  readonly starts?: readonly Start[]
  /** Gaps that are larger by now than when they were accepted; to be noted before the records. */
  readonly gaps?: readonly Gap[]
  /** Of topics about which that was learned lately: whose clock their timestamps are (store rule 6). */
  readonly stamps?: readonly { readonly topic: string; readonly by: 'producer' | 'broker' }[]
}

/**
 * Records with their positions, from a file, Kafka or HTTP; from here on they look alike.
 *
 * - `batches` yields the next batch as soon as there is one, and waits where there is none. The caller asks for the next
 *   only when it has room, so a source never runs ahead by more than it may hold (a few megabytes a partition).
 * - `acknowledge` says that a batch is durable; batches are acknowledged in order. The bytes of its records may be gone from then on.
 * - After `stop`, `batches` ends soon; what was not acknowledged comes again next time.
 * - What the world does wrong for good (a file that changed, a topic that was replaced) is thrown as a `FactError`.
 */
export interface Source {
  batches(): AsyncIterable<Batch>
  acknowledge(batch: Batch): Promise<void>
  stop(): Promise<void>
  /** Reads no more of a topic, for a reason in words; where a source can do that. */
  stopTopic?(topic: string, refused: number, of: number): void
}
