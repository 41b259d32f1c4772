import { recordChecksum } from '../store/record-checksum.ts'
import { type RecordBlock, RecordCursor } from './record-block.ts'
import type { RecordLane } from './record-lane.ts'
import type { LastRead, Position } from './source.ts'

/** `kafka:<topic>/<partition>` */
export const partitionName = (topic: string, partition: number): string => `kafka:${topic}/${partition}`

/** One partition of one topic: how far it was read, how far it was handed out, and what waits between the two. */
export class Partition {
  readonly topic: string
  readonly number: number
  readonly name: string
  readonly lane: RecordLane
  /** Whether Kafka was told to send nothing more for now, because the lane is full. */
  paused = false
  /** Milliseconds that the merge has waited for this partition alone since it last moved. */
  waited = 0
  /** How often in a row its end lay before what was read. */
  suspicions = 0
  /** Its topic is not read any more. */
  stopped = false
  /** Whether Kafka was asked for the record that was read last, and has not shown it yet. */
  verifying = false
  /** Where Kafka begins to hold it, as last heard. */
  low = 0n

  #read: bigint
  #handed: bigint
  /** Of the lane, when it was asked last. */
  #taken: bigint | null = null
  #end: bigint
  /** Where it ended when that was heard first. */
  #firstEnd: bigint | null = null
  /** The record that was handed out last; as the log knows it, before the first. */
  #last: LastRead | null

  constructor(topic: string, number: number, lane: RecordLane, next: bigint, last: LastRead | null = null) {
    this.topic = topic
    this.number = number
    this.name = partitionName(topic, number)
    this.lane = lane
    this.#read = next
    this.#handed = next
    this.#end = next
    this.#last = last
    this.verifying = last !== null
  }

  /** The first offset that was not read from Kafka yet. */
  get read(): bigint {
    return this.#read
  }

  /** The last stable offset, as last heard: what lies before it can be read. */
  set end(offset: bigint) {
    this.#end = offset
    this.#firstEnd ??= offset
  }

  get end(): bigint {
    return this.#end
  }

  /** Whether it can deliver more right now; also while nobody knows whether it is still the same. */
  get behind(): boolean {
    return !this.stopped && (this.#read < this.#end || this.verifying)
  }

  /** Whether what it held at first was handed out. */
  get reachedFirstEnd(): boolean {
    return this.stopped || (this.#firstEnd !== null && this.#handed >= this.#firstEnd && !this.verifying)
  }

  /** The record that was read last, to be known again. */
  get last(): LastRead | null {
    // once everything was handed out, its block may be gone: it is not looked into then
    return this.lane.size === 0 ? this.#last : lastRead(this.lane.tail!)
  }

  /** Where to ask Kafka first after a join: for the record that was read last, so that it can be compared, or else for the next. */
  rejoined(): bigint {
    const { last } = this
    this.waited = 0
    this.verifying = last !== null && last.offset >= this.low
    return this.verifying ? last!.offset : this.#read
  }

  /**
   * Compares the first record that Kafka now shows with the one that was read last. Null where they are the same, otherwise what
   * stands there; `gone` where that lies behind it.
   */
  differs(record: RecordCursor): { readonly found: LastRead; readonly gone: boolean } | null {
    const { last } = this
    if (last === null) return null
    const found = lastRead(record)
    if (found.offset !== last.offset) return { found, gone: true }
    return found.timestamp === last.timestamp && found.checksum === last.checksum ? null : { found, gone: false }
  }

  /** Reads blocks up to, not including, offset `next`; what was read already is dropped. Throws where the bytes are no records, and then reads none. */
  add(blocks: readonly RecordBlock[], next: bigint, now: number): void {
    const cursor = new RecordCursor()
    for (const block of blocks) for (cursor.enter(block); cursor.left > 0; ) cursor.step()
    for (const block of blocks) this.lane.push(block, Number(this.#read), now)
    this.moveTo(next)
  }

  /** Reads on to offset `next` over markers of transactions and what they aborted. */
  moveTo(next: bigint): void {
    if (next <= this.#read) return
    this.#read = next
    this.waited = 0
  }

  /** Where it stands after what was taken from its lane, or null where it did not move since it was asked last. */
  moved(): Position | null {
    const { taken, size, known } = this.lane
    if (taken !== this.#taken) {
      this.#taken = taken
      this.#last = lastRead(this.lane.last!)
    }
    const next = size === 0 ? this.#read : (taken ?? this.#handed)
    if (next <= this.#handed) return null
    this.#handed = next
    return { name: this.name, next, known, digest: null, last: taken === null ? null : this.#last }
  }
}

const lastRead = (record: RecordCursor): LastRead => ({
  offset: BigInt(record.offset),
  timestamp: record.timestamp,
  checksum: recordChecksum({ key: record.key, value: record.value, headers: record.readHeaders() }),
})
