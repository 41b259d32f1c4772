import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type CompressionTypes, type Message, type Producer } from 'kafkajs'
import { type Broker, findKafka, startBroker } from '../../bin/kafka/broker.ts'
import { machineClock } from '../../src/base/clock.ts'
import type { StoppedTopic } from '../../src/ingest/kafka-fault.ts'
import { type KafkaSourceOptions, kafkaSource } from '../../src/ingest/kafka-source.ts'
import type { Batch, Position, Source } from '../../src/ingest/source.ts'
import type { RawRecord } from '../../src/model/transaction.ts'

/** Why no broker can be started here, or null; said aloud where tests are skipped for it. */
export function whyNoKafka(suite: string): string | null {
  const kafka = findKafka()
  if (kafka.found) return null
  console.log(`SKIPPED: ${suite}. ${kafka.missing}`)
  return kafka.missing
}

/** A real broker, and what a test does to it. */
export interface TestKafka {
  readonly broker: Broker
  readonly client: kafkajs.Kafka
  readonly admin: Admin
  readonly producer: Producer
  createTopic(topic: string, partitions: number, settings?: Record<string, string>): Promise<void>
  /** Sends to one partition, in order. */
  send(topic: string, partition: number, messages: Message[], compression?: CompressionTypes): Promise<void>
  /** The same through a producer of its own, for topics that were deleted or changed: kafkajs never forgets what it once knew of them. */
  sendAfresh(topic: string, partition: number, messages: Message[]): Promise<void>
  /** Sends to one partition in one transaction, which it ends as told, or hands back open. */
  transact(topic: string, partition: number, messages: Message[], end: 'commit' | 'abort'): Promise<void>
  openTransaction(
    topic: string,
    partition: number,
    messages: Message[],
  ): Promise<{ commit(): Promise<void>; abort(): Promise<void> }>
  close(): Promise<void>
}

export async function testKafka(settings: Record<string, string | number | boolean> = {}): Promise<TestKafka> {
  const broker = await startBroker({ settings })
  const client = new kafkajs.Kafka({
    clientId: 'test',
    brokers: [broker.address],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 1000 },
  })
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  const admin = client.admin()
  const producer = client.producer({ createPartitioner })
  const transactional = client.producer({
    createPartitioner,
    transactionalId: 'test',
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await Promise.all([admin.connect(), producer.connect(), transactional.connect()])
  const toPartition = (partition: number, messages: Message[]) => messages.map(message => ({ ...message, partition }))
  const openTransaction: TestKafka['openTransaction'] = async (topic, partition, messages) => {
    const transaction = await transactional.transaction()
    await transaction.send({ topic, messages: toPartition(partition, messages) })
    return transaction
  }
  return {
    broker,
    client,
    admin,
    producer,
    openTransaction,
    async createTopic(topic, numPartitions, more = {}) {
      const configEntries = Object.entries({ 'retention.ms': '-1', ...more }).map(([name, value]) => ({ name, value }))
      await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }],
      })
      // a broker says for a moment that it knows nothing of what it has just made
      for (let left = 100; ; left--) {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }))
        if (topics[0]?.partitions.every(({ leader }) => leader >= 0)) break
        if (left === 0) throw new Error(`topic ${topic} got no leaders`)
        await sleep(100)
      }
    },
    async send(topic, partition, messages, compression) {
      await producer.send({ topic, messages: toPartition(partition, messages), ...(compression && { compression }) })
    },
    async sendAfresh(topic, partition, messages) {
      const fresh = client.producer({ createPartitioner })
      await fresh.connect()
      await fresh.send({ topic, messages: toPartition(partition, messages) })
      await fresh.disconnect()
    },
    async transact(topic, partition, messages, end) {
      const transaction = await openTransaction(topic, partition, messages)
      await transaction[end]()
    },
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect(), transactional.disconnect()])
      await broker.close()
    },
  }
}

export function sourceOf(kafka: TestKafka, topics: readonly string[], more: Partial<KafkaSourceOptions> = {}): Source {
  return kafkaSource({
    brokers: [kafka.broker.address],
    topics,
    groupId: `heartwood-${topics.join('-')}`,
    positions: new Map(),
    clock: machineClock,
    ...more,
  })
}

/** What a reader has kept: records in the order in which they came, and the position of each partition. */
export interface Kept {
  readonly records: RawRecord[]
  readonly positions: Map<string, Position>
}

export const nothingKept = (): Kept => ({ records: [], positions: new Map() })

const own = (bytes: Uint8Array | null): Uint8Array | null => bytes && Buffer.from(bytes)

/** Reads from `kept` on, acknowledging each batch, until `enough` says so of a batch; then stops the source. */
export async function readOn(
  source: Source,
  kept: Kept,
  enough: (batch: Batch) => boolean | Promise<boolean>,
): Promise<void> {
  for await (const batch of source.batches()) {
    // copies: their bytes are gone once the batch is acknowledged
    for (const record of batch.records) kept.records.push({ ...record, key: own(record.key), value: own(record.value) })
    for (const position of batch.positions) kept.positions.set(position.name, position)
    await source.acknowledge(batch)
    if (await enough(batch)) break
  }
  await source.stop()
}

/** Reads until a topic was stopped and `records` were kept; gives why. `each` sees every batch. */
export async function stopOf(
  kafka: TestKafka,
  topics: readonly string[],
  more: Partial<KafkaSourceOptions>,
  kept: Kept = nothingKept(),
  records = 0,
  each: (batch: Batch) => void | Promise<void> = () => {},
): Promise<StoppedTopic> {
  let stopped: StoppedTopic | undefined
  const enough = () => stopped !== undefined && kept.records.length >= records
  const source = sourceOf(kafka, topics, {
    ...more,
    report: report => {
      stopped = report.stopped[0]
      if (enough()) void source.stop()
    },
  })
  await readOn(source, kept, async batch => {
    await each(batch)
    return enough()
  })
  if (stopped === undefined) throw new Error('no topic was stopped')
  return stopped
}

/** `topic/partition/offset` */
export function placeOf({ origin }: RawRecord): string {
  if (!('offset' in origin)) throw new Error('a record of Kafka has an offset')
  return `${origin.topic}/${origin.partition}/${origin.offset}`
}

export const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString()
