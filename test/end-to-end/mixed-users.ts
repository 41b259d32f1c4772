import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { tableFromIPC } from 'apache-arrow'
import { expect } from 'vitest'
import { type Random, seeded } from '../../src/base/random.ts'
import { newProject } from '../database/given.ts'
import { newFolder, type Service, startService } from '../service.ts'

/** How long everybody is at work, and how many events a second arrive meanwhile. */
export interface Mixed {
  readonly seconds: number
  readonly rate: number
  readonly seed: number
}

/** Events that are there before anybody asks. */
const BEFORE = 3000
const PRODUCTS = 97
/** Answers of which it is remembered what they were; later ones take the place of some by chance. */
const REMEMBERED = 3000
/** Milliseconds that an analyst's longest query gets. */
const PATIENCE = 150
const ARROW = 'application/vnd.apache.arrow.stream'

const FILES = {
  'queries/one.edn': `{:doc "One product." :params [{:name ?product :type :string}]
    :query [:find ?product ?price :where [?p :product/id ?product] [?p :product/price ?price]]}`,
  'queries/dear.edn': `{:doc "What was sold dear." :params [{:name ?least :type "decimal(2)" :default "90.00"}] :shard-by ?s
    :query [:find ?s ?id ?product ?price :where [?s :sale/id ?id] [?s :sale/product ?p] [?p :product/id ?product]
            [?p :product/price ?price] [(>= ?price ?least)]]}`,
  'queries/worth.edn': `{:doc "What products are worth, in words." :params [{:name ?least :type "decimal(2)" :default "0.00"}]
    :query [:find ?product ?words :where [?p :product/id ?product] [?p :product/price ?price] [(>= ?price ?least)] [(worth ?price) ?words]]}`,
  'procedures/worth.ts': `import { procedure } from 'heartwood'
    export const worth = procedure({ args: ['decimal(2)'], returns: 'string' }, price => 'worth ' + price)`,
}

const QUERIES = [
  '[:find ?product (count ?s) (max ?at) :where [?s :sale/product ?p] [?p :product/id ?product] [?s :sale/at ?at]]',
  '[:find ?id ?price :where [?s :sale/id ?id] [?s :sale/product ?p] [?p :product/price ?price] [(> ?price 95.5M)]]',
  '[:find (pull ?p [*]) :where [?p :product/price ?price] [(< ?price 3M)]]',
  '[:find ?id . :where [?s :sale/id ?id] [?s :sale/buyer ?b] [?b :buyer/id 7]]',
  '[:find ?id ?tx :where [?s :sale/id ?id ?tx] [?s :sale/product ?p] [?p :product/id "p5"]]',
]
/** Some hundred million rows, and ever more. */
const ENDLESS =
  '[:find ?a ?b ?c ?d :where [?a :sale/product ?p] [?b :sale/product ?p] [?c :sale/product ?p] [?d :sale/product ?p]]'

interface Asked {
  readonly path: string
  readonly init: RequestInit
}

interface Known extends Asked {
  readonly digest: string
}

/** Everything that an answer of a moment says for ever: all of it but whether more may be added to its moment. */
function digestOf(type: string, bytes: Uint8Array): string {
  const hash = createHash('sha256')
  if (type.includes('arrow')) {
    const table = tableFromIPC(bytes)
    hash.update(JSON.stringify([...table.schema.metadata].filter(([name]) => name !== 'heartwood.settled')))
    for (const row of table) hash.update(`${row}\n`)
  } else
    hash.update(
      Buffer.from(bytes)
        .toString()
        .replace(/("settled":|:settled )(true|false)/g, ''),
    )
  return hash.digest('base64')
}

class Users {
  readonly #url: string
  readonly #random: Random
  readonly #known: Known[] = []
  #seen = 0
  answers = 0
  ended = 0
  readonly times: number[] = []
  #t = 1

  constructor(url: string, random: Random) {
    this.#url = url
    this.#random = random
  }

  get known(): readonly Known[] {
    return this.#known
  }

  #product(): string {
    return `p${this.#random.below(PRODUCTS)}`
  }

  /** Some moment that there is, most often the present. */
  #moment(): number {
    return this.#random.below(3) > 0 ? this.#t : 1 + this.#random.below(this.#t)
  }

  async fetch({ path, init }: Asked): Promise<Response> {
    return fetch(this.#url + path, { ...init, signal: AbortSignal.timeout(60_000) })
  }

  async #get(path: string, accept = 'application/json'): Promise<void> {
    await this.#ask({ path, init: { headers: { accept } } })
  }

  /** Asks, and remembers what it was answered. Throws for whatever is no answer. */
  async #ask(asked: Asked): Promise<string> {
    const response = await this.fetch(asked)
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (!response.ok && response.status !== 404)
      throw new Error(`${asked.path}: ${response.status} ${Buffer.from(bytes).toString().slice(0, 300)}`)
    this.answers++
    this.#t = Math.max(this.#t, Number(response.headers.get('heartwood-t')))
    const digest = digestOf(response.headers.get('content-type') ?? '', bytes)
    // each answer so far is as likely to be remembered as any other
    const place = this.#known.length < REMEMBERED ? this.#known.length : this.#random.below(this.#seen + 1)
    this.#seen++
    if (place < REMEMBERED) this.#known[place] = { ...asked, digest }
    return Buffer.from(bytes).toString()
  }

  /** A service that scores: one entity, several, a small query, each at the moment that it saw last or at an earlier one. */
  async score(): Promise<void> {
    const t = this.#moment()
    const started = performance.now()
    switch (this.#random.below(5)) {
      case 0:
        return await this.#get(`/queries/one?product=${this.#product()}&asOf=${t}`)
      case 1: {
        const ids = Array.from({ length: 20 }, () => `product:${this.#product()}`)
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ ids, asOf: String(t), attributes: ['price'] })
        return void (await this.#ask({ path: '/entities', init: { method: 'POST', headers, body } }))
      }
      case 2:
        return await this.#get(`/entity/product:${this.#product()}/history?asOf=${t}`)
      default:
        await this.#get(`/entity/product:${this.#product()}?asOf=${t}&ages=true`)
        this.times.push(performance.now() - started)
    }
  }

  /** An analyst: queries of all sorts in all formats, now and then one that would never end. */
  async analyse(): Promise<void> {
    const t = this.#moment()
    const accept = ['application/json', 'text/csv', 'application/x-ndjson', 'application/edn', ARROW][
      this.#random.below(5)
    ]
    const headers = { accept, 'content-type': 'application/json' }
    switch (this.#random.below(6)) {
      case 0: {
        const body = JSON.stringify({ query: ENDLESS, timeoutMs: PATIENCE })
        const json = { ...headers, accept: 'application/json' }
        const response = await this.fetch({ path: '/query', init: { method: 'POST', headers: json, body } })
        const { kind } = (await response.json()) as { kind?: string }
        if (kind !== 'timeout' && kind !== 'memory')
          throw new Error(`an endless query was answered ${response.status} ${kind}`)
        this.ended++
        return
      }
      case 1:
        return await this.#get(`/queries/dear?least=${90 + this.#random.below(9)}&asOf=${t}&limit=200`, accept)
      case 2:
        return await this.#get(`/queries/worth?least=${this.#random.below(90)}.5&asOf=${t}`, accept)
      case 3:
        return await this.#get(`/log?from=${t}&to=${t + 1}`)
      default: {
        const query = QUERIES[this.#random.below(QUERIES.length)]
        // a pull has no columns of Arrow
        const fit = query.includes('pull') && accept === ARROW ? { ...headers, accept: 'text/csv' } : headers
        const body = JSON.stringify({ query, asOf: t })
        return void (await this.#ask({ path: '/query', init: { method: 'POST', headers: fit, body } }))
      }
    }
  }

  /** A training job: a plan, and all of its shards. */
  async train(): Promise<void> {
    const path = `/extract/dear/plan?shards=3&least=${50 + this.#random.below(40)}&asOf=${this.#moment()}`
    const plan = JSON.parse(await this.#ask({ path, init: {} })) as { shards: { uri: string }[] }
    await Promise.all(
      plan.shards.map(({ uri }) => {
        const { pathname, search } = new URL(uri, this.#url + path)
        return this.#get(pathname + search, ARROW)
      }),
    )
  }
}

/** Events at a steady rate until it is over. Gives how many. */
async function feed(pipe: WriteStream, rate: number, random: Random, over: () => boolean): Promise<number> {
  let sent = 0
  const line = () => {
    const value = {
      ...{ sale_id: `s${sent}`, sold_at: '2024-04-30T00:00:00Z', product: `p${random.below(PRODUCTS)}` },
      price: (random.next() * 100).toFixed(2),
      ...(random.next() < 0.3 ? { buyer: random.below(50) } : {}),
    }
    sent++
    return `${JSON.stringify({ topic: 'shop.sale', timestamp: Date.now() - 1000, value })}\n`
  }
  const send = async (count: number) => {
    let text = ''
    for (let i = 0; i < count; i++) text += line()
    if (!pipe.write(text)) await once(pipe, 'drain')
  }
  await send(BEFORE)
  const started = performance.now()
  while (!over()) {
    await setTimeout(20)
    await send(Math.max(0, Math.floor(((performance.now() - started) * rate) / 1000) - (sent - BEFORE)))
  }
  return sent
}

const metric = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())![1])

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]

/** Medians of the second and of the last quarter of some bytes that were measured, in MB. */
function quarters(bytes: readonly number[]): number[] {
  const part = Math.floor(bytes.length / 4)
  const median = (list: readonly number[]) =>
    at(
      list.toSorted((a, b) => a - b),
      0.5,
    )
  return [bytes.slice(part, 2 * part), bytes.slice(-part)].map(list => median(list) / 2 ** 20)
}

async function run(service: Service, pipe: WriteStream, { seconds, rate, seed }: Mixed): Promise<string> {
  const { url } = service
  let over = false
  const random = seeded(seed)
  const feeding = feed(pipe, rate, seeded(seed + 1), () => over)
  // where it breaks off, what breaks with it is told
  feeding.catch(() => {})
  for (let tries = 0; (await metric(url, 'heartwood_t')) < BEFORE; tries++) {
    if (tries > 1200) throw new Error('the first events never came')
    await setTimeout(100)
  }
  const users = new Users(url, random)
  await users.score()
  const end = performance.now() + seconds * 1000
  const [resident, facts]: number[][] = [[], []]
  const loop = async (work: () => Promise<unknown>, pause: number) => {
    while (!over && performance.now() < end) {
      await work()
      await setTimeout(pause)
    }
  }
  const everybody = [
    ...Array.from({ length: 4 }, () => loop(() => users.score(), 2)),
    ...Array.from({ length: 3 }, () => loop(() => users.analyse(), 20)),
    loop(() => users.train(), 200),
    loop(async () => {
      resident.push(await metric(url, 'process_resident_memory_bytes'))
      facts.push(await metric(url, 'heartwood_memory_bytes'))
    }, 250),
  ]
  try {
    await Promise.all(everybody)
  } finally {
    over = true
    await Promise.allSettled(everybody)
  }
  const sent = await feeding
  pipe.end()
  for (let tries = 0; (await metric(url, 'heartwood_t')) < sent; tries++) {
    if (tries > 1200) throw new Error(`only ${await metric(url, 'heartwood_t')} of ${sent} events came`)
    await setTimeout(100)
  }
  for (const { digest, ...asked } of users.known) {
    const response = await users.fetch(asked)
    const now = digestOf(response.headers.get('content-type') ?? '', new Uint8Array(await response.arrayBuffer()))
    expect(now, `${asked.path} ${asked.init.body ?? ''}`).toBe(digest)
  }
  const replaced = await metric(url, 'heartwood_readers_replaced')
  const [early, late] = quarters(resident)
  const [fewer, more] = quarters(facts)
  const times = users.times.sort((a, b) => a - b)
  const words = [
    `${seconds} s, ${sent} events meanwhile (seed ${seed}): ${users.answers} answers, ${users.ended} endless queries ended; ${users.known.length} answers asked again, all the same`,
    `/entity: median ${at(times, 0.5).toFixed(2)} ms, p99 ${at(times, 0.99).toFixed(2)} ms, worst ${at(times, 1).toFixed(1)} ms`,
    `resident: ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late, of which facts ${fewer.toFixed(1)} and ${more.toFixed(1)} MB; ${replaced} readers replaced`,
  ].join('\n')
  expect(users.ended, words).toBeGreaterThan(0)
  expect(replaced, words).toBe(0)
  // what is compiled and pooled in the first minute is no growth
  expect(late - early - (more - fewer), words).toBeLessThan(seconds < 60 ? 400 : 150)
  return words
}

/** Scoring, analysts and training at once while events arrive. Gives the figures; throws for any error, growth, or answer that changed. */
export async function mixedUsers(mixed: Mixed): Promise<string> {
  const project = newProject(FILES)
  const folder = newFolder()
  const path = join(folder, 'events.ndjson')
  const made = spawnSync('mkfifo', [path])
  if (made.status !== 0) throw new Error(`mkfifo: ${made.stderr}`)
  const pipe = createWriteStream(path)
  pipe.on('error', () => {})
  const limits = ['--readers', '2', '--timeout-ms', '60000', '--memory-mb', '256', '--log-level', 'silent']
  try {
    const service = await startService([
      '--data',
      join(folder, 'store'),
      '--project',
      project,
      '--load',
      path,
      ...limits,
    ])
    try {
      const figures = await run(service, pipe, mixed)
      expect(await service.end('SIGTERM'), service.output()).toBe(0)
      return figures
    } catch (error) {
      // what broke a connection may have ended the service, which is told a moment later
      await setTimeout(500)
      const { exitCode, signalCode } = service.process
      const ended = signalCode ?? exitCode
      const state = ended === null ? '' : `the service ended: ${ended}\n`
      throw new Error(`seed ${mixed.seed}: ${(error as Error).message}\n${state}${service.output()}`, { cause: error })
    } finally {
      pipe.destroy()
      await service.end('SIGKILL')
    }
  } finally {
    pipe.destroy()
  }
}
