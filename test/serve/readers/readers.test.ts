import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../src/base/clock.ts'
import { openDatabase, type WritableDatabase } from '../../../src/database/database.ts'
import { MemoryDisk } from '../../../src/store/memory-disk.ts'
import { newProject, openShop, START, sale } from '../../database/given.ts'
import { openServedShop, type Served, serve } from '../given.ts'

const TYPES = [
  'application/json',
  'application/edn',
  'text/csv',
  'application/x-ndjson',
  'application/vnd.apache.arrow.stream',
]
const SALES = '[:find ?id ?price ?s :where [?s :sale/id ?id] [?s :sale/product ?p] [?p :product/price ?price]]'
/** Would take minutes, and next to no memory. */
const LONG = '[:find (count ?s) . :where [?s :sale/id ?id] [(re-find "(x+x+){200}" ?id)]]'
/** Ten million rows of four columns. */
const MANY = `[:find ?a ?b ?ai ?bi :where [?a :sale/product ?p] [?b :sale/product ?p] [?a :sale/id ?ai] [?b :sale/id ?bi]]`

/** A shop whose sales have long names. */
async function openBigShop(files: Record<string, string> = {}): Promise<WritableDatabase> {
  const database = await openShop(files, new MemoryDisk(), { timeoutMs: 60_000, memory: 2 ** 30 })
  for (let i = 0; i < 3000; i++)
    database.write(sale(i / 100 - 50, { sale_id: `${'x'.repeat(400)}${i}`, product: `p${i % 7}`, price: '1.50' }))
  await database.commit()
  return database
}

async function until(what: () => boolean): Promise<number> {
  const start = performance.now()
  while (!what()) {
    if (performance.now() - start > 30_000) throw new Error('it never came')
    await setTimeout(2)
  }
  return performance.now() - start
}

/** Everything of an answer but what differs each time. */
async function answerOf(served: Served, path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(served.url + path, init)
  const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
  const headers = Object.fromEntries(response.headers)
  for (const name of ['date', 'server-timing']) delete headers[name]
  return { status: response.status, headers, body }
}

describe('answers of readers', () => {
  let alone: Served
  let threads: Served
  beforeAll(async () => {
    const database = await openServedShop()
    alone = await serve(database)
    threads = await serve(database, { threads: true })
  })
  afterAll(async () => {
    await threads.server.close()
    await threads.readers!.close()
    await alone.close()
  })
  const same = async (path: string, init: RequestInit = {}) =>
    expect(await answerOf(threads, path, init)).toEqual(await answerOf(alone, path, init))
  const post = (body: object): RequestInit => ({
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

  for (const accept of TYPES)
    it(`are those of the server itself, to the byte, as ${accept}`, async () => {
      await same(`/query?q=${encodeURIComponent(SALES)}`, { headers: { accept } })
      await same('/queries/sold?least=20.50&asOf=30', { headers: { accept } })
      await same('/queries/sold?least=2000', { headers: { accept, 'accept-encoding': 'zstd' } })
    })

  it('hold for every other route that they answer', async () => {
    await same('/pull', post({ pattern: '[*]', ids: ['sale:s~1/3', 'sale:s~13', 'product:p1'] }))
    await same('/pull', post({ pattern: '[:product/id]', ids: ['product:p1', 'product:nobody'] }))
    await same('/explain', post({ query: SALES }))
    await same('/explain', post({ query: 'how-many' }))
    await same('/extract/sold/plan?shards=3')
    await same('/extract/sold/plan?shards=3&count=true&least=9.50')
    await same('/extract/sold?shard=1&of=3&t=30')
    await same('/extract/entities/product/plan?count=true')
    await same('/extract/entities/sale')
    await same('/queries/sold', { method: 'HEAD', headers: { accept: 'text/csv' } })
    await same('/queries/how-many', { method: 'HEAD' })
    await same('/queries/sold', post({ rows: [{ least: '20.50' }, { least: '39.50' }], asOf: 30 }))
    await same('/queries/sold', {
      ...post({ rows: [{}] }),
      headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
    })
  })

  it('say of errors what the server itself says', async () => {
    await same('/query', post({ query: '[:find ?x :where [?x :sale/nothing]]' }))
    await same('/query', post({ query: '[:find ?x :where\n [?x' }))
    await same('/query', post({ query: 5 }))
    await same('/query', { ...post({}), headers: { 'content-type': 'text/plain' } })
    await same('/query', post({ query: SALES, asOf: 4000 }))
    await same('/queries/nothing')
    await same('/queries/broken')
    await same('/queries/sold@0123456789abcdef')
    await same('/queries/sold?least=cheap')
    await same('/queries/sold?most=1')
    await same('/queries/sold?waitMs=5')
    await same('/queries/sold?after=900000&waitMs=1')
    await same('/queries/sold', { headers: { accept: 'image/png' } })
    await same('/queries/sold', { headers: { 'heartwood-store': 'another' } })
    await same('/extract/how-many?shard=0&of=2&t=1')
    await same('/extract/entities/nobody')
  })
})

describe('a pool of readers', () => {
  let shop: Served
  beforeAll(async () => {
    shop = await serve(await openBigShop(), { threads: { queue: 3, stallMs: 400, timeoutMs: 60_000 } })
    await Promise.all([1, 2].map(() => shop.post('/query', { query: SALES, limit: 1 })))
  })
  afterAll(() => shop.close())

  /** Asks on a connection of its own, and gives that. */
  const ask = (query: string, accept = 'application/json') => {
    const path = `/query?q=${encodeURIComponent(query)}`
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\n\r\n`)
    return socket
  }
  const busy = (count: number) => until(() => shop.readers!.busy === count)

  it('is free within 100 ms of a client that goes away, whose query was at work', async () => {
    const times: number[] = []
    for (let i = 0; i < 3; i++) {
      const socket = ask(LONG)
      await busy(1)
      await setTimeout(50)
      socket.destroy()
      times.push(await busy(0))
    }
    expect(Math.min(...times)).toBeLessThan(100)
    expect(shop.readers!.replaced).toBe(0)
  })

  it('answers entities while all are at work', async () => {
    const sockets = [ask(LONG), ask(LONG)]
    await busy(2)
    const { status } = await shop.get('/entity/product:p1')
    expect([status, shop.readers!.busy]).toEqual([200, 2])
    for (const socket of sockets) socket.destroy()
    await busy(0)
  })

  it('says who comes when as many wait as may, that all are busy and when to ask again', async () => {
    const sockets = [1, 2, 3, 4, 5].map(() => ask(LONG))
    await until(() => shop.readers!.queued === 3)
    const response = await shop.post('/query', { query: SALES })
    const { kind, detail } = (await response.json()) as { kind: string; detail: string }
    expect([response.status, kind, response.headers.get('content-type')]).toEqual([
      503,
      'busy',
      'application/problem+json',
    ])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(detail).toContain('2 reader threads are at work and 3 requests wait')
    for (const socket of sockets) socket.destroy()
    await until(() => shop.readers!.queued === 0)
    await busy(0)
    expect((await shop.post('/query', { query: SALES, limit: 1 })).status).toBe(200)
  })

  it('streams what is larger than all slots, whole, to a client that is slow', async () => {
    const response = await fetch(`${shop.url}/query?q=${encodeURIComponent(SALES)}`, {
      headers: { accept: 'application/x-ndjson' },
    })
    const reader = response.body!.getReader()
    const parts: Buffer[] = []
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(Buffer.from(part.value))
      if (parts.length % 10 === 1) await setTimeout(5)
    }
    expect(Buffer.concat(parts).toString().trimEnd().split('\n')).toHaveLength(3000)
  })

  it('ends the work for a client that goes away in the middle of a stream', async () => {
    const socket = ask(MANY, 'text/csv')
    await new Promise(resolve => socket.once('data', resolve))
    expect(shop.readers!.busy).toBe(1)
    socket.destroy()
    expect(await busy(0)).toBeLessThan(2000)
    expect(shop.readers!.replaced).toBe(0)
  })

  it('breaks off for a client that takes nothing, and never lets that look complete', async () => {
    const socket = ask(MANY, 'text/csv')
    await new Promise(resolve => socket.once('data', resolve))
    socket.pause()
    await busy(0)
    const parts: Buffer[] = []
    socket.on('data', part => parts.push(part))
    socket.resume()
    await new Promise(resolve => socket.once('close', resolve))
    // a chunked body that is whole ends with a chunk of no bytes and its trailer
    expect(Buffer.concat(parts).subarray(-200).toString('latin1')).not.toMatch(/\r\n0\r\n/)
  })

  it('runs others while clients are slow, on threads more', async () => {
    const slow = await serve(shop.database, { threads: { stallMs: 60_000 } })
    const sockets = [1, 2, 3].map(() => {
      const socket = connect(Number(new URL(slow.url).port), '127.0.0.1')
      socket.write(`GET /query?q=${encodeURIComponent(MANY)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n`)
      socket.once('data', () => socket.pause())
      return socket
    })
    await until(() => slow.readers!.busy === 3)
    expect((await slow.post('/query', { query: SALES, limit: 1 })).status).toBe(200)
    for (const socket of sockets) socket.destroy()
    await until(() => slow.readers!.busy === 0)
    await slow.server.close()
    await slow.readers!.close()
  })
})

describe('a reader', () => {
  it('that has no memory left fails its own query, and another takes its place', async () => {
    const shop = await serve(await openBigShop(), { threads: { readers: 1, heapMb: 24 } })
    const greedy = shop.post('/query', {
      query: `[:find (pull ?a [*]) (pull ?b [*]) :where [?a :sale/product ?p] [?b :sale/product ?p]]`,
    })
    const response = await greedy
    expect([response.status, ((await response.json()) as { kind: string }).kind]).toEqual([507, 'memory'])
    expect((await shop.post('/query', { query: SALES, limit: 1 })).status).toBe(200)
    expect(shop.readers!.replaced).toBe(1)
    await shop.close()
  })

  it('ends a procedure that loops once nobody waits for it', async () => {
    const loops = `import { procedure } from 'heartwood'
export const forever = procedure({ args: ['string'], returns: 'string' }, text => { for (;;) if (text === 'y') return text })`
    const shop = await serve(await openBigShop({ 'procedures/loops.ts': loops }), { threads: { readers: 1 } })
    await shop.post('/query', { query: SALES, limit: 1 })
    const asked = request(
      `${shop.url}/query?q=${encodeURIComponent('[:find ?y . :where [?s :sale/id ?id] [(forever ?id) ?y]]')}`,
    )
    asked.on('error', () => {})
    asked.end()
    await until(() => shop.readers!.busy === 1)
    await setTimeout(300)
    asked.destroy()
    expect(await until(() => shop.readers!.busy === 0)).toBeLessThan(1000)
    expect((await shop.post('/query', { query: SALES, limit: 1 })).status).toBe(200)
    await shop.close()
  })

  it('runs the queries that are in force when it is asked, and any version that was', async () => {
    const text = (what: string) => `{:doc "Counts." :params [] :query [:find (count ?x) . :where [?x ${what}]]}`
    const project = newProject({ 'queries/counted.edn': text(':sale/id') })
    const database = await openDatabase({
      ...{ data: 'data', project, clock: new ManualClock(START), readOnly: false, disk: new MemoryDisk() },
    })
    for (let i = 0; i < 6; i++) database.write(sale(i - 50, { sale_id: `s${i}`, product: `p${i % 2}`, price: '1.50' }))
    await database.commit()
    const shop = await serve(database, { threads: true })
    const run = async (name: string) => {
      const response = await shop.get(`/queries/${name}`)
      const { result } = (await response.json()) as { result: number }
      return [result, response.headers.get('heartwood-query')] as const
    }
    const [before, first] = await run('counted')
    writeFileSync(join(project, 'queries/counted.edn'), text(':product/id'))
    database.reloadQueries()
    shop.readers!.refresh()
    const [after, second] = await run('counted')
    expect([before, after]).toEqual([6, 2])
    expect(second).not.toBe(first)
    expect(await run(first!)).toEqual([6, first])
    writeFileSync(join(project, 'queries/counted.edn'), '{:doc')
    database.reloadQueries()
    shop.readers!.refresh()
    // what was in force stays so
    expect(await run('counted')).toEqual([2, second])
    await shop.close()
  })

  it('sees the moment at which the request was accepted, whatever is written meanwhile', async () => {
    const shop = await serve(await openServedShop(), { threads: { readers: 1 } })
    const count = async () => {
      const response = await shop.get('/queries/how-many')
      return [Number(response.headers.get('heartwood-t')), ((await response.json()) as { result: number }).result]
    }
    for (let i = 0; i < 30; i++) {
      const [t, sales] = await count()
      expect([t, sales]).toEqual([40 + i, 40 + i])
      shop.database.write(sale(i, { sale_id: `more/${i}`, product: 'p1', price: '1.00' }))
      await shop.database.commit()
    }
    await shop.close()
  })
})
