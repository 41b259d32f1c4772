import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { type SampleEvent, sampleValue } from '../../src/sample/bank.ts'

/** Creates the topics that do not exist yet: 6 partitions, and nothing is ever deleted. */
export async function createTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const existing = new Set(await admin.listTopics())
  const configEntries = [{ name: 'retention.ms', value: '-1' }]
  const absent = topics.filter(topic => !existing.has(topic))
  await admin.createTopics({
    waitForLeaders: true,
    topics: absent.map(topic => ({ topic, numPartitions: 6, replicationFactor: 1, configEntries })),
  })
  await admin.disconnect()
}

/**
 * Produces each event at the moment of its timestamp, until `signal`. One send is one record: a send to several partitions
 * may lose some of them and still succeed. `produced` hears the count after each.
 */
export async function produce(
  kafka: Kafka,
  events: Iterable<SampleEvent>,
  signal: AbortSignal,
  produced: (count: number) => void,
): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  let count = 0
  for (const event of events) {
    const { topic, key, timestamp, headers } = event
    const early = timestamp - Date.now()
    if (early > 0) await sleep(early, undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    const message = { key, value: sampleValue(event), timestamp: String(timestamp), ...(headers && { headers }) }
    await producer.send({ topic, messages: [message] })
    produced(++count)
  }
  await producer.disconnect()
}
