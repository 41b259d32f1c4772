import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '../base/assert.ts'
import type { BlockMessage } from './kafka-message.ts'
import { type RecordBlock, RecordCursor } from './record-block.ts'
import type { ReturnedMemory } from './returned-memory.ts'

/** The answer to a fetch (version 11), as kafkajs takes it apart. */
interface FetchResponse {
  decode(payload: Buffer): Promise<unknown>
}

/** What kafkajs has for the rest. */
interface ClientParts {
  /** What unpacks a batch of these attributes; null where it is not packed. */
  readonly codecOf: (attributes: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null
  /** Where blocks lie; an answer is given back once it was read. */
  readonly memory: ReturnedMemory
  /** Takes apart the messages of brokers before 0.11, with their length before them. */
  readonly decodeOld: (messages: Buffer) => Promise<unknown[]>
}

const asBlocks = new AsyncLocalStorage<true>()

/** Lets what runs in it be handed whole blocks (`BlockMessage`) where kafkajs would make an object of every record. */
export const readingBlocks = <X>(run: () => X): X => asBlocks.run(true, run)

/**
 * Has kafkajs leave records as they are, for whoever runs in `readingBlocks`: taking them apart takes it longer than `JSON.parse` of
 * the values, and its objects, which wait for their turn, keep the garbage collector at work.
 */
export function leaveBlocks(response: FetchResponse, parts: ClientParts): void {
  assert('decode' in response, 'kafkajs 2.2.4 takes answers apart here')
  const { decode } = response
  response.decode = payload => (asBlocks.getStore() ? decodeFetch(payload, parts) : decode(payload))
}

/** A transaction that was aborted, and where in the partition it began. */
interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

/** A message of kafkajs, which leaves out what only controls transactions. */
type Message = BlockMessage & { readonly isControlRecord: boolean; readonly key: null }

async function decodeFetch(payload: Buffer, parts: ClientParts): Promise<unknown> {
  try {
    return await decodeAnswer(payload, parts)
  } finally {
    parts.memory.giveBack(payload)
  }
}

async function decodeAnswer(payload: Buffer, parts: ClientParts): Promise<unknown> {
  const from = new Answer(payload)
  const clientSideThrottleTime = from.int32()
  const errorCode = from.int16()
  const sessionId = from.int32()
  const responses: unknown[] = []
  for (let topics = from.int32(); topics > 0; topics--) {
    const topicName = from.text()
    const partitions: unknown[] = []
    for (let left = from.int32(); left > 0; left--) {
      const header = {
        partition: from.int32(),
        errorCode: from.int16(),
        highWatermark: from.int64(),
        lastStableOffset: from.int64(),
        lastStartOffset: from.int64(),
      }
      const aborted: AbortedTransaction[] = []
      for (let transactions = from.int32(); transactions > 0; transactions--)
        aborted.push({ producerId: from.int64(), firstOffset: from.int64() })
      const preferredReadReplica = from.int32()
      const messages = await messagesOf(from.sized(), aborted, parts)
      // those have left out already what was aborted
      partitions.push({ ...header, abortedTransactions: [], preferredReadReplica, messages })
    }
    responses.push({ topicName, partitions })
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses }
}

/** Where things stand in the header of a batch, in bytes. Its length counts from behind itself. */
const HEADER = 61
const [LENGTH, MAGIC, ATTRIBUTES, LAST_OFFSET, FIRST_TIME, LAST_TIME, PRODUCER, COUNT] = [8, 16, 21, 23, 27, 35, 43, 57]
const [PACKED, STAMPED, TRANSACTIONAL, CONTROL] = [0x07, 0x08, 0x10, 0x20]

/**
 * Two for each batch: its first offset, and its last with the records, none of them where their transaction was aborted. The last batch is
 * left out where it is cut off, which a broker does with what is more than was asked for.
 */
async function messagesOf(
  set: Buffer,
  aborted: readonly AbortedTransaction[],
  { codecOf, memory, decodeOld }: ClientParts,
): Promise<unknown[]> {
  if (set.length > MAGIC && set[MAGIC] !== 2) {
    const sized = Buffer.alloc(4 + set.length)
    sized.writeInt32BE(set.length)
    set.copy(sized, 4)
    return decodeOld(sized)
  }
  const undone = new AbortedProducers(aborted)
  const messages: Message[] = []
  let at = 0
  while (at + HEADER <= set.length) {
    const end = at + LENGTH + 4 + set.readInt32BE(at + LENGTH)
    if (end > set.length || set[at + MAGIC] !== 2) break
    if (end < at + HEADER) throw new RangeError(`a batch of records of ${end - at} bytes is shorter than its header`)
    const attributes = set.readInt16BE(at + ATTRIBUTES)
    const isControlRecord = (attributes & CONTROL) > 0
    const first = set.readBigInt64BE(at)
    const last = first + BigInt(set.readInt32BE(at + LAST_OFFSET))
    assert(first < Number.MAX_SAFE_INTEGER - 2 ** 31, 'offsets lie below 2^53')
    const producer = String(set.readBigInt64BE(at + PRODUCER))
    undone.reach(last)
    const packed = set.subarray(at + HEADER, end)
    let block: RecordBlock | null = null
    if (isControlRecord) {
      if (endsInAbort(packed, set.readInt32BE(at + COUNT))) undone.end(producer)
    } else if ((attributes & TRANSACTIONAL) === 0 || !undone.has(producer)) {
      const codec = attributes & PACKED ? codecOf(attributes) : null
      if (attributes & PACKED && codec === null)
        throw new RangeError(`a batch of records is packed in way ${attributes & PACKED}, which nobody knows`)
      block = {
        // memory of its own: what waits must not hold on to a whole answer
        bytes: codec !== null ? await codec.decompress(packed) : copyOf(packed, memory),
        count: set.readInt32BE(at + COUNT),
        offset: Number(first),
        timestamp: Number(set.readBigInt64BE(at + FIRST_TIME)),
        stamped: attributes & STAMPED ? Number(set.readBigInt64BE(at + LAST_TIME)) : null,
      }
    }
    messages.push({ offset: String(first), block: null, isControlRecord, key: null })
    messages.push({ offset: String(last), block, isControlRecord, key: null })
    at = end
  }
  return messages
}

/**
 * Whose transactions are aborted where a reader stands, as Kafka's own consumer finds it (`CompletedFetch` of the Java client): a transaction
 * counts from its first offset until the marker that aborts it. Brokers list transactions in the order of their markers.
 */
class AbortedProducers {
  readonly #ahead: AbortedTransaction[]
  readonly #now = new Set<string>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => Number(BigInt(a.firstOffset) - BigInt(b.firstOffset)))
  }

  /** Goes on to a batch that ends at an offset. */
  reach(last: bigint): void {
    while (this.#ahead.length > 0 && BigInt(this.#ahead[0].firstOffset) <= last)
      this.#now.add(this.#ahead.shift()!.producerId)
  }

  has(producer: string): boolean {
    return this.#now.has(producer)
  }

  end(producer: string): void {
    this.#now.delete(producer)
  }
}

/** Whether what ends a transaction aborts it: a marker's key is its version and its type, 16 bits each, and type 0 is that. */
function endsInAbort(records: Buffer, count: number): boolean {
  if (count === 0) return false
  const cursor = new RecordCursor().enter({ bytes: records, count, offset: 0, timestamp: 0, stamped: null })
  cursor.step()
  const { key } = cursor
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0
}

function copyOf(bytes: Buffer, memory: ReturnedMemory): Buffer {
  const copy = memory.take(bytes.length)
  bytes.copy(copy)
  return copy
}

/** Reads the parts of an answer one after the other. */
class Answer {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  /** As kafkajs has them. */
  int64(): string {
    this.#at += 8
    return String(this.#bytes.readBigInt64BE(this.#at - 8))
  }

  text(): string {
    const length = this.int16()
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** Bytes with their length before them. */
  sized(): Buffer {
    const length = Math.max(0, this.int32())
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
