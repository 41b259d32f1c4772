import { createServer, type Server } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BrokenStream, type Extract, HeartwoodClient, queryTypes, RequestError } from '../../src/client/client.ts'
import { openServedShop, type Served, serve } from '../serve/given.ts'

let shop: Served
let client: HeartwoodClient
beforeAll(async () => {
  shop = await serve(await openServedShop())
  client = new HeartwoodClient(shop.url)
})
afterAll(() => shop.close())

/** Passes requests on, and cuts the next so many streams of Arrow after so many bytes; `clean` as if they were whole. */
async function between(cut: number, times: number, clean: boolean) {
  let left = times
  const paths: string[] = []
  const server: Server = createServer(async (request, response) => {
    paths.push(request.url!)
    const given = await fetch(shop.url + request.url)
    const bytes = Buffer.from(await given.arrayBuffer())
    const cutting = given.headers.get('content-type')!.includes('arrow') && left-- > 0
    response.writeHead(given.status, { 'content-type': given.headers.get('content-type')! })
    response.write(cutting ? bytes.subarray(0, cut) : bytes, () =>
      cutting && !clean ? response.destroy() : response.end(),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths, close }
}

const rowsOf = async (extract: Extract, signal?: AbortSignal) => {
  const rows: unknown[] = []
  for await (const batch of extract.batches(signal)) for (const row of batch) rows.push(row.toJSON())
  return rows
}

describe('the client', () => {
  it('asks for one entity as of a moment', async () => {
    const { attributes, t } = await client.entity('product:p1', {
      asOf: new Date('2024-04-29T12:00:00Z'),
      attributes: ['price'],
    })
    expect([attributes, t]).toEqual([{ ':product/price': '2.50' }, 3])
    const failed = await client.entity('product:none').catch((error: RequestError) => error)
    expect(failed).toBeInstanceOf(RequestError)
    expect(failed).toMatchObject({ kind: 'not-found', status: 404 })
  })

  it('loses no long, in questions and in answers', async () => {
    const query = '[:find ?e ?id :in $ ?id :where [?e :buyer/id ?id]]'
    const { result } = await client.query<[number, bigint][]>(query, { id: 9007199254740993n })
    expect(result).toHaveLength(1)
    expect(result[0][1]).toBe(9007199254740993n)
    const all = await client.query<(number | bigint)[]>('[:find [?id ...] :where [_ :buyer/id ?id]]')
    expect(all.result).toHaveLength(14)
    expect(all.result.every(id => typeof id === 'bigint' || id <= Number.MAX_SAFE_INTEGER)).toBe(true)
    const one = await client.query<bigint>('[:find (max ?id) . :where [_ :buyer/id ?id]]')
    expect(one.result).toBe(9007199254741029n)
    const maps = await client.query<{ id: bigint }[]>('[:find ?id :keys id :in $ ?id :where [_ :buyer/id ?id]]', [
      9007199254740993n,
    ])
    expect(maps.result).toEqual([{ id: 9007199254740993n }])
    const extract = await client.entities('buyer', { attributes: ['id'] })
    expect((await rowsOf(extract)).map(row => (row as { id: bigint }).id)).toContain(9007199254740993n)
  })

  it('runs saved queries', async () => {
    expect((await client.saved('sold', { least: '39.50' })).rows).toBe(20)
    expect((await client.saved('priced', { names: ['p1', 'p3'] }, { asOf: 8 })).result).toHaveLength(2)
  })

  it('reads an extract, whose shards unite to the whole', async () => {
    const whole = await rowsOf(await client.extract('sold', { least: '3' }, { asOf: 40 }))
    expect(whole).toHaveLength(40)
    const extract = await client.extract('sold', { least: '3' }, { asOf: 40, shards: 5, count: true })
    expect(extract.plan.totalRecords).toBe(40)
    const key = (row: unknown) => String((row as { id: string }).id)
    const byKey = (rows: unknown[]) => rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    expect(byKey(await rowsOf(extract))).toEqual(byKey(whole))
    const some = await client.extract(
      'sold',
      {},
      {
        asOf: 40,
        columns: ['id'],
        filters: [
          ['price', '>=', '39.5'],
          ['id', 'in', ['s/2', 's/3', 's/1']],
        ],
      },
    )
    expect((await rowsOf(some)).map(key).sort()).toEqual(['s/2', 's/3'])
    await expect(client.extract('how-many')).rejects.toMatchObject({ kind: 'cannot-shard' })
  })

  it.each([
    [50, false],
    [900, false],
    [50, true],
    [900, true],
  ])('asks a shard again that breaks after %i bytes (as if whole: %s), and gives no row twice', async (cut, clean) => {
    const whole = await rowsOf(await client.extract('sold', {}, { asOf: 40, shards: 2 }))
    const proxy = await between(cut, 2, clean)
    const extract = await new HeartwoodClient(proxy.url).extract('sold', {}, { asOf: 40, shards: 2 })
    expect(await rowsOf(extract)).toEqual(whole)
    expect(proxy.paths).toHaveLength(1 + 2 + 2)
    await proxy.close()
  })

  it('gives up on what always breaks', async () => {
    const proxy = await between(500, 99, true)
    const extract = await new HeartwoodClient(proxy.url, { retries: 1 }).extract('sold', {}, { asOf: 40 })
    await expect(rowsOf(extract)).rejects.toBeInstanceOf(BrokenStream)
    await proxy.close()
  })

  it('obeys whoever aborts', async () => {
    const gone = AbortSignal.abort(new Error('enough'))
    await expect(client.entity('product:p1', { signal: gone })).rejects.toThrow('enough')
    const extract = await client.extract('sold', {}, { asOf: 40, shards: 3 })
    const stop = new AbortController()
    const batches = extract.batches(stop.signal)
    expect((await batches.next()).done).toBe(false)
    stop.abort(new Error('enough'))
    await expect(
      (async () => {
        for await (const _ of batches);
      })(),
    ).rejects.toThrow('enough')
  })

  it('writes types for saved queries', () => {
    const text = queryTypes([
      {
        ...{ name: 'late-customers', version: 'x', doc: 'Who pays late.', shardBy: '?c', error: null },
        params: [
          { name: 'least', type: 'decimal(2)', default: '0.00', doc: 'At least.' },
          { name: 'names', type: 'list(string)', default: null, doc: '' },
        ],
        columns: [
          { name: 'c', find: '?c', type: 'ref(customer)', nullable: false },
          { name: 'born', find: '(maybe ?c :customer/born)', type: 'date', nullable: true },
          { name: 'tier', find: '?tier', type: 'enum(gold|silver)', nullable: false },
        ],
      },
    ])
    expect(text).toBe(`/** Who pays late. */
export type LateCustomersRow = readonly [c: number | bigint, born: string | null, tier: "gold" | "silver"]
export type LateCustomersResult = readonly LateCustomersRow[]
export interface LateCustomersArgs {
  /** At least. */
  readonly "least"?: string
  /** list(string) */
  readonly "names": readonly (string)[]
}
`)
  })

  it.each([
    [
      'maps',
      'export type QRow = { readonly "who": number | bigint; readonly "sum amount": number }\nexport type QResult = readonly QRow[]',
    ],
    [
      'map',
      'export type QRow = { readonly "who": number | bigint; readonly "sum amount": number }\nexport type QResult = QRow | null',
    ],
    ['row', 'export type QRow = readonly [who: number | bigint, number]\nexport type QResult = QRow | null'],
    ['values', 'export type QResult = readonly (number | bigint)[]'],
    ['value', 'export type QResult = number | bigint | null'],
  ] as const)('knows that a result is %s', (result, wanted) => {
    const columns = [
      { name: 'who', find: '?who', type: 'long', nullable: false },
      { name: 'sum amount', find: '(sum ?amount)', type: 'double', nullable: false },
    ]
    const text = queryTypes([
      {
        ...{ name: 'q', version: 'x', doc: '', shardBy: null, error: null, params: [], result },
        columns: columns.slice(0, result.startsWith('value') ? 1 : 2),
      },
    ])
    expect(text).toContain(wanted)
    // whatever is written, TypeScript reads
    expect(stripTypeScriptTypes(text).trim()).not.toMatch(/Q/)
  })
})
