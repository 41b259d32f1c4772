import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../src/base/random.ts'
import { type TestKafka, testKafka, whyNoKafka } from '../ingest/broker.ts'
import { newFolder, removeFolders, type Service, startService } from '../service.ts'
import { pounds, rawLines, readLine, retailFile, retailProject, Shop } from './retail.ts'

const TOPIC = 'retail.invoice-line'
const PARTITIONS = 6
const EVENTS = 120_000
const KILLS = 6
const BATCH = 2000
/** Seeds where in the stream the service is killed. */
const SEED = Number(process.env['HEARTWOOD_SEED'] ?? 20_101_201)

/** How one in twenty records is broken, and the reason for which it must be refused. */
const FAULTS: readonly { reason: string; spoil: (value: Record<string, unknown>) => string | null }[] = [
  { reason: 'not-json', spoil: () => '{"invoice_no": "536365", ' },
  { reason: 'tombstone', spoil: () => null },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, quantity: 'six' }) },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, unit_price: '1.23456' }) },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, colour: 'red' }) },
  { reason: 'invalid-event', spoil: ({ country: _, ...value }) => JSON.stringify(value) },
]

interface Sent {
  readonly raw: string
  /** Undefined where the record is good. */
  readonly reason: string | undefined
}

const missing = whyNoKafka('retail events through a real broker') ?? (retailFile() ? null : 'no retail file')

describe.skipIf(missing)(`120,000 events through a real broker, seed ${SEED} (needs HEARTWOOD_SHARED)`, () => {
  let kafka: TestKafka
  const partitions: Sent[][] = Array.from({ length: PARTITIONS }, () => [])

  beforeAll(async () => {
    kafka = await testKafka()
    await kafka.createTopic(TOPIC, PARTITIONS)
    for (const [i, raw] of rawLines().slice(0, EVENTS).entries()) {
      const key: string = JSON.parse(raw).key
      const fault = i % 20 === 7 ? FAULTS[Math.floor(i / 20) % FAULTS.length] : undefined
      partitions[Number(key.replace(/\D/g, '')) % PARTITIONS].push({ raw, reason: fault?.reason })
    }
  })

  afterAll(async () => {
    await kafka?.close()
    removeFolders()
  })

  /** Sends all records, partition by partition in turns, each partition in order. */
  async function produce(): Promise<void> {
    let broken = 0
    for (let at = 0; partitions.some(({ length }) => at < length); at += BATCH) {
      for (const [partition, records] of partitions.entries()) {
        const messages = records.slice(at, at + BATCH).map(({ raw, reason }) => {
          const { key, timestamp, value } = JSON.parse(raw)
          const fitting = FAULTS.filter(fault => fault.reason === reason)
          const body = reason === undefined ? JSON.stringify(value) : fitting[broken++ % fitting.length].spoil(value)
          return { key, value: body, timestamp: String(Date.parse(timestamp)) }
        })
        if (messages.length > 0) await kafka.send(TOPIC, partition, messages)
      }
    }
  }

  test('every good one is applied exactly once, every bad one is a dead letter, through six times kill -9', async () => {
    const random = seeded(SEED)
    const good = partitions.flat().filter(({ reason }) => reason === undefined).length
    const data = newFolder()
    const start = () => startService(['--data', data, '--project', retailProject()!, '--kafka', kafka.broker.address])
    const reached = async (service: Service) => Number((await service.json('/t'))['t'])
    const producing = produce()

    let killed = 0
    for (; killed < KILLS; killed++) {
      const service = await start()
      // somewhere in the next seventh of the stream, in the middle of whatever it does then
      const target = Math.floor(((killed + random.next()) * good) / (KILLS + 1))
      while ((await reached(service)) < target) await setTimeout(5)
      await setTimeout(random.below(60))
      await service.end('SIGKILL')
    }
    expect(killed).toBe(KILLS)
    await producing
    const service = await start()
    while ((await reached(service)) < good) await setTimeout(50)
    while (!(await fetch(`${service.url}/ready`)).ok) await setTimeout(50)

    // exactly once: the positions of all transactions are the good records, each once
    const found = (await service.query({
      query: '[:find ?t ?p ?o :where [?tx :tx/t ?t] [?tx :tx/partition ?p] [?tx :tx/offset ?o]]',
    })) as [number, number, number][]
    const expected = partitions.flatMap((records, p) =>
      records.flatMap(({ reason }, o) => (reason === undefined ? [`${p}/${o}`] : [])),
    )
    expect(found.length).toBe(good)
    expect(found.map(([, p, o]) => `${p}/${o}`).sort()).toEqual(expected.sort())

    // every bad one is listed with its reason, its place and its bytes
    const refused = new Map<string, string>()
    for (let after: unknown = 0; after !== null; ) {
      const page = await service.json(`/dead-letters?limit=1000&after=${after}`)
      for (const item of page['items'] as {
        reason: string
        origin: { partition: number; offset: number }
        value: string | null
      }[]) {
        const place = `${item.origin.partition}/${item.origin.offset}`
        expect(refused.has(place)).toBe(false)
        refused.set(place, item.reason)
        expect(item.value === null).toBe(item.reason === 'tombstone')
      }
      after = page['next']
    }
    const wrong = partitions.flatMap((records, p) =>
      records.flatMap(({ reason }, o) => (reason === undefined ? [] : [[`${p}/${o}`, reason]])),
    )
    expect([...refused].sort()).toEqual(wrong.sort())

    // the facts are those of a plain replay of the same records in the same order
    const order = found.sort((a, b) => a[0] - b[0]).map(([, p, o]) => readLine(partitions[p][o].raw))
    for (const t of [good, Math.floor(good / 2)]) {
      const shop = new Shop(order.slice(0, t))
      const prices = (await service.query({
        query: '[:find ?code ?price :where [?p :product/id ?code] [?p :product/price ?price]]',
        asOf: t,
      })) as [string, string][]
      expect(new Map(prices)).toEqual(new Map([...shop.products].map(([code, { price }]) => [code, pounds(price)])))
      const ids = (await service.query({ query: '[:find [?id ...] :where [_ :line/id ?id]]', asOf: t })) as string[]
      expect(ids.sort()).toEqual([...shop.lines.keys()].sort())
    }
    // what came last settles although nothing happens (store rule 5), and that takes no t
    const asked = (await service.json('/t'))['instant']
    for (const until = Date.now() + 20_000; ; await setTimeout(100)) {
      const { settled, t } = await service.json(`/t?at=${asked}`)
      expect(t).toBe(good)
      if (settled) break
      expect(Date.now()).toBeLessThan(until)
    }
    expect(await service.end('SIGTERM')).toBe(0)
  })
})
