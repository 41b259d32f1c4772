import { setTimeout as sleep } from 'node:timers/promises'
import type { RawRecord } from '../model/transaction.ts'
import { everythingToEveryMember, type KafkaConnection, kafkaClient } from './kafka-client.ts'
import { unanswered } from './kafka-fault.ts'
import { recordOf } from './kafka-message.ts'
import { partitionName } from './kafka-partition.ts'
import { within } from './within.ts'

/** A record of Kafka that is asked for by its place. */
export interface Wanted {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** `topic/partition/offset` */
export const placeOf = ({ topic, partition, offset }: Wanted): string => `${topic}/${partition}/${offset}`

/** Nothing that was asked for came for so long: it will not come. */
const PATIENCE_MS = 30_000

/**
 * Reads single records again, as committed; by `topic/partition/offset`. One that is there no more is missing from the answer.
 * `groupId` is that of a consumer group which nobody else uses. Throws `unavailable` where the brokers are not reached.
 */
export async function readRecords(
  connection: KafkaConnection,
  groupId: string,
  wanted: readonly Wanted[],
): Promise<Map<string, RawRecord>> {
  const found = new Map<string, RawRecord>()
  if (wanted.length === 0) return found
  const client = kafkaClient(connection, 4, () => {})
  const [admin, consumer] = [
    client.admin(),
    client.consumer({
      groupId,
      partitionAssigners: [everythingToEveryMember],
      maxWaitTimeInMs: 250,
      maxBytesPerPartition: 256 << 10,
      sessionTimeout: 10_000,
    }),
  ]
  try {
    await admin.connect()
    const queues = await queuesOf(admin, wanted)
    const topics = [...new Set([...queues.values()].map(({ topic }) => topic))]
    const done = Promise.withResolvers<void>()
    let moved = performance.now()
    let left = 0
    for (const { offsets } of queues.values()) left += offsets.length
    if (left === 0) return found
    const seek = (queue: Queue) =>
      consumer.seek({ topic: queue.topic, partition: queue.partition, offset: String(queue.offsets[0]) })
    /** Everything before `next` has been seen. */
    const passed = (queue: Queue, next: bigint) => {
      while (queue.offsets.length > 0 && queue.offsets[0] < next) {
        queue.offsets.shift()
        left--
      }
      moved = performance.now()
      if (queue.offsets.length === 0) consumer.pause([{ topic: queue.topic, partitions: [queue.partition] }])
      else if (queue.offsets[0] > next) seek(queue)
      if (left === 0) done.resolve()
    }
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [topic, numbers] of Object.entries(payload.memberAssignment))
        for (const partition of numbers) {
          const queue = queues.get(partitionName(topic, partition))
          if (queue === undefined || queue.offsets.length === 0) consumer.pause([{ topic, partitions: [partition] }])
          else seek(queue)
        }
    })
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      const queue = queues.get(partitionName(topic, partition))
      if (batchSize === 0 && queue !== undefined && lastOffset !== null) passed(queue, BigInt(lastOffset) + 1n)
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) done.reject(payload.error)
    })
    await consumer.connect()
    await consumer.subscribe({ topics, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, resolveOffset, isRunning, isStale }) => {
        const queue = queues.get(partitionName(batch.topic, batch.partition))
        if (queue === undefined || !isRunning() || isStale()) return
        const asked = new Set(queue.offsets)
        for (const message of batch.messages) {
          if (!asked.has(BigInt(message.offset))) continue
          const origin = { topic: batch.topic, partition: batch.partition, offset: BigInt(message.offset) }
          found.set(placeOf(origin), recordOf(message, batch.topic, batch.partition))
        }
        resolveOffset(batch.lastOffset())
        passed(queue, BigInt(batch.lastOffset()) + 1n)
      },
    })
    const enough = new AbortController()
    const impatient = async () => {
      while (performance.now() - moved < PATIENCE_MS) await sleep(250, undefined, { signal: enough.signal })
    }
    await Promise.race([done.promise, impatient()])
    enough.abort()
    return found
  } catch (error) {
    throw unanswered(connection.brokers, error)
  } finally {
    await within(5000, consumer.disconnect())
    await within(5000, admin.deleteGroups([groupId]))
    await within(5000, admin.disconnect())
  }
}

interface Queue {
  readonly topic: string
  readonly partition: number
  /** Ascending. */
  readonly offsets: bigint[]
}

/** What can still be there, by partition. */
async function queuesOf(
  admin: ReturnType<ReturnType<typeof kafkaClient>['admin']>,
  wanted: readonly Wanted[],
): Promise<Map<string, Queue>> {
  const queues = new Map<string, Queue>()
  const existing = new Set(await admin.listTopics())
  for (const topic of new Set(wanted.map(({ topic }) => topic))) {
    if (!existing.has(topic)) continue
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const offsets = wanted
        .filter(({ topic: of, partition: number }) => of === topic && number === partition)
        .map(({ offset }) => offset)
        .filter(offset => offset >= BigInt(low) && offset < BigInt(high))
        .sort((a, b) => Number(a - b))
      queues.set(partitionName(topic, partition), { topic, partition, offsets })
    }
  }
  return queues
}
