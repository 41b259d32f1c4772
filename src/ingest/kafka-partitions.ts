import { Partition, partitionName } from './kafka-partition.ts'
import { Merge } from './merge.ts'
import { RecordLane } from './record-lane.ts'
import type { Position, Records } from './source.ts'
import { TakenRecords } from './taken-records.ts'

/** The merge waits at most this long, in milliseconds, for a partition that should have more. */
const PATIENCE_MS = 5000
const BATCH_RECORDS = 4096
const BATCH_BYTES = 4 << 20
/** What all partitions together may hold, and the least and the most that one of them may. */
const HELD_BYTES = 32 << 20
const LANE_BYTES = { least: 256 << 10, most: 2 << 20 }

/** What was handed out in one go. */
export interface Taken {
  readonly records: Records
  readonly positions: readonly Position[]
  /** Whether every partition was read to its end, as last heard, and everything was handed out. */
  readonly atEnd: boolean
  /** Whether everything was handed out that stood in the partitions when they were first asked for. */
  readonly reachedFirstEnds: boolean
}

/** All partitions of a Kafka source, and the order in which their records are handed out (store rule 3). */
export class Partitions {
  readonly #all = new Map<string, Partition>()
  readonly #merge = new Merge<{ topic: string; number: number }, number, RecordLane>(
    (a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.number - b.number),
    (known, { topic, number }) =>
      new RecordLane(
        known,
        record => this.#taken.push(record, topic, number),
        block => this.#taken.finished.push(block),
      ),
  )
  #taken = new TakenRecords()

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
    this.#taken = new TakenRecords()
    this.#merge.take(BATCH_RECORDS, BATCH_BYTES)
    const records = this.#taken
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

  /** Whether a partition holds so much, or something while all hold so much, that Kafka should send no more of it. */
  full({ lane }: Partition): boolean {
    return lane.bytes >= this.#laneBytes() || (lane.size > 0 && this.#crowded())
  }

  /** Whether Kafka is to send nothing for now, since all partitions are full that are read. */
  get allFull(): boolean {
    const read = [...this.#all.values()].filter(({ stopped }) => !stopped)
    return read.length > 0 && read.every(({ paused }) => paused)
  }

  /** Partitions that were full and have room again. */
  drained(): Partition[] {
    const half = this.#laneBytes() / 2
    const crowded = this.#crowded()
    return [...this.#all.values()].filter(
      ({ paused, lane }) => paused && lane.bytes < half && (!crowded || lane.size === 0),
    )
  }

  /** Whether all partitions together hold as much as they may. */
  #crowded(): boolean {
    let bytes = 0
    for (const { lane } of this.#all.values()) bytes += lane.bytes
    return bytes >= Math.max(HELD_BYTES, this.#all.size * LANE_BYTES.least)
  }

  #laneBytes(): number {
    const share = HELD_BYTES / Math.max(1, this.#all.size)
    return Math.min(LANE_BYTES.most, Math.max(LANE_BYTES.least, share))
  }
}
