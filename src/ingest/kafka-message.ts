import { assert } from '../base/assert.ts'
import type { RawRecord } from '../model/transaction.ts'
import { type RecordBlock, RecordCursor } from './record-block.ts'

/** A message as a Kafka client hands it over. */
export interface Message {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | null | undefined>>
}

/** What stands in the place of messages where the client does not take batches apart: the last of two for each batch has the records. */
export interface BlockMessage {
  readonly offset: string
  readonly block: RecordBlock | null
}

/** The blocks of what a client handed over, whether it took them apart or not. */
export function blocksOf(messages: readonly (Message | BlockMessage)[]): RecordBlock[] {
  const blocks: RecordBlock[] = []
  let apart: Message[] = []
  const gather = () => {
    if (apart.length > 0) blocks.push(blockOf(apart))
    apart = []
  }
  for (const message of messages) {
    if (!('block' in message)) {
      apart.push(message)
      continue
    }
    gather()
    if (message.block !== null) blocks.push(message.block)
  }
  gather()
  return blocks
}

/** The first record of offset `from` or beyond, null where there is none. */
export function firstFrom(blocks: readonly RecordBlock[], from: bigint): RecordCursor | null {
  for (const block of blocks) {
    const cursor = new RecordCursor().enter(block)
    while (cursor.left > 0) {
      cursor.step()
      if (cursor.offset >= from) return cursor
    }
  }
  return null
}

/** Messages that were taken apart, at least one, in a block of their own memory. */
export function blockOf(messages: readonly Message[]): RecordBlock {
  const [offset, timestamp] = [Number(messages[0].offset), Number(messages[0].timestamp)]
  assert(Number.isSafeInteger(offset), 'offsets lie below 2^53')
  const parts: Uint8Array[] = []
  for (const message of messages) {
    const record: Uint8Array[] = [
      Uint8Array.of(0),
      varint(Number(message.timestamp) - timestamp),
      varint(Number(message.offset) - offset),
      ...[...sized(message.key), ...sized(message.value)],
    ]
    const headers = Object.entries(message.headers ?? {}).flatMap(([name, given]) =>
      (Array.isArray(given) ? given : [given])
        .filter(value => value !== undefined)
        .map(value => [name, value] as const),
    )
    record.push(varint(headers.length))
    for (const [name, value] of headers)
      record.push(...sized(Buffer.from(name)), ...sized(typeof value === 'string' ? Buffer.from(value) : value))
    let length = 0
    for (const part of record) length += part.length
    parts.push(varint(length), ...record)
  }
  return { bytes: Buffer.concat(parts), count: messages.length, offset, timestamp, stamped: null }
}

/** A message that was taken apart as a record of its own memory. */
export function recordOf(message: Message, topic: string, partition: number): RawRecord {
  const cursor = new RecordCursor().enter(blockOf([message]))
  cursor.step()
  return cursor.record(topic, partition)
}

const sized = (bytes: Uint8Array | null): Uint8Array[] =>
  bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]

/** A whole number below 2^53 as Kafka's records have them: zigzag, seven bits a byte, lowest first. */
function varint(number: number): Uint8Array {
  const bytes: number[] = []
  let left = number >= 0 ? 2 * number : -2 * number - 1
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  bytes.push(left)
  return Uint8Array.from(bytes)
}
