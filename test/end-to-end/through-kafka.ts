import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../src/base/random.ts'
import { type TestKafka, testKafka, whyNoKafka } from '../ingest/broker.ts'
import { newFolder, removeFolders, type Service, startService } from '../service.ts'
import { until } from './orders.ts'
import { pounds, rawLines, readLine, retailFile, retailProject, Shop } from './retail.ts'

const TOPIC = 'retail.invoice-line'
const BATCH = 2000

/** How one in twenty records is broken, and the reason for which it must be refused. */
const FAULTS: readonly { reason: string; spoil: (value: Record<string, unknown>) => string | null }[] = [
  { reason: 'not-json', spoil: () => '{"invoice_no": "536365", ' },
  { reason: 'tombstone', spoil: () => null },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, quantity: 'six' }) },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, unit_price: '1.23456' }) },
  { reason: 'invalid-event', spoil: value => JSON.stringify({ ...value, colour: 'red' }) },
  { reason: 'invalid-event', spoil: ({ country: _, ...value }) => JSON.stringify(value) },
]

export interface Run {
  readonly events: number
  readonly partitions: number
  /** How often the service is killed with -9. */
  readonly kills: number
  /** How often the broker is restarted: cleanly, with -9, and so on in turns. */
  readonly restarts: number
}

/** What stands at one place of the topic. */
interface Sent {
  readonly raw: string
  /** Undefined where the record is good. */
  readonly reason: string | undefined
}

interface Message {
  readonly key: string
  readonly value: string | null
  readonly timestamp: string
}

/** Sends everything, partition by partition in turns, with transactions that abort in between, and notes where each record stands. */
class Sending {
  /** By `partition/offset`. */
  readonly places = new Map<string, Sent>()
  readonly #kafka: TestKafka
  readonly #partitions: { readonly sent: Sent; readonly message: Message }[][]
  #gate: Promise<void> = Promise.resolve()
  #busy: Promise<unknown> = Promise.resolve()

  constructor(kafka: TestKafka, { events, partitions }: Run) {
    this.#kafka = kafka
    this.#partitions = Array.from({ length: partitions }, () => [])
    const lines = rawLines()
    for (let i = 0; i < events; i++) {
      const raw = lines[i % lines.length]
      const { key, timestamp, value } = JSON.parse(raw)
      const fault = i % 20 === 7 ? FAULTS[Math.floor(i / 20) % FAULTS.length] : undefined
      const body = fault ? fault.spoil(value) : JSON.stringify(value)
      this.#partitions[Number(key.replace(/\D/g, '')) % partitions].push({
        sent: { raw, reason: fault?.reason },
        message: { key, value: body, timestamp: String(Date.parse(timestamp)) },
      })
    }
  }

  async send(): Promise<void> {
    for (let at = 0; this.#partitions.some(({ length }) => at < length); at += BATCH)
      for (const [partition, all] of this.#partitions.entries()) {
        const list = all.slice(at, at + BATCH)
        if (list.length === 0) continue
        await this.#gate
        this.#busy = this.#sendOne(partition, list, (at / BATCH) % 5 === 2)
        await this.#busy
      }
  }

  async #sendOne(partition: number, list: { sent: Sent; message: Message }[], abort: boolean): Promise<void> {
    const messages = list.map(({ message }) => ({ ...message, partition }))
    // none of these may ever be seen
    if (abort) await this.#kafka.transact(TOPIC, partition, messages.slice(0, 50), 'abort')
    const [{ baseOffset }] = await this.#kafka.producer.send({ topic: TOPIC, messages })
    for (const [i, { sent }] of list.entries()) this.places.set(`${partition}/${Number(baseOffset) + i}`, sent)
  }

  /** Does something while nothing is being sent, since a send that is tried again may come twice. */
  async pausedFor(work: () => Promise<void>): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#gate = done.promise
    await this.#busy
    await work()
    done.resolve()
  }
}

/** Every good record is applied exactly once, every bad one is a dead letter, in the store that is killed and in the one beside it. */
export function throughKafka(run: Run, seed: number): void {
  const missing = whyNoKafka('retail events through a real broker') ?? (retailFile() ? null : 'no retail file')
  const { events, partitions, kills, restarts } = run

  describe.skipIf(missing)(`${events} events through a real broker, seed ${seed} (needs HEARTWOOD_SHARED)`, () => {
    let kafka: TestKafka
    let sending: Sending
    const services: Service[] = []

    beforeAll(async () => {
      kafka = await testKafka()
      await kafka.createTopic(TOPIC, partitions)
      sending = new Sending(kafka, run)
    })

    afterAll(async () => {
      for (const service of services) await service.end('SIGKILL')
      await kafka?.close()
      removeFolders()
    })

    const start = async (data: string): Promise<Service> => {
      const at = ['--data', data, '--project', retailProject()!, '--kafka', kafka.broker.address]
      const service = await startService(at)
      services.push(service)
      return service
    }
    const reached = async (service: Service) => Number((await service.json('/t'))['t'])

    async function check(service: Service, good: number): Promise<void> {
      await until(async () => (await reached(service)) >= good, 3_600_000)
      await until(async () => (await fetch(`${service.url}/ready`)).ok)
      const found = (await service.query({
        query: '[:find ?t ?p ?o :where [?tx :tx/t ?t] [?tx :tx/partition ?p] [?tx :tx/offset ?o]]',
      })) as [number, number, number][]
      const applied = found.map(([, p, o]) => `${p}/${o}`).sort()
      const expected = [...sending.places].filter(([, { reason }]) => reason === undefined).map(([place]) => place)
      expect(applied.length).toBe(good)
      expect(applied).toEqual(expected.sort())

      // every bad one is listed once, with its reason, its place and its bytes
      const refused = new Map<string, string>()
      for (let after: unknown = 0; after !== null; ) {
        const page = await service.json(`/dead-letters?limit=1000&after=${after}`)
        for (const { reason, origin, value } of page['items'] as {
          reason: string
          origin: { partition: number; offset: number }
          value: string | null
        }[]) {
          const place = `${origin.partition}/${origin.offset}`
          expect(refused.has(place)).toBe(false)
          refused.set(place, reason)
          expect(value === null).toBe(reason === 'tombstone')
        }
        after = page['next']
      }
      const wrong = [...sending.places].filter(([, { reason }]) => reason !== undefined)
      expect([...refused].sort()).toEqual(wrong.map(([place, { reason }]) => [place, reason]).sort())

      // the facts are those of a plain replay of the same records in the same order
      const order = found.sort((a, b) => a[0] - b[0]).map(([, p, o]) => readLine(sending.places.get(`${p}/${o}`)!.raw))
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
    }

    test('every good one is applied exactly once, every bad one is a dead letter, whatever is killed', async () => {
      const random = seeded(seed)
      const good = Array.from({ length: events }, (_, i) => i % 20 !== 7).filter(Boolean).length
      const data = newFolder()
      const beside = await start(newFolder())
      const producing = sending.send()
      let restarted = 0
      for (let killed = 0; killed < kills; killed++) {
        const service = await start(data)
        // somewhere in the next part of the stream, in the middle of whatever it does then
        const target = Math.floor(((killed + random.next()) * good) / (kills + 1))
        await until(async () => (await reached(service)) >= target, 3_600_000)
        if (restarted < restarts && killed + 1 >= ((restarted + 1) * kills) / (restarts + 1)) {
          const how = restarted++ % 2 === 0 ? 'stop' : 'kill'
          await sending.pausedFor(async () => {
            await kafka.broker[how]()
            await sleep(random.below(2000))
            await kafka.broker.start()
          })
        }
        await sleep(random.below(60))
        await service.end('SIGKILL')
      }
      expect(restarted).toBe(restarts)
      await producing
      expect(sending.places.size).toBe(events)
      const service = await start(data)
      await check(service, good)
      await check(beside, good)
      // what came last settles although nothing happens (store rule 5), and that takes no t
      const asked = (await service.json('/t'))['instant']
      await until(async () => {
        const { settled, t } = await service.json(`/t?at=${asked}`)
        expect(t).toBe(good)
        return settled
      })
      expect(await service.end('SIGTERM')).toBe(0)
    })
  })
}
