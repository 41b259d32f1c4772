import { request } from 'node:http'
import { zstdDecompressSync } from 'node:zlib'
import { RecordBatchReader, tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServedShop, type Served, serve } from '../serve/given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

/** An answer as it comes over the wire, with the trailers that `fetch` does not show. */
const raw = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ headers: Body; trailers: Body; body: Buffer }>((resolve, reject) => {
    request(`${shop.url}${path}`, { headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({ headers: response.headers, trailers: response.trailers, body: Buffer.concat(chunks) }),
      )
    })
      .on('error', reject)
      .end()
  })

const plan = async (query: string): Promise<Body> => (await (await shop.get(`/extract/${query}`)).json()) as Body

/** The rows of one link of a plan, as a client would fetch it. */
async function rowsOf(planPath: string, uri: string): Promise<{ readonly rows: Body[]; readonly bytes: Buffer }> {
  const response = await fetch(new URL(uri, `${shop.url}/extract/${planPath}`))
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    rows: tableFromIPC(bytes)
      .toArray()
      .map((row): Body => row.toJSON()),
    bytes,
  }
}

describe('the plan of an extract', () => {
  it('pins the moment, and tells what will come', async () => {
    const { shards, arrowSchema, ...rest } = await plan('sold/plan?shards=3&asOf=2024-04-30T12:00:00Z&least=4.5')
    expect(rest).toEqual({
      ...{ query: 'sold', version: expect.stringMatching(/^[0-9a-f]{16}$/), args: { least: '4.5' }, ordered: true },
      ...{ t: 27, instant: '2024-04-30T12:00:00.000Z', settled: true, totalRecords: null, totalBytes: null },
      columns: [
        { name: 'sale', find: '?sale', type: 'ref(sale)', nullable: false },
        { name: 'id', find: '?id', type: 'string', nullable: false },
        { name: 'price', find: '?price', type: 'decimal(2)', nullable: false },
      ],
    })
    expect(shards.map(({ shard, of, rows }: Body) => [shard, of, rows])).toEqual([
      [0, 3, null],
      [1, 3, null],
      [2, 3, null],
    ])
    const schema = tableFromIPC(
      Buffer.concat([Buffer.from(arrowSchema, 'base64'), Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])]),
    ).schema
    expect(schema.fields.map(field => `${field.name} ${field.type}`)).toEqual([
      'sale Int64',
      'id Dictionary<Int32, Utf8>',
      'price Decimal[38e+2]',
    ])
  })

  it('has links whose shards unite to the whole, whatever their number, in the order of the entity', async () => {
    const whole = await rowsOf('sold/plan', '../sold?asOf=40')
    expect(whole.rows).toHaveLength(40)
    for (const count of [1, 3, 8]) {
      const path = `sold/plan?shards=${count}&asOf=40`
      const { shards } = await plan(path)
      const parts: Awaited<ReturnType<typeof rowsOf>>[] = await Promise.all(
        shards.map(({ uri }: Body) => rowsOf(path, uri)),
      )
      for (const [shard, { rows }] of parts.entries()) {
        const numbers = rows.map(({ sale }) => Number(sale))
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
        expect(new Set(numbers.map(number => number % count))).toEqual(new Set([shard]))
      }
      const key = (row: Body) => String(row['id'])
      expect(parts.flatMap(({ rows }) => rows).sort((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(
        whole.rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
      )
    }
  })

  it('has links that give the same bytes again (store rule 28)', async () => {
    const path = 'sold/plan?shards=2&asOf=31'
    const { shards } = await plan(path)
    for (const { uri } of shards) expect((await rowsOf(path, uri)).bytes).toEqual((await rowsOf(path, uri)).bytes)
  })

  it('has links that are complete: version, moment, store, and arguments with their defaults', async () => {
    const { version, shards } = await plan('sold/plan?shards=1')
    const link = new URL(shards[0].uri, `${shop.url}/extract/sold/plan`)
    expect(link.pathname).toBe(`/extract/sold@${version}`)
    expect(Object.fromEntries(link.searchParams)).toEqual({
      shard: '0',
      of: '1',
      t: '40',
      store: shop.database.storeName,
      least: '0.00',
    })
    expect(Buffer.from(shards[0].ticket, 'base64').toString()).toBe(`/extract/${shards[0].uri.slice(3)}`)
  })

  it('counts where it is asked to', async () => {
    const path = 'sold/plan?shards=3&count=true&asOf=40'
    const { totalRecords, totalBytes, shards } = await plan(path)
    const parts: Awaited<ReturnType<typeof rowsOf>>[] = await Promise.all(
      shards.map(({ uri }: Body) => rowsOf(path, uri)),
    )
    expect(totalRecords).toBe(40)
    expect(shards.map(({ rows }: Body) => rows)).toEqual(parts.map(({ rows }) => rows.length))
    // of the streams, but for the name of the shard in the metadata of each
    const bytes = parts.reduce((sum, part) => sum + part.bytes.length, 0)
    expect(Math.abs(totalBytes - bytes)).toBeLessThan(3 * 200)
  })

  it('has links that keep to the columns and filters that were asked for', async () => {
    const path =
      'sold/plan?shards=3&asOf=40&columns=price,id&filters=[["price",">=","38.5"],["id","in",["s/1","s/2","s/9"]]]'
    const { columns, shards } = await plan(path)
    expect(columns.map(({ name }: Body) => name)).toEqual(['price', 'id'])
    const parts = await Promise.all(shards.map(({ uri }: Body) => rowsOf(path, uri)))
    const rows = parts.flatMap(({ rows }) => rows).map(({ id, price }) => `${id} ${price}`)
    expect(rows.sort()).toEqual(['s/1 3850', 's/2 3950', 's/9 3850'])
    expect(Object.keys(parts[0].rows[0] ?? parts[1].rows[0])).toEqual(['price', 'id'])
  })

  it('says in each stream how many rows there are, in a trailer and in the last batch', async () => {
    const { trailers, body } = await raw('/extract/sold?shard=1&of=3&t=40')
    expect(trailers).toEqual({ 'heartwood-rows': String(tableFromIPC(body).numRows) })
    let last: ReadonlyMap<string, string> = new Map()
    for (const batch of RecordBatchReader.from(body)) last = batch.metadata
    expect(last.get('heartwood.rows')).toBe(String(tableFromIPC(body).numRows))
  })

  it('sends zstd where it is asked for, and nowhere else', async () => {
    const plain = await raw('/extract/sold?asOf=40', { 'accept-encoding': 'gzip, zstd;q=0' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    const small = await raw('/extract/sold?asOf=40', { 'accept-encoding': 'gzip, zstd' })
    expect([small.headers['content-encoding'], small.trailers['heartwood-rows']]).toEqual(['zstd', '40'])
    expect(zstdDecompressSync(small.body)).toEqual(plain.body)
  })

  it('tells each stream what it is of', async () => {
    const path = 'sold/plan?shards=2&asOf=40&least=30'
    const { version, shards } = await plan(path)
    const { bytes } = await rowsOf(path, shards[1].uri)
    expect(Object.fromEntries(tableFromIPC(bytes).schema.metadata)).toEqual({
      ...{ 'heartwood.query': 'sold', 'heartwood.version': version, 'heartwood.args': '{"least":"30"}' },
      ...{
        'heartwood.t': '40',
        'heartwood.instant': '2024-05-01T01:00:00.000Z',
        'heartwood.settled': 'true',
        'heartwood.shard': '1/2',
      },
    })
  })

  it('has shards without rows that are streams all the same', async () => {
    const path = 'sold/plan?shards=64&asOf=3'
    const { shards } = await plan(path)
    const parts: Awaited<ReturnType<typeof rowsOf>>[] = await Promise.all(
      shards.map(({ uri }: Body) => rowsOf(path, uri)),
    )
    expect(parts.flatMap(({ rows }) => rows)).toHaveLength(3)
  })
})
