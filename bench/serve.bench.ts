import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Benchmark } from './benchmark.ts'
import { type Ask, after, CONNECTIONS, closed, freshStore, RATE, scheduled } from './http/asking.ts'
import { bare, type Child, express, heartwood } from './http/child.ts'
import type { Asked } from './http/client.ts'
import { type Streamed, streamed } from './serve/stream.ts'
import { writeEvents, writeProject } from './serve/world.ts'
import type { Row } from './table.ts'

const CANCELLED = 20
const ARROW = 'application/vnd.apache.arrow.stream'
/** Takes minutes, and next to no memory: a word that is tried is not tried again, so there have to be as many as orders, and none may be ruled out by a letter that it lacks. */
const HEAVY = '[:find (count ?o) . :where [?o :order/id ?id] [(re-find "^([a-z]*[0-9]*){100}[a-z]$" ?id)]]'
/** Next to nothing, and a reader's all the same, since nobody saved it. */
const LIGHT = '[:find ?o :where [?o :order/id "o1"]]'
/** Seconds that a server has to come into a state. */
const PATIENCE = 30

interface World {
  readonly folder: string
  readonly project: string
  readonly feed: string
  readonly orders: number
  readonly seconds: number
  readonly rounds: number
}

/** Some of something, over all of it. */
const spread = (orders: number, path: (i: number) => string): string[] =>
  Array.from({ length: Math.min(2000, orders) }, (_, i) => path(Math.floor((i * orders) / Math.min(2000, orders))))

const metric = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())![1])

async function serving<X>(world: World, args: readonly string[], work: (url: string) => Promise<X>): Promise<X> {
  const at = ['--port', '0', '--data', freshStore(world.folder), '--project', world.project, '--log-level', 'silent']
  const server = heartwood('serve', ...at, ...args)
  try {
    return await work(await server.said(/Heartwood serves (\S+)/))
  } finally {
    await server.stop()
  }
}

/** Keeps every reader at a query that does not end, until it is over. */
function heavy(url: string, count: number): () => void {
  let over = false
  const path = `/query?q=${encodeURIComponent(HEAVY)}`
  const ask = async (stop: AbortSignal) => {
    while (!over) await fetch(url + path, { signal: stop }).catch(() => setTimeout(5))
  }
  const stop = new AbortController()
  for (let i = 0; i < count; i++) void ask(stop.signal)
  return () => {
    over = true
    stop.abort()
  }
}

async function whenBusy(url: string, count: number): Promise<void> {
  const late = after(PATIENCE)
  while ((await metric(url, 'heartwood_readers_busy')) < count) {
    if (late()) throw new Error(`${count} readers were to be busy within ${PATIENCE} s`)
    await setTimeout(20)
  }
}

/** Asks for entities: nothing else happens, or readers are busy and a load runs. */
function entities(world: World, pressed: boolean, ask: Ask): Promise<Asked & { body: string; events: number }> {
  const { orders, seconds, feed } = world
  const paths = spread(orders, i => `/entity/order:o${i}`)
  return serving(world, pressed ? ['--load', feed, '--readers', '2'] : [], async url => {
    const relieve = pressed ? heavy(url, 2) : () => {}
    if (pressed) await whenBusy(url, 2)
    await ask(url, paths, after(seconds / 4))
    const [t, started] = [await metric(url, 'heartwood_t'), performance.now()]
    const asked = await ask(url, paths, after(seconds))
    const events = (1000 * ((await metric(url, 'heartwood_t')) - t)) / (performance.now() - started)
    relieve()
    if (pressed && (await fetch(`${url}/ready`)).ok) throw new Error('the load was over too early')
    return { ...asked, events, body: await (await fetch(url + paths[0])).text() }
  })
}

/** Asks another server for the same body, beside a process that loads the same file or beside nothing. */
async function other(world: World, start: (file: string) => Child, file: string, loading: boolean, ask: Ask) {
  const server = start(file)
  const at = ['--data', freshStore(world.folder), '--project', world.project]
  const load = loading ? heartwood('load', world.feed, ...at) : null
  try {
    const url = await server.said(/serves (\S+)/)
    await ask(url, ['/entity/order:o1'], after(world.seconds / 4 + (loading ? 1 : 0)))
    const asked = await ask(url, ['/entity/order:o1'], after(world.seconds))
    if (load && !load.running) throw new Error('the load beside the other server was over too early')
    return asked
  } finally {
    await load?.stop()
    await server.stop()
  }
}

const rate = ({ answers, seconds }: Asked): number => answers / seconds

/** The best of some rounds of several things, each done in every round, so that all have the same weather. */
async function rounds(
  count: number,
  work: () => Promise<Record<string, number>>,
  best: (a: number, b: number) => number,
) {
  let found: Record<string, number> = {}
  for (let round = 0; round < count; round++) {
    const now = await work()
    found = Object.fromEntries(Object.entries(now).map(([name, x]) => [name, name in found ? best(found[name], x) : x]))
  }
  return found
}

async function entityRows(world: World): Promise<Row[]> {
  const file = join(world.folder, 'body.json')
  const late = await rounds(
    world.rounds,
    async () => {
      const alone = await entities(world, false, scheduled)
      writeFileSync(file, alone.body)
      const bareAlone = await other(world, bare, file, false, scheduled)
      const pressed = await entities(world, true, scheduled)
      const bareLoad = await other(world, bare, file, true, scheduled)
      return {
        ...{ alone: alone.p99, bareAlone: bareAlone.p99, usual: alone.p50, bareUsual: bareAlone.p50 },
        ...{ pressed: pressed.p99, bareLoad: bareLoad.p99, pressed999: pressed.p999, bare999: bareLoad.p999 },
      }
    },
    Math.min,
  )
  const many = await rounds(
    world.rounds,
    async () => {
      const alone = await entities(world, false, closed)
      const pressed = await entities(world, true, closed)
      return {
        ...{ alone: rate(alone), pressed: rate(pressed), events: pressed.events },
        bare: rate(await other(world, bare, file, false, closed)),
        express: rate(await other(world, express, file, false, closed)),
        bareLoad: rate(await other(world, bare, file, true, closed)),
      }
    },
    Math.max,
  )
  const ms = { unit: 'ms', better: 'lower' } as const
  const answers = { unit: 'answers/s', better: 'higher' } as const
  const beside = 'readers busy, a load running'
  return [
    {
      what: `/entity p99 at ${RATE} a second, alone`,
      ours: late.alone,
      peers: { 'node:http': late.bareAlone },
      ...ms,
      most: 1,
    },
    { what: '… and half of them', ours: late.usual, peers: { 'node:http': late.bareUsual }, ...ms },
    { what: `p99, ${beside}`, ours: late.pressed, peers: { 'node:http': late.bareLoad }, ...ms, most: 5 },
    { what: '… and p99.9', ours: late.pressed999, peers: { 'node:http': late.bare999 }, ...ms },
    {
      ...{ what: `/entity, ${CONNECTIONS} connections, alone`, ours: many.alone, ...answers },
      peers: { 'node:http': many.bare, Express: many.express },
      goal: 0.7,
    },
    {
      ...{ what: `the same, ${beside}`, ours: many.pressed, peers: { 'node:http': many.bareLoad }, ...answers },
      goal: 0.7,
    },
    { what: 'load meanwhile', ours: many.events, peers: {}, unit: 'events/s', better: 'higher' },
  ]
}

const smallRows = (world: World): Promise<Row[]> =>
  serving(world, [], async url => {
    const paths = spread(world.orders, i => `/queries/one?order=o${i}`)
    await closed(url, paths, after(world.seconds / 2))
    const found = await rounds(
      world.rounds,
      async () => {
        const asked = await closed(url, paths, after(world.seconds))
        return { rate: rate(asked), p99: -asked.p99 }
      },
      Math.max,
    )
    const what = `small saved query, ${CONNECTIONS} connections`
    return [
      { what, ours: found.rate, peers: { goal: 5000 }, unit: 'answers/s', better: 'higher', goal: 1 },
      { what: '… p99', ours: -found.p99, peers: {}, unit: 'ms', better: 'lower', most: 5 },
    ]
  })

const streamRows = (world: World): Promise<Row[]> =>
  serving(world, [], async url => {
    const best = async (accept: string, at = `${url}/queries/all`): Promise<Streamed> => {
      let best: Streamed | null = null
      for (let round = 0; round < world.rounds; round++) {
        const now = await streamed(at, accept)
        if (best === null || now.seconds < best.seconds) best = now
      }
      return best!
    }
    await streamed(`${url}/queries/all`, ARROW)
    const before = await metric(url, 'process_resident_memory_bytes')
    let highest = before
    const watching = setInterval(() => {
      void metric(url, 'process_resident_memory_bytes').then(now => {
        highest = Math.max(highest, now)
      })
    }, 100)
    const found = { csv: await best('text/csv'), ndjson: await best('application/x-ndjson'), arrow: await best(ARROW) }
    clearInterval(watching)
    for (const [name, { rows }] of Object.entries(found))
      if (rows !== world.orders) throw new Error(`${name} has ${rows} rows instead of ${world.orders}`)
    const file = join(world.folder, 'arrow')
    const bytes = await (await fetch(`${url}/queries/all`, { headers: { accept: ARROW } })).arrayBuffer()
    writeFileSync(file, Buffer.from(bytes))
    const plain = bare(file)
    const raw = await best(ARROW, await plain.said(/serves (\S+)/))
    await plain.stop()
    const speed = ({ rows, seconds }: Streamed) => rows / seconds
    const mb = (each: Streamed) => each.bytes / each.seconds / 1e6
    const rows = { unit: 'rows/s', better: 'higher', goal: 1, peers: { goal: 1_000_000 } } as const
    return [
      { what: 'rows of four columns as CSV', ours: speed(found.csv), ...rows },
      { what: 'the same as NDJSON', ours: speed(found.ndjson), ...rows },
      {
        ...{ what: 'the same as Arrow', ours: mb(found.arrow), peers: { 'node:http': mb(raw) }, goal: 0.25 },
        ...{ unit: 'MB/s', better: 'higher' },
      },
      { what: '… rows', ours: speed(found.arrow), peers: {}, unit: 'rows/s', better: 'higher' },
      { what: 'memory above that before', ours: (highest - before) / 1e6, peers: {}, unit: 'MB', better: 'lower' },
    ]
  })

/** Milliseconds until a reader is free whose client went away. */
const cancelRows = (world: World): Promise<Row[]> =>
  serving(world, ['--readers', '1'], async url => {
    const times: number[] = []
    for (let i = 0; i < (world.rounds === 1 ? 2 : CANCELLED); i++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`GET /query?q=${encodeURIComponent(HEAVY)} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await whenBusy(url, 1)
      await setTimeout(30)
      const started = performance.now()
      socket.destroy()
      // the next answer comes from the reader that is free again
      if (!(await fetch(`${url}/query?q=${encodeURIComponent(LIGHT)}`)).ok) throw new Error('the reader is not free')
      times.push(performance.now() - started)
    }
    const sorted = times.sort((a, b) => a - b)
    const ms = { peers: {}, unit: 'ms', better: 'lower' } as const
    return [
      { what: 'a client that goes away: reader free, worst', ours: sorted.at(-1)!, ...ms, most: 100 },
      { what: '… usually', ours: sorted[sorted.length >> 1], ...ms },
    ]
  })

const benchmark: Benchmark = {
  description: 'the service under load: entities, saved queries, streams and cancelling over HTTP',

  async run({ smoke, folder }) {
    const orders = smoke ? 20_000 : 1_000_000
    const project = writeProject(join(folder, 'project'))
    const [base, feed] = [join(folder, 'base.ndjson.gz'), join(folder, 'feed.ndjson.gz')]
    await writeEvents(base, 0, orders, orders)
    await writeEvents(feed, orders, smoke ? 1_500_000 : 8_000_000, orders)
    await heartwood('load', base, '--data', join(folder, 'base'), '--project', project).ended()
    const world: World = { folder, project, feed, orders, seconds: smoke ? 0.4 : 4, rounds: smoke ? 1 : 3 }
    return [
      ...(await entityRows(world)),
      ...(await smallRows(world)),
      ...(await streamRows(world)),
      ...(await cancelRows(world)),
    ]
  },
}

export default benchmark
