import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { START, sale } from '../database/given.ts'
import { openServedShop, type Served, serve } from './given.ts'

const FOR_EVER = 'private, max-age=31536000, immutable'
const ASK = 'private, no-cache'
let shop: Served
let version: string
beforeAll(async () => {
  shop = await serve(await openServedShop(), { cors: ['https://notes.example'], gzip: true })
  version = shop.database.savedQuery('sold').version
})
afterAll(() => shop.close())

const CACHED = [
  '/entity/sale:s%2F1',
  '/entity?id=sale:s%2F1',
  '/entity/sale:s%2F1/history',
  '/entities/sale',
  '/queries/sold',
  '/extract/sold',
  '/query?q=[:find ?id :where [_ :sale/id ?id]]',
]
const withMoment = (path: string, moment: string) => `${path}${path.includes('?') ? '&' : '?'}asOf=${moment}`
const again = (path: string, tag: string, headers = {}) => shop.get(path, { 'if-none-match': tag, ...headers })

describe('caches', () => {
  test.each(CACHED)('%s is not sent again while nothing changed', async path => {
    for (const url of [path, withMoment(path, '12'), withMoment(path, '2024-04-30T08:00:00Z')]) {
      const first = await shop.get(url)
      await first.arrayBuffer()
      const tag = first.headers.get('etag')!
      expect([first.status, tag]).toEqual([200, expect.stringMatching(/^W\/"[!#-~]+"$/)])
      const second = await again(url, tag)
      expect([second.status, await second.text()]).toEqual([304, ''])
      for (const name of ['etag', 'heartwood-t', 'heartwood-instant', 'heartwood-store'])
        expect(second.headers.get(name)).toBe(first.headers.get(name))
      expect(second.headers.get('server-timing')).toMatch(/^total;dur=/)
      expect((await again(url, `"other", ${tag.slice(2)}`)).status).toBe(304)
      expect((await again(url, '"other"')).status).toBe(200)
    }
  })

  test('what names a t is kept for ever once nothing can be added to it, and no query that the URL does not pin', async () => {
    const control = async (path: string) => (await shop.get(path)).headers.get('cache-control')
    const pinned = [
      '/entity/sale:s%2F1?asOf=12',
      '/entities/sale?asOf=12',
      `/queries/sold@${version}?asOf=12`,
      `/extract/sold@${version}?t=12`,
    ]
    for (const path of pinned) expect([path, await control(path)]).toEqual([path, FOR_EVER])
    const others = [
      ...[
        '/entity/sale:s%2F1',
        '/entity/sale:s%2F1?asOf=2024-04-30',

        '/queries/sold?asOf=12',
      ],
      ...[`/queries/sold@${version}`, '/query?q=[:find ?id :where [_ :sale/id ?id]]&asOf=12'],
    ]
    for (const path of others) expect([path, await control(path)]).toEqual([path, ASK])
    for (const path of ['/health', '/t?at=12', '/queries', '/status', '/entity/sale:none?asOf=12'])
      expect([path, await control(path)]).toEqual([path, null])
    expect(await control('/query?q=[:find ?id :where [_ :sale/id ?id]]&asOf=12&sources={"$a":{}}')).toBe(null)
  })

  test('another form, moment, version or fact is another answer; what is wrong stays so', async () => {
    const tagOf = async (path: string, headers = {}) => {
      const response = await shop.get(path, headers)
      await response.arrayBuffer()
      return response.headers.get('etag')!
    }
    const json = await tagOf('/queries/sold?asOf=12')
    const csv = await tagOf('/queries/sold?asOf=12', { accept: 'text/csv' })
    expect(
      new Set([json, csv, await tagOf('/queries/sold?asOf=13'), await tagOf('/queries/priced?names=p1&asOf=12')]).size,
    ).toBe(4)
    expect((await again('/queries/sold?asOf=12', json, { accept: 'text/csv' })).status).toBe(200)
    const now = await tagOf('/entity/product:p1')
    shop.database.write(sale(-1, { sale_id: 'later', product: 'p1', price: '5.00' }))
    await shop.database.commit()
    const changed = await again('/entity/product:p1', now)
    expect([changed.status, await changed.json()]).toMatchObject([200, { attributes: { ':product/price': '5.00' } }])
    expect((await again('/entity/product:p1?asOf=999', now)).status).toBe(400)
    expect((await again('/queries/sold?asOf=12&leest=1', '*')).status).toBe(400)
  })

  test('a moment that is settled meanwhile is another answer', async () => {
    const own = await serve(await openServedShop())
    own.database.write(sale(-1, { sale_id: 'later', product: 'p1', price: '5.00' }))
    await own.database.commit()
    const before = await own.get('/entity/product:p1?asOf=2024-05-01T11:30:00Z')
    expect([before.headers.get('heartwood-settled'), before.headers.get('cache-control')]).toEqual(['false', ASK])
    own.database.mark(START)
    await own.database.commit()
    const after = await own.get('/entity/product:p1?asOf=2024-05-01T11:30:00Z', {
      'if-none-match': before.headers.get('etag')!,
    })
    expect([after.status, after.headers.get('heartwood-settled'), after.headers.get('cache-control')]).toEqual([
      200,
      'true',
      ASK,
    ])
    await own.close()
  })
})

describe('pages of other origins', () => {
  const origin = 'https://notes.example'
  const header = (response: Response, name: string) => response.headers.get(`access-control-${name}`)

  test('may read answers and errors where they are named', async () => {
    for (const path of ['/entity/product:p1', '/queries/sold', '/entity/nobody', '/nothing']) {
      const response = await shop.get(path, { origin })
      expect([header(response, 'allow-origin'), response.headers.get('vary')]).toEqual([
        origin,
        expect.stringContaining('Origin'),
      ])
      expect(header(response, 'expose-headers')).toContain('Heartwood-T')
      const other = await shop.get(path, { origin: 'https://elsewhere.example' })
      expect([header(other, 'allow-origin'), other.headers.get('vary')]).toEqual([
        null,
        expect.stringContaining('Origin'),
      ])
    }
  })

  test('ask before they send', async () => {
    const asking = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
    const asked = await fetch(`${shop.url}/query`, { method: 'OPTIONS', headers: asking })
    expect([asked.status, header(asked, 'allow-methods'), header(asked, 'allow-headers')]).toEqual([
      204,
      'GET, HEAD, POST',
      expect.stringContaining('Content-Type'),
    ])
    const refused = await fetch(`${shop.url}/query`, {
      method: 'OPTIONS',
      headers: { ...asking, origin: 'https://elsewhere.example' },
    })
    expect([refused.status, header(refused, 'allow-methods')]).toEqual([405, null])
  })

  test('are those of anybody, or of nobody, where the option says so', async () => {
    const open = await serve(await openServedShop(), { cors: ['*'] })
    expect(header(await open.get('/health', { origin }), 'allow-origin')).toBe('*')
    await open.close()
    const closed = await serve(await openServedShop())
    expect(header(await closed.get('/health', { origin }), 'allow-origin')).toBe(null)
    await closed.close()
  })
})

describe('compression', () => {
  const raw = async (path: string, encoding: string, accept = 'application/json', url = shop.url) => {
    const { request } = await import('node:http')
    return new Promise<{ encoding: string | undefined; vary: string | undefined; body: Buffer }>((resolve, reject) => {
      request(`${url}${path}`, { headers: { 'accept-encoding': encoding, accept } }, response => {
        const pieces: Buffer[] = []
        response.on('data', piece => pieces.push(piece))
        response.on('end', () => {
          const { 'content-encoding': told, vary } = response.headers
          resolve({ encoding: told, vary, body: Buffer.concat(pieces) })
        })
      })
        .on('error', reject)
        .end()
    })
  }

  test.each([
    ['/queries/sold', 'application/json'],
    ['/queries/sold', 'text/csv'],
    ['/entities/sale', 'application/json'],
    ['/openapi.json', 'application/json'],
  ])('%s as %s is the same compressed', async (path, accept) => {
    const plain = await raw(path, 'identity', accept)
    const zstd = await raw(path, 'gzip, zstd', accept)
    const gzip = await raw(path, 'gzip', accept)
    expect([plain.encoding, zstd.encoding, gzip.encoding]).toEqual([undefined, 'zstd', 'gzip'])
    expect(plain.vary).toContain('Accept-Encoding')
    expect(zstdDecompressSync(zstd.body)).toEqual(plain.body)
    expect(gunzipSync(gzip.body)).toEqual(plain.body)
    expect(zstd.body.length).toBeLessThan(plain.body.length / 2)
  })

  test('leaves short answers as they are, and gives gzip only where the server is told to', async () => {
    expect((await raw('/entity/product:p1', 'gzip, zstd')).encoding).toBe(undefined)
    const other = await serve(await openServedShop())
    expect((await raw('/openapi.json', 'gzip', 'application/json', other.url)).encoding).toBe(undefined)
    expect((await raw('/openapi.json', 'gzip, zstd;q=0.5', 'application/json', other.url)).encoding).toBe('zstd')
    await other.close()
  })
})
