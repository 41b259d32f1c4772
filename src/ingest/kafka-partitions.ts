import type { RawRecord } from '../model/transaction.ts'
import { Partition, partitionName } from './kafka-partition.ts'
import { Merge } from './merge.ts'
import type { Position } from './source.ts'

/** The merge waits at most this long, in milliseconds, for a partition that should have more. */
const PATIENCE_MS = 5000
const BATCH_RECORDS = 4096
const BATCH_BYTES = 8 << 20
/** What all partitions together may hold, and the least and the most that one of them may. */
const HELD_BYTES = 64 << 20
const LANE_BYTES = { least: 512 << 10, most: 4 << 20 }

/** What was handed out in one go. */
export interface Taken {
  readonly records: readonly RawRecord[]
  readonly positions: readonly Position[]
  /** Whether every partition was read to its end, as last heard, and everything was handed out. */
  readonly atEnd: boolean
  /** Whether everything was handed out that stood in the partitions when they were first asked for. */
  readonly reachedFirstEnds: boolean
}

/** All partitions of a Kafka source, and the order in which their records are handed out (store rule 3). */
export class Partitions {
  readonly #all = new Map<string, Partition>()
  readonly #merge = new Merge<{ topic: string; number: number }, RawRecord>((a, b) =>
    a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.number - b.number,
  )

  get(topic: string, number: number): Partition | undefined {
    return this.#all.get(partitionName(topic, number))
  }

  named(name: string): Partition | undefined {
    return this.#all.get(name)
  }

  all(): IterableIterator<Partition> {
    return this.#all.values()
  }

  /** No more is read of a topic; what was read already is handed out. */
  stop(topic: string): void {
    for (const partition of this.#all.values()) if (partition.topic === topic) partition.stopped = true
  }

  /** How far each partition of a topic was read, by its number. */
  reads(topic: string): Map<number, bigint> {
    const reads = new Map<number, bigint>()
    for (const partition of this.#all.values())
      if (partition.topic === topic) reads.set(partition.number, partition.read)
    return reads
  }

  /** Adds a partition that stands at `position`, or, where it was never read, at offset `low`. */
  add(topic: string, number: number, position: Position | undefined, low: bigint): Partition {
    const lane = this.#merge.add({ topic, number }, position?.known ?? 0)
    const partition = new Partition(topic, number, lane, position?.next ?? low, position?.last ?? null)
    this.#all.set(partition.name, partition)
    return partition
  }

  /** The next records in order, with the positions that moved; none while a partition that is behind holds nothing. */
  take(): Taken {
    for (const partition of this.#all.values()) partition.lane.open = partition.behind && partition.waited < PATIENCE_MS
    const records = this.#merge.take(BATCH_RECORDS, BATCH_BYTES)
    const positions: Position[] = []
    let atEnd = true
    let reachedFirstEnds = true
    for (const partition of this.#all.values()) {
      const position = partition.moved()
      if (position !== null) positions.push(position)
      if (partition.lane.size > 0 || partition.behind || partition.stopped) atEnd = false
      if (!partition.reachedFirstEnd) reachedFirstEnds = false
    }
    return { records, positions, atEnd, reachedFirstEnds }
  }

  /** Counts `ms` towards the patience with each partition for which the others wait. */
  waited(ms: number): void {
    if (this.#merge.size === 0) return
    for (const partition of this.#all.values())
      if (partition.behind && partition.lane.size === 0) partition.waited += ms
  }

  /** Whether a partition holds so much that Kafka should send no more of it. */
  full(partition: Partition): boolean {
    return partition.lane.bytes >= this.#laneBytes()
  }

  /** Partitions that were full and have room again. */
  drained(): Partition[] {
    const half = this.#laneBytes() / 2
    return [...this.#all.values()].filter(({ paused, lane }) => paused && lane.bytes < half)
  }

  #laneBytes(): number {
    const share = HELD_BYTES / Math.max(1, this.#all.size)
    return Math.min(LANE_BYTES.most, Math.max(LANE_BYTES.least, share))
  }
}
