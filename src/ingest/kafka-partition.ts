import type { RawRecord } from '../model/transaction.ts'
import { recordChecksum } from '../store/record-checksum.ts'
import { knownOf, type Lane } from './merge.ts'
import type { LastRead, Position } from './source.ts'

/** A message as a Kafka client hands it over. Its buffers may be windows on something much larger. */
export interface Message {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>
}

/** What objects around a record cost, roughly, beside its bytes. */
const RECORD_BYTES = 300

/** `kafka:<topic>/<partition>` */
export const partitionName = (topic: string, partition: number): string => `kafka:${topic}/${partition}`

/** One partition of one topic: how far it was read, how far it was handed out, and what waits between the two. */
export class Partition {
  readonly topic: string
  readonly number: number
  readonly name: string
  readonly lane: Lane<RawRecord>
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
  #end: bigint
  /** Where it ended when that was heard first. */
  #firstEnd: bigint | null = null
  /** The record that was read last; as the log knows it, or itself. */
  #last: LastRead | RawRecord | null

  constructor(topic: string, number: number, lane: Lane<RawRecord>, next: bigint, last: LastRead | null = null) {
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
    if (this.#last !== null && 'origin' in this.#last) this.#last = lastRead(this.#last)
    return this.#last
  }

  /** Where to ask Kafka first after a join: for the record that was read last, so that it can be compared, or else for the next. */
  rejoined(): bigint {
    const { last } = this
    this.waited = 0
    this.verifying = last !== null && last.offset >= this.low
    return this.verifying ? last!.offset : this.#read
  }

  /**
   * Compares the first message that Kafka now shows with the record that was read last. Null where they are the same, otherwise what
   * stands there; `gone` where that lies behind it.
   */
  differs(message: Message): { readonly found: LastRead; readonly gone: boolean } | null {
    const { last } = this
    if (last === null) return null
    const found = lastRead(this.#record(message, message.key, message.value))
    if (found.offset !== last.offset) return { found, gone: true }
    return found.timestamp === last.timestamp && found.checksum === last.checksum ? null : { found, gone: false }
  }

  #record(message: Message, key: Buffer | null, value: Buffer | null): RawRecord {
    const headers = message.headers === undefined ? NONE : texts(message.headers)
    const origin = { topic: this.topic, partition: this.number, offset: BigInt(message.offset) }
    return { origin, timestamp: Number(message.timestamp), key, headers, value }
  }

  /** Reads messages up to, not including, offset `next`; those below what was read already are dropped. */
  add(messages: readonly Message[], next: bigint, now: number): void {
    const fresh = messages.length > 0 && BigInt(messages[0].offset) < this.#read ? this.#unread(messages) : messages
    const block = new Block(fresh)
    let known = this.lane.tailKnown
    for (const message of fresh) {
      const timestamp = Number(message.timestamp)
      known = knownOf(known, timestamp, now)
      const key = block.own(message.key)
      const value = block.own(message.value)
      const bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_BYTES
      const record = this.#record(message, key, value)
      this.lane.push(record, known, bytes)
      this.#last = record
    }
    this.moveTo(next)
  }

  /** Reads on to offset `next` over markers of transactions and what they aborted. */
  moveTo(next: bigint): void {
    if (next <= this.#read) return
    this.#read = next
    this.waited = 0
  }

  #unread(messages: readonly Message[]): readonly Message[] {
    return messages.filter(({ offset }) => BigInt(offset) >= this.#read)
  }

  /** Where it stands after what was taken from its lane, or null where it did not move since it was asked last. */
  moved(): Position | null {
    const { last, size, known } = this.lane
    const taken = last !== null && 'offset' in last.origin ? last.origin.offset + 1n : this.#handed
    const next = size === 0 ? this.#read : taken
    if (next <= this.#handed) return null
    this.#handed = next
    return { name: this.name, next, known, digest: null, last: last === null ? null : lastRead(last) }
  }
}

function lastRead(record: RawRecord): LastRead {
  const { origin, timestamp } = record
  return { offset: 'offset' in origin ? origin.offset : 0n, timestamp, checksum: recordChecksum(record) }
}

/** Bytes of many messages in one buffer of their own, so that a record that waits does not hold on to a whole answer of the broker. */
class Block {
  readonly #bytes: Buffer
  #at = 0

  constructor(messages: readonly Message[]) {
    let size = 0
    for (const { key, value } of messages) size += (key?.length ?? 0) + (value?.length ?? 0)
    this.#bytes = Buffer.allocUnsafeSlow(size)
  }

  own(bytes: Buffer | null): Buffer | null {
    if (bytes === null) return null
    const at = this.#at
    this.#at += bytes.length
    this.#bytes.set(bytes, at)
    return this.#bytes.subarray(at, this.#at)
  }
}

const NONE: Readonly<Record<string, string>> = Object.freeze({})

/** Headers as text; of several with one name the last counts. */
function texts(headers: NonNullable<Message['headers']>): Readonly<Record<string, string>> {
  const found: [string, string][] = []
  for (const [name, given] of Object.entries(headers)) {
    const value = Array.isArray(given) ? given.at(-1) : given
    if (value !== undefined) found.push([name, typeof value === 'string' ? value : value.toString('utf8')])
  }
  return found.length === 0 ? NONE : Object.fromEntries(found)
}
