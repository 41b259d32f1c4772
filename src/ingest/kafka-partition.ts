import type { RawRecord } from '../model/transaction.ts'
import { knownOf, type Lane } from './merge.ts'
import type { Position } from './source.ts'

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

  #read: bigint
  #handed: bigint
  #end: bigint

  constructor(topic: string, number: number, lane: Lane<RawRecord>, next: bigint) {
    this.topic = topic
    this.number = number
    this.name = partitionName(topic, number)
    this.lane = lane
    this.#read = next
    this.#handed = next
    this.#end = next
  }

  /** The first offset that was not read from Kafka yet. */
  get read(): bigint {
    return this.#read
  }

  /** The last stable offset, as last heard: what lies before it can be read. */
  set end(offset: bigint) {
    this.#end = offset
  }

  get behind(): boolean {
    return this.#read < this.#end
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
      const headers = message.headers === undefined ? NONE : texts(message.headers)
      const origin = { topic: this.topic, partition: this.number, offset: BigInt(message.offset) }
      const bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_BYTES
      this.lane.push({ origin, timestamp, key, headers, value }, known, bytes)
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
    return { name: this.name, next, known, digest: null }
  }
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
