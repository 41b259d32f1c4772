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

/** What kafkajs needs to know of a batch: whether it was committed. */
interface Context {
  readonly producerId: string
  readonly inTransaction: boolean
}

type Marker = { readonly isControlRecord: boolean; readonly key: Buffer | null; readonly batchContext: Context }

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
        abortedTransactions: [] as { producerId: string; firstOffset: string }[],
      }
      for (let aborted = from.int32(); aborted > 0; aborted--)
        header.abortedTransactions.push({ producerId: from.int64(), firstOffset: from.int64() })
      const preferredReadReplica = from.int32()
      partitions.push({ ...header, preferredReadReplica, messages: await messagesOf(from.sized(), parts) })
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
 * Two for each batch: its first offset, and its last with the records. The last batch is left out where it is cut off, which a broker does
 * with what is more than was asked for.
 */
async function messagesOf(set: Buffer, { codecOf, memory, decodeOld }: ClientParts): Promise<unknown[]> {
  if (set.length > MAGIC && set[MAGIC] !== 2) {
    const sized = Buffer.alloc(4 + set.length)
    sized.writeInt32BE(set.length)
    set.copy(sized, 4)
    return decodeOld(sized)
  }
  const messages: (BlockMessage & Marker)[] = []
  let at = 0
  while (at + HEADER <= set.length) {
    const end = at + LENGTH + 4 + set.readInt32BE(at + LENGTH)
    if (end > set.length || set[at + MAGIC] !== 2) break
    const attributes = set.readInt16BE(at + ATTRIBUTES)
    const control = (attributes & CONTROL) > 0
    const first = set.readBigInt64BE(at)
    assert(first < Number.MAX_SAFE_INTEGER - 2 ** 31, 'offsets lie below 2^53')
    const records = set.subarray(at + HEADER, end)
    const codec = attributes & PACKED ? codecOf(attributes) : null
    const block: RecordBlock = {
      // memory of its own: what waits must not hold on to a whole answer
      bytes:
        codec !== null ? await codec.decompress(records) : control ? Buffer.from(records) : copyOf(records, memory),
      count: set.readInt32BE(at + COUNT),
      offset: Number(first),
      timestamp: Number(set.readBigInt64BE(at + FIRST_TIME)),
      stamped: attributes & STAMPED ? Number(set.readBigInt64BE(at + LAST_TIME)) : null,
    }
    const batchContext = {
      producerId: String(set.readBigInt64BE(at + PRODUCER)),
      inTransaction: (attributes & TRANSACTIONAL) > 0,
    }
    const marker = { isControlRecord: control, key: control ? keyOf(block) : null, batchContext }
    messages.push({ offset: String(first), block: null, ...marker, key: null })
    const last = first + BigInt(set.readInt32BE(at + LAST_OFFSET))
    messages.push({ offset: String(last), block: control ? null : block, ...marker })
    at = end
  }
  return messages
}

/** What a marker of a transaction says. */
function keyOf(block: RecordBlock): Buffer | null {
  if (block.count === 0) return null
  const cursor = new RecordCursor().enter(block)
  cursor.step()
  return cursor.key
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
