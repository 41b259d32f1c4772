import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Producer } from 'kafkajs'
import { findKafka, startBroker } from '../bin/kafka/broker.ts'
import type { Benchmark } from './benchmark.ts'
import { bareConsumer, type Child, heartwood } from './http/child.ts'
import { bankProject, produce, purchase, TOPIC } from './kafka/purchases.ts'

/** Rounds of each kind, in turn; the best counts, since what else the machine does only makes a round worse. */
const ROUNDS = 3
/** Events a second while one waits for each of them. */
const LIGHT = 50

interface Work {
  readonly address: string
  readonly folder: string
  readonly project: string
  /** Applied in a round. */
  readonly events: number
  /** That the topic holds. */
  readonly behind: number
}

let stores = 0

function serve({ address, folder, project }: Work): Child {
  const data = join(folder, `store-${++stores}`)
  return heartwood(
    ...['serve', '--port', '0', '--data', data, '--project', project],
    ...['--kafka', address, '--log-level', 'silent'],
  )
}

const urlOf = (server: Child) => server.said(/Heartwood serves (\S+)/)

/** Events a second, durable and indexed, from the first tenth to the last. */
async function applied(work: Work): Promise<number> {
  const server = serve(work)
  try {
    const url = await urlOf(server)
    const t = async () => Number((await fetch(`${url}/t`)).headers.get('heartwood-t'))
    while ((await t()) < work.events / 10) await sleep(20)
    const [before, started] = [await t(), performance.now()]
    let now = before
    while (now < work.events) {
      await sleep(50)
      now = await t()
    }
    return (1000 * (now - before)) / (performance.now() - started)
  } finally {
    await server.stop()
  }
}

/** What the bare consumer reads in the same time, alone. */
async function parsed({ address, events }: Work): Promise<number> {
  const consumer = bareConsumer(address, TOPIC, events)
  const rate = Number(await consumer.said(/read (\S+)/))
  await consumer.ended()
  return rate
}

/** Bytes resident beyond what the facts take, at most, while everything is read; and what the store holds in the end. */
async function memory(work: Work): Promise<number> {
  const server = serve(work)
  try {
    const url = await urlOf(server)
    let beyond = 0
    const stats = async () => (await (await fetch(`${url}/stats`)).json()) as { t: number; bytesInMemory: number }
    for (;;) {
      const { t, bytesInMemory } = await stats()
      beyond = Math.max(beyond, server.resident() - bytesInMemory)
      if (t >= work.behind) return beyond
      await sleep(200)
    }
  } finally {
    await server.stop()
  }
}

/** Milliseconds from sending an event to seeing it in an answer, of which 99 in 100 take less. */
async function visible(work: Work, producer: Producer, seconds: number): Promise<number> {
  const server = serve(work)
  try {
    const url = await urlOf(server)
    while (!(await fetch(`${url}/ready`)).ok) await sleep(100)
    const took: number[] = []
    const one = async (i: number) => {
      const { key, value } = purchase(work.behind + i)
      const started = performance.now()
      const message = { key, value, timestamp: String(Date.now()) }
      const [{ partition, baseOffset }] = await producer.send({ topic: TOPIC, messages: [message] })
      const id = `purchase:P${work.behind + i}`
      const answer = await fetch(`${url}/entity/${id}?after=${TOPIC}/${partition}/${baseOffset}&waitMs=10000`)
      const ms = performance.now() - started
      if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`)
      await answer.text()
      // the first ones are for warming up
      if (i >= LIGHT) took.push(ms)
    }
    const waiting: Promise<void>[] = []
    const begun = performance.now()
    for (let i = 0; i < LIGHT * (seconds + 1); i++) {
      await sleep(Math.max(0, begun + (1000 * i) / LIGHT - performance.now()))
      waiting.push(one(i))
    }
    await Promise.all(waiting)
    took.sort((a, b) => a - b)
    return took[Math.floor(took.length * 0.99)]
  } finally {
    await server.stop()
  }
}

const benchmark: Benchmark = {
  description:
    'purchases of about 290 bytes from 8 partitions of a broker on this machine, and a bare kafkajs consumer',
  async run({ smoke, folder }) {
    const kafka = findKafka()
    if (!kafka.found) return { needs: kafka.missing }
    const broker = await startBroker()
    try {
      const events = smoke ? 20_000 : 1_000_000
      const behind = smoke ? 20_000 : 5_000_000
      const work = { address: broker.address, folder, project: bankProject(folder), events, behind }
      const producer = await produce(broker.address, behind)
      let [ours, bare] = [0, 0]
      for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
        bare = Math.max(bare, await parsed(work))
        ours = Math.max(ours, await applied(work))
      }
      const beyond = await memory(work)
      const p99 = await visible({ ...work }, producer, smoke ? 1 : 20)
      await producer.disconnect()
      return [
        {
          ...{ what: 'Kafka to durable, indexed facts', ours, peers: { 'kafkajs, JSON.parse': bare } },
          ...{ unit: 'events/s', better: 'higher' as const, goal: 0.5 },
        },
        {
          ...{ what: 'event to visible, 50 a second, p99', ours: p99, peers: {} },
          ...{ unit: 'ms', better: 'lower' as const, most: 50 },
        },
        {
          ...{ what: `memory beyond the facts, ${behind.toLocaleString('en-US')} behind`, ours: beyond / 2 ** 20 },
          ...{ peers: {}, unit: 'MB', better: 'lower' as const, most: 400 },
        },
      ]
    } finally {
      await broker.close()
    }
  },
}

export default benchmark
