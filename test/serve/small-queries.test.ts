import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type AskedMethod, LiveDatabase } from '../../src/database/live-database.ts'
import { type ReaderSource, Readers } from '../../src/serve/readers/readers.ts'
import { createServer, type HeartwoodServer } from '../../src/serve/server.ts'
import { openServedShop, type Served, serve, silent } from './given.ts'

const QUERIES = {
  'queries/one.edn': `{:doc "One product." :params [{:name ?product :type :string :doc "Which."}]
    :query [:find ?product ?price :where [?p :product/id ?product] [?p :product/price ?price]]}`,
  'queries/pairs.edn': `{:doc "All pairs, three times." :params []
    :query [:find (count ?c) . :where [?a :sale/id] [?b :sale/id] [?c :sale/id]]}`,
  'queries/half.edn': `{:doc "Half of it, by a procedure." :params [{:name ?product :type :string :doc "Which."}]
    :query [:find ?h :where [?p :product/id ?product] [?p :product/price ?price] [(half ?price) ?h]]}`,
  'queries/turns.edn': `{:doc "A rule that goes far from one product." :params [{:name ?product :type :string :doc "Which."}]
    :query [:find (count ?s) . :where [?p :product/id ?product] [?s :sale/product ?p] [?t :sale/product ?p]
            [?u :sale/product ?p] [?v :sale/product ?p] [?w :sale/product ?p] [?x :sale/product ?p]]}`,
  'procedures/half.ts': `import { procedure } from 'heartwood'
    export const half = procedure({ args: ['decimal(2)'], returns: 'string' }, price => 'half of ' + price)`,
}

/** A busy machine is no reason to cross: what is tested is what is expected, not how long it takes. */
const UNHURRIED = { timeoutMs: Number.POSITIVE_INFINITY, memory: 1 << 20 }

let plain: Served
let live: LiveDatabase
let readers: Readers
let server: HeartwoodServer
let url: string

beforeAll(async () => {
  plain = await serve(await openServedShop(QUERIES))
  const { database } = plain
  live = new LiveDatabase(
    database.share().shared,
    database.visible(),
    {
      ask: async (method, ...args) => {
        const named = database[method as AskedMethod].bind(database) as (...args: unknown[]) => unknown
        return named(...args) as never
      },
      note: run => database.noteRun(...run),
    },
    UNHURRIED,
  )
  const source: ReaderSource = {
    share: () => database.share(),
    keptQuery: (name, version) => database.keptQuery(name, version),
    sharedQueries: () => database.sharedQueries(),
    get seen() {
      return live.seen
    },
  }
  const limits = { readers: 1, queue: 100, queueMs: 60_000, stallMs: 60_000, timeoutMs: 60_000, nice: 0 }
  readers = new Readers(source, { ...limits, log: silent })
  server = createServer(live, { log: silent, readers })
  url = await server.listen(0, '127.0.0.1')
})
afterAll(async () => {
  await server.close()
  await readers.close()
  live.close()
  await plain.close()
})

/** What is asked, and how often readers were. */
async function asked(path: string, init: RequestInit = {}) {
  const run = vi.spyOn(readers, 'run')
  const shown = async (at: string) => {
    const response = await fetch(at + path, init)
    const { status, headers } = response
    const about = ['content-type', 'heartwood-t', 'heartwood-query', 'etag'].map(name => headers.get(name))
    return { status, about, body: Buffer.from(await response.arrayBuffer()).toString('latin1') }
  }
  const here = await shown(url)
  const crossed = run.mock.calls.length
  run.mockRestore()
  expect(here).toEqual(await shown(plain.url))
  return { ...here, crossed }
}

const TYPES = ['application/json', 'application/edn', 'text/csv', 'application/vnd.apache.arrow.stream']

test.each(TYPES)(
  'a query for one entity by its key crosses to no reader, and is answered the same: %s',
  async accept => {
    for (const id of ['p1', 'p2', 'nobody'])
      expect(await asked(`/queries/one?product=${id}`, { headers: { accept } })).toMatchObject({
        status: 200,
        crossed: 0,
      })
    expect(await asked('/queries/one?product=p1&asOf=7', { headers: { accept } })).toMatchObject({ crossed: 0 })
  },
)

test('what is wrong with it is said here too', async () => {
  expect(await asked('/queries/one')).toMatchObject({ status: 400, crossed: 0 })
  expect(await asked('/queries/one?product=p1&asOf=99')).toMatchObject({ status: 400, crossed: 0 })
})

test('a version that is in force may be named; another one is for readers, who know all of them', async () => {
  const { version } = live.savedQuery('one')
  expect(await asked(`/queries/one@${version}?product=p1`)).toMatchObject({ status: 200, crossed: 0 })
  expect(await asked('/queries/one@0000000000000000?product=p1')).toMatchObject({ status: 404, crossed: 1 })
})

test('what may take longer is for readers: what calls a procedure, and what waits', async () => {
  expect(await asked('/queries/half?product=p1')).toMatchObject({ status: 200, crossed: 1 })
  expect(await asked('/queries/one?product=p1&after=3')).toMatchObject({ status: 200, crossed: 1 })
})

test('of a version that is not in force nothing is remembered: there is no end of those that somebody may name', async () => {
  const brief = vi.spyOn(live, 'briefly')
  for (let i = 0; i < 3; i++) await asked('/queries/one@0000000000000001?product=p1')
  expect(brief.mock.calls.length).toBe(3)
  brief.mockRestore()
})

test('what turns out large is for readers, and is not tried here each time', async () => {
  const brief = vi.spyOn(live, 'briefly')
  for (let i = 0; i < 12; i++) expect(await asked('/queries/pairs')).toMatchObject({ status: 200, crossed: 1 })
  // tried the 1st time, after 2 more, and after 4 more
  expect(brief.mock.calls.length).toBe(3)
  // whose rows are more than the planner can know
  expect(await asked('/queries/turns?product=p1')).toMatchObject({ status: 200, crossed: 1 })
  brief.mockRestore()
})

test('who is to be quick from the first request on asks before it is ready, and that is neither counted nor crosses', async () => {
  const spies = [vi.spyOn(live, 'entityJson'), vi.spyOn(live, 'briefly')] as const
  const others = [vi.spyOn(live, 'noteRun'), vi.spyOn(readers, 'run')]
  const warned = vi.fn()
  const server = createServer(live, { log: { ...silent, warn: warned }, readers, warm: true })
  const at = await server.listen(0, '127.0.0.1')
  expect((await fetch(`${at}/health`)).status).toBe(200)
  await vi.waitFor(async () => expect((await fetch(`${at}/ready`)).status).toBe(200), { timeout: 10_000 })
  const [entities, queries] = spies.map(spy => new Set(spy.mock.calls.map(([id]) => id)))
  expect(entities).toContain('product:p1')
  expect(entities).toContain('sale:s/7')
  expect(queries).toEqual(new Set(['one', 'pairs', 'half', 'turns']))
  for (const spy of others) expect(spy).not.toHaveBeenCalled()
  expect(warned).not.toHaveBeenCalled()
  expect(await (await fetch(`${at}/metrics`)).text()).not.toContain('route="/entity/:id"')
  await server.close()
  vi.restoreAllMocks()
})
