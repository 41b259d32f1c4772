import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServedShop, type Served, serve } from './given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const ARROW = 'application/vnd.apache.arrow.stream'

const post = async (name: string, body: object, headers = {}): Promise<Body> =>
  (await shop.post(`/queries/${name}`, body, headers)).json() as Promise<Body>

describe('POST /queries/:name', () => {
  test('gives for each row of arguments what GET gives for it, at one moment', async () => {
    const leasts = ['39.00', '0', '40.5', '1000', '0']
    const answered = await shop.post('/queries/sold', { rows: leasts.map(least => ({ least })), asOf: 39 })
    expect(answered.headers.get('heartwood-query')).toMatch(/^sold@[0-9a-f]{16}$/)
    expect(answered.headers.get('heartwood-t')).toBe('39')
    const { results, ...head } = (await answered.json()) as Body
    for (const [i, least] of leasts.entries()) {
      const { result, rows, ...same } = (await (await shop.get(`/queries/sold?least=${least}&asOf=39`)).json()) as Body
      expect(results[i]).toEqual({ result, rows })
      expect(head).toEqual(same)
    }
    expect(results.map((each: Body) => each['rows'])).not.toContain(undefined)
  })

  test('runs the version that is named, with defaults, exact numbers and lists', async () => {
    const { version } = shop.database.savedQuery('sold')
    const rows = '{"rows": [{"least": 39.49999999999999999999999}, {}, {"?least": {"$edn": "39.51M"}}]}'
    const response = await shop.post(`/queries/sold@${version}`, rows)
    const { results } = (await response.json()) as Body
    expect(results.map((each: Body) => each['rows'])).toEqual([20, 40, 10])
    const priced = await post('priced', { rows: [{ names: ['p1', 'p3'] }, { names: [] }], asOf: 40 })
    expect(priced['results']).toEqual([
      {
        result: [
          ['p1', '38.50'],
          ['p3', '40.50'],
        ],
        rows: 2,
      },
      { result: [], rows: 0 },
    ])
    const scalar = await post('how-many', { rows: [{}, {}] })
    expect(scalar['results']).toEqual([
      { result: 40, rows: 1 },
      { result: 40, rows: 1 },
    ])
  })

  test('without rows tells the columns all the same', async () => {
    const none = await post('sold', { rows: [] })
    const some = await post('sold', { rows: [{}] })
    expect(none['results']).toEqual([])
    expect(none['columns'].map(({ name, type }: Body) => [name, type])).toEqual(
      some['columns'].map(({ name, type }: Body) => [name, type]),
    )
  })

  test('is also a stream of objects that say of which row they are', async () => {
    const accept = { accept: 'application/x-ndjson' }
    const lines = await (
      await shop.post('/queries/priced', { rows: [{ names: ['p1'] }, { names: [] }, { names: ['p2', 'p1'] }] }, accept)
    ).text()
    expect(
      lines
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([
      { row: 1, names: 'p1', price: '38.50' },
      { row: 3, names: 'p1', price: '38.50' },
      { row: 3, names: 'p2', price: '39.50' },
    ])
  })

  const several = { rows: [{ names: ['p1'] }, { names: [] }, { names: ['p2', 'p1'] }] }

  test('is also CSV and EDN, and Arrow in one stream', async () => {
    const as = (accept: string, body: object = several) => shop.post('/queries/priced', body, { accept })
    const csv = await as('text/csv')
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(await csv.text()).toBe('row,names,price\r\n1,p1,38.50\r\n3,p1,38.50\r\n3,p2,39.50\r\n')
    const edn = await (await as('application/edn')).text()
    expect(edn).toContain(
      ':results [{:result [["p1" 38.50M]] :rows 1} {:result [] :rows 0} {:result [["p1" 38.50M] ["p2" 39.50M]] :rows 2}]}',
    )
    expect(edn).toMatch(
      /^\{:t 40 :instant #inst "[^"]+" :settled (true|false) :at #inst "[^"]+" :columns \[\{:name "names"/,
    )
    const table = tableFromIPC(new Uint8Array(await (await as(ARROW)).arrayBuffer()))
    expect(table.schema.metadata.get('heartwood.query')).toBe('priced')
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['row', 'names', 'price'])
    expect(Array.from(table.getChild('row')!).map(Number)).toEqual([1, 3, 3])
    expect(Array.from(table.getChild('names')!)).toEqual(['p1', 'p1', 'p2'])
  })

  test('without rows is a table without rows in every format', async () => {
    const as = async (accept: string) => await shop.post('/queries/priced', { rows: [] }, { accept })
    expect(await (await as('text/csv')).text()).toBe('row,names,price\r\n')
    expect(await (await as('application/x-ndjson')).text()).toBe('')
    expect(await (await as('application/edn')).text()).toMatch(/:columns \[.+\] :results \[\]\}\n$/)
    const table = tableFromIPC(new Uint8Array(await (await as(ARROW)).arrayBuffer()))
    expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([0, ['row', 'names', 'price']])
  })

  test.each([
    [{}, 400, 'argument', 'rows is a list'],
    [{ rows: {} }, 400, 'argument', 'rows is a list'],
    [{ rows: [1] }, 400, 'argument', 'row 1 is no object'],
    [{ rows: [{}, { least: null }] }, 400, 'argument', 'row 2: least is null'],
    [{ rows: [{}, { most: '1' }] }, 400, 'argument', 'row 2: '],
    [{ rows: [{}, {}, { least: 'much' }] }, 400, 'argument', 'row 3: '],
    [{ rows: [], limit: 3 }, 400, 'argument', 'limit is no member'],
    [{ rows: [], asOf: 'soon' }, 400, 'invalid-as-of', 'soon'],
    [{ rows: Array.from({ length: 1001 }, () => ({})) }, 400, 'argument', 'at most 1000'],
  ])('%j is refused', async (body, status, kind, words) => {
    const response = await shop.post('/queries/sold', body)
    const problem = (await response.json()) as Body
    expect([response.status, problem['kind']]).toEqual([status, kind])
    expect(problem['detail']).toContain(words)
  })

  test('an unknown query, and one whose file is wrong', async () => {
    expect(await post('solt', { rows: [] })).toMatchObject({ kind: 'unknown-query', nearest: ['sold'] })
    expect(await post('broken', { rows: [] })).toMatchObject({ kind: 'unknown-query' })
  })
})

describe('GET /queries/:name by pages', () => {
  test('gives rows in their order, so that pages together are the whole', async () => {
    const get = async (search: string) => (await (await shop.get(`/queries/sold?asOf=40&${search}`)).json()) as Body
    const whole = await get('least=2')
    const paged: unknown[] = []
    for (let offset = 0; offset < 60; offset += 7)
      paged.push(...(await get(`least=2&limit=7&offset=${offset}`))['result'])
    expect(paged).toEqual(whole['result'])
    expect((await get('limit=0'))['rows']).toBe(0)
    const csv = await shop.get('/queries/sold?limit=3', { accept: 'text/csv' })
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(4)
  })

  test.each(['limit=-1', 'limit=many', 'offset=1.5', 'limit=1&limit=2', 'columns=id'])(
    '%s is refused',
    async search => {
      const response = await shop.get(`/queries/sold?${search}`)
      expect([response.status, ((await response.json()) as Body)['kind']]).toEqual([400, 'argument'])
    },
  )
})

describe('GET /queries tells of runs', () => {
  test('how many there were, how long they took, and of whom', async () => {
    const own = await serve(await openServedShop())
    const listed = async (name: string) =>
      ((await (await own.get('/queries')).json()) as Body[]).find(query => query['name'] === name)!
    expect(await listed('sold')).toMatchObject({ runs: 0, failed: 0, lastRun: null, meanMs: null, callers: [] })
    await own.get('/queries/sold', { 'user-agent': 'curl/8.5.0' })
    await own.get('/queries/sold?least=3', { 'heartwood-caller': 'risk team', 'user-agent': 'curl/8.5.0' })
    await own.post('/queries/sold', { rows: [{}] }, { 'heartwood-caller': 'risk team' })
    await (await own.get('/extract/sold', { 'heartwood-caller': 'risk team' })).arrayBuffer()
    await own.get('/queries/sold?least=much', { 'heartwood-caller': 'risk team' })
    await own.get('/queries/solt')
    const sold = await listed('sold')
    expect(sold).toMatchObject({ runs: 5, failed: 1, lastRun: '2024-05-01T12:00:00.000Z' })
    expect(sold['longestMs']).toBeGreaterThanOrEqual(sold['meanMs'])
    expect(sold['callers']).toMatchObject([
      { caller: 'risk team', runs: 4, failed: 1 },
      { caller: 'curl', runs: 1, failed: 0 },
    ])
    expect(await listed('how-many')).toMatchObject({ runs: 0 })
    expect(await (await own.get('/metrics')).text()).toContain(
      'heartwood_saved_query_seconds_count{query="sold",failed="false"} 4',
    )
    await own.close()
  })
})
