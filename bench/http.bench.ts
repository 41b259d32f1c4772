import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import { type Ask, after, CONNECTIONS, closed, freshStore, RATE, scheduled } from './http/asking.ts'
import { bare, type Child, heartwood } from './http/child.ts'
import type { Asked } from './http/client.ts'
import { writeFeed } from './http/feed.ts'

const SHARED = resolve(dirname(fileURLToPath(import.meta.url)), '..', process.env['HEARTWOOD_SHARED'] ?? '../shared')
const FILE = join(SHARED, 'data/retail-invoice-lines.ndjson.gz')
const PROJECT = join(SHARED, 'examples/retail')
/** Rounds of each kind, in turn; the best counts, since what else the machine does only makes a round worse. */
const ROUNDS = 3

interface Work {
  readonly folder: string
  readonly feed: string
  readonly seconds: number
}

async function productPaths(url: string): Promise<string[]> {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '[:find [?id ...] :where [_ :product/id ?id]]', limit: 2000 }),
  })
  const { result } = (await response.json()) as { result: string[] }
  return result.map(id => `/entity/product:${encodeURIComponent(id)}`)
}

/** Asks a server that loads the feed meanwhile. */
async function whileLoading(work: Work, ask: Ask): Promise<Asked & { eventsASecond: number; body: string }> {
  const at = ['--port', '0', '--data', freshStore(work.folder), '--project', PROJECT, '--log-level', 'silent']
  const server = heartwood('serve', ...at, '--load', work.feed)
  try {
    const url = await server.said(/Heartwood serves (\S+)/)
    const paths = await productPaths(url)
    const t = async () => Number((await fetch(`${url}/t`)).headers.get('heartwood-t'))
    // what was compiled by then is what a server has that runs for a while
    await ask(url, paths, after(work.seconds / 4))
    const [before, started] = [await t(), performance.now()]
    const asked = await ask(url, paths, after(work.seconds))
    const eventsASecond = (1000 * ((await t()) - before)) / (performance.now() - started)
    if ((await fetch(`${url}/ready`)).ok) throw new Error('the load was over too early')
    const body = await (await fetch(url + paths[0])).text()
    return { ...asked, eventsASecond, body }
  } finally {
    await server.stop()
  }
}

/** Asks a bare server of Node's beside a process that loads the feed. */
async function besideLoad(work: Work, bodyFile: string, ask: Ask): Promise<Asked> {
  const server: Child = bare(bodyFile)
  const load = heartwood('load', work.feed, '--data', freshStore(work.folder), '--project', PROJECT)
  try {
    const url = await server.said(/serves (\S+)/)
    await ask(url, ['/'], after(work.seconds / 4 + 1))
    const asked = await ask(url, ['/'], after(work.seconds))
    if (!load.running) throw new Error('the load beside the bare server was over too early')
    return asked
  } finally {
    await load.stop()
    await server.stop()
  }
}

const benchmark: Benchmark = {
  description: `GET /entity while a load runs, ${RATE} a second on schedule and ${CONNECTIONS} connections without pause`,

  async run({ smoke, folder }) {
    if (!existsSync(FILE)) return { needs: 'HEARTWOOD_SHARED, a folder with data/retail-invoice-lines.ndjson.gz' }
    const work: Work = { folder, feed: join(folder, 'feed.ndjson.gz'), seconds: smoke ? 0.4 : 5 }
    await heartwood('load', FILE, '--data', join(folder, 'base'), '--project', PROJECT).ended()
    await writeFeed(FILE, work.feed, smoke ? 1 : 6, Number.POSITIVE_INFINITY)
    const bodyFile = join(folder, 'body.json')
    let [p99, bareP99, answers, bareAnswers] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
    let [loadScheduled, loadClosed] = [0, 0]
    for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
      const ours = await whileLoading(work, scheduled)
      p99 = Math.min(p99, ours.p99)
      loadScheduled = Math.max(loadScheduled, ours.eventsASecond)
      writeFileSync(bodyFile, ours.body)
      bareP99 = Math.min(bareP99, (await besideLoad(work, bodyFile, scheduled)).p99)
      const pressed = await whileLoading(work, closed)
      answers = Math.max(answers, pressed.answers / pressed.seconds)
      loadClosed = Math.max(loadClosed, pressed.eventsASecond)
      const plain = await besideLoad(work, bodyFile, closed)
      bareAnswers = Math.max(bareAnswers, plain.answers / plain.seconds)
    }
    const goal = { unit: 'ms', better: 'lower' } as const
    return [
      { what: `p99 at ${RATE} a second`, ours: p99, peers: { limit: 5 }, ...goal, goal: 1 },
      { what: 'the same, beside node:http', ours: p99, peers: { 'node:http': bareP99 }, ...goal },
      {
        ...{ what: `${CONNECTIONS} connections`, ours: answers, peers: { 'node:http': bareAnswers } },
        ...{ unit: 'answers/s', better: 'higher', goal: 0.7 },
      },
      { what: 'load meanwhile, on schedule', ours: loadScheduled, peers: {}, unit: 'events/s', better: 'higher' },
      {
        what: `load meanwhile, ${CONNECTIONS} connections`,
        ours: loadClosed,
        peers: {},
        unit: 'events/s',
        better: 'higher',
      },
    ]
  },
}

export default benchmark
