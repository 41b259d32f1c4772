import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { WritableDatabase } from '../database/database.ts'
import { recordOf } from '../database/letters.ts'
import type { RawRecord } from '../model/transaction.ts'
import type { Refused } from '../store/indexes.ts'
import { type KafkaConnection, kafkaClient, type Producer } from './kafka-client.ts'
import { placeOf, readRecords } from './kafka-records.ts'
import { within } from './within.ts'

export interface DeadLetterTopicOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  readonly database: WritableDatabase
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Letters that are sent together. */
const TOGETHER = 500
/** Milliseconds between two looks for new ones, and between two tries. */
const LOOK_MS = 1000

/**
 * Publishes dead letters to a Kafka topic, oldest first, each at least once: up to which id stands in the log. Brokers that are away, and
 * a topic that does not exist yet, are tried again until `signal`; nothing else waits for that.
 */
export async function publishDeadLetters(options: DeadLetterTopicOptions): Promise<void> {
  const { connection, topic, database, signal, log } = options
  let said = ''
  const client = kafkaClient(connection, 2, () => {})
  let producer: Producer | null = null
  let partitions = 0
  try {
    while (!signal.aborted) {
      try {
        const letters = database.letters.unpublished(TOGETHER)
        if (letters.length > 0) {
          if (producer === null) {
            partitions = await partitionsOf(options)
            producer = client.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 })
            await producer.connect()
          }
          await send(producer, topic, await messagesOf(options, letters), partitions)
          database.letters.published(letters[letters.length - 1].id)
          said = ''
          continue
        }
      } catch (error) {
        const words = error instanceof Error ? error.message : String(error)
        if (words !== said) log(`dead letters cannot be published to ${topic} just now (${words}); trying again`)
        said = words
        await within(5000, producer?.disconnect())
        producer = null
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    await within(5000, producer?.disconnect())
  }
}

interface Outgoing {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, string>
  readonly id: number
}

async function messagesOf(
  { connection, database }: DeadLetterTopicOptions,
  letters: readonly Refused[],
): Promise<Outgoing[]> {
  const unkept = letters.flatMap(({ checksum, origin }) => (checksum !== null && 'offset' in origin ? [origin] : []))
  const read = await readRecords(connection, `heartwood-${database.storeName}-published`, unkept)
  return letters.map(letter => {
    const { origin } = letter
    return outgoing(letter, database.storeName, 'offset' in origin ? read.get(placeOf(origin)) : undefined)
  })
}

const bytesOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** What is sent for a dead letter. One that is neither kept nor in Kafka any more goes without key and value. */
export function outgoing(letter: Refused, store: string, read: RawRecord | undefined): Outgoing {
  const { id, origin, recordTime, refusal, checksum } = letter
  const lost = checksum !== null && read === undefined
  const { key, value, headers } = lost ? letter : recordOf(letter, read)
  const place =
    'file' in origin
      ? { 'heartwood-file': origin.file, 'heartwood-line': String(origin.line) }
      : { 'heartwood-partition': String(origin.partition), 'heartwood-offset': String(origin.offset) }
  return {
    id,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: {
      ...headers,
      'heartwood-id': String(id),
      'heartwood-store': store,
      'heartwood-reason': refusal.reason,
      'heartwood-detail': refusal.detail,
      ...(refusal.path === null ? {} : { 'heartwood-path': refusal.path }),
      ...(refusal.contract === null ? {} : { 'heartwood-contract': refusal.contract }),
      'heartwood-topic': origin.topic,
      ...place,
      'heartwood-timestamp': new Date(recordTime).toISOString(),
    },
  }
}

async function partitionsOf({ connection, topic }: DeadLetterTopicOptions): Promise<number> {
  const admin = kafkaClient(connection, 2, () => {}).admin()
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0].partitions.length
  } finally {
    await within(5000, admin.disconnect())
  }
}

/** One partition after the other: a send to several may lose records when a broker dies, and still succeed (tulios/kafkajs#1303). */
async function send(
  producer: Producer,
  topic: string,
  messages: readonly Outgoing[],
  partitions: number,
): Promise<void> {
  const byPartition = Map.groupBy(messages, ({ id, key }) => (key === null ? id : crc32(key)) % partitions)
  for (const [partition, list] of byPartition)
    await producer.send({
      topic,
      acks: -1,
      messages: list.map(({ key, value, headers }) => ({ key, value, headers, partition })),
    })
}
