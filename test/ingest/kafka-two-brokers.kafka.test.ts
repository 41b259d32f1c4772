import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../bin/kafka/broker.ts'
import { machineClock } from '../../src/base/clock.ts'
import { kafkaSource } from '../../src/ingest/kafka-source.ts'
import { nothingKept, placeOf, readOn, whyNoKafka } from './broker.ts'

const missing = whyNoKafka('two Kafka brokers')
const PARTITIONS = 6
const EACH = 2000

describe.skipIf(missing !== null)('two brokers', () => {
  let first: Broker
  let second: Broker
  let kafka: kafkajs.Kafka

  beforeAll(async () => {
    first = await startBroker()
    second = await startBroker({ joins: first })
    kafka = new kafkajs.Kafka({
      brokers: [first.address, second.address],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1000 },
    })
  })
  afterAll(async () => {
    await second?.close()
    await first?.close()
  })

  test('one of them is killed and comes back: every record comes once, each partition in order', async () => {
    const admin = kafka.admin()
    await admin.connect()
    const replicated = { topic: 'double', numPartitions: PARTITIONS, replicationFactor: 2 }
    // the second has just registered
    for (let left = 50; !(await admin.createTopics({ topics: [replicated] }).catch(() => false)) && left > 0; left--)
      await sleep(200)
    await sleep(1000)
    const { topics } = await admin.fetchTopicMetadata({ topics: ['double'] })
    expect(new Set(topics[0].partitions.map(({ leader }) => leader)).size).toBe(2)
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const send = async (from: number, to: number) => {
      for (let partition = 0; partition < PARTITIONS; partition++)
        for (let at = from; at < to; at += 100) {
          const messages = Array.from({ length: 100 }, (_, i) => ({ value: `${partition}-${at + i}`, partition }))
          await producer.send({ topic: 'double', messages, acks: -1 })
        }
    }
    await send(0, EACH / 2)
    const source = kafkaSource({
      ...{ brokers: [first.address, second.address], topics: ['double'], groupId: 'double' },
      ...{ positions: new Map(), clock: machineClock },
    })
    const kept = nothingKept()
    let killing: Promise<void> | null = null
    await readOn(source, kept, () => {
      killing ??= (async () => {
        await second.kill()
        await send(EACH / 2, EACH)
        await second.start()
      })()
      return kept.records.length >= PARTITIONS * EACH
    })
    await killing
    await producer.disconnect()
    await admin.disconnect()
    expect(new Set(kept.records.map(placeOf)).size).toBe(PARTITIONS * EACH)
    expect(kept.records.length).toBe(PARTITIONS * EACH)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const values = kept.records
        .filter(({ origin }) => 'partition' in origin && origin.partition === partition)
        .map(({ value }) => String(Buffer.from(value!)))
      expect(values).toEqual(Array.from({ length: EACH }, (_, i) => `${partition}-${i}`))
    }
  })
})
