import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import kafkajs, { type Producer } from 'kafkajs'
import { seeded } from '../../src/base/random.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const TOPIC = 'bank.purchase'
const PARTITIONS = 8
const TOGETHER = 2000
const CATEGORIES = ['groceries', 'restaurants', 'transport', 'travel', 'electronics', 'clothing']
const START = Date.UTC(2025, 0, 1)

/** A project with the contracts of the bundled sample's bank. */
export function bankProject(folder: string): string {
  const project = join(folder, 'project')
  mkdirSync(project)
  cpSync(join(ROOT, 'contracts/bank'), join(project, 'contracts/bank'), { recursive: true })
  return project
}

/** The `i`th purchase: 20,000 customers, 5,000 merchants, about 290 bytes. */
export function purchase(i: number): { key: string; value: string; timestamp: string } {
  const random = seeded(i)
  const customer = String(10_000 + random.below(20_000))
  const merchant = random.below(5000)
  const value = {
    purchase_id: `P${i}`,
    customer_id: customer,
    card_id: `00000000-0000-4000-8000-0000000${customer}`,
    merchant_id: `m${merchant}`,
    merchant_name: `Shop ${merchant}`,
    category: CATEGORIES[merchant % CATEGORIES.length],
    country: 'Spain',
    online: i % 3 === 0,
    amount: `${1 + random.below(99)}.${10 + random.below(90)}`,
    purchased_at: new Date(START + i * 10 - 1000).toISOString(),
  }
  return { key: customer, value: JSON.stringify(value), timestamp: String(START + i * 10) }
}

/** Makes the topic and fills it; each partition in order, all of them side by side. */
export async function produce(address: string, events: number): Promise<Producer> {
  const kafka = new kafkajs.Kafka({ clientId: 'bench', brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const configEntries = [{ name: 'retention.ms', value: '-1' }]
  await admin.createTopics({
    topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, configEntries }],
  })
  await admin.disconnect()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let start = 0; start < events; start += TOGETHER * PARTITIONS)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const messages = []
      for (let i = start + partition; i < Math.min(events, start + TOGETHER * PARTITIONS); i += PARTITIONS)
        messages.push({ ...purchase(i), partition })
      // one partition at a time: a send to several may lose some, and still succeed
      if (messages.length > 0) await producer.send({ topic: TOPIC, messages })
    }
  return producer
}
