import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FactError } from '../../src/base/error.ts'
import { createServer } from '../../src/serve/server.ts'
import { openServedShop, replacing, type Served, serve, silent } from './given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const json = async (response: Response): Promise<Body> => (await response.json()) as Body

/** An answer as it comes over the wire, trailers included, which `fetch` does not show. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) {
  return new Promise<{ status: number; headers: Body; trailers: Body; body: Buffer }>((resolve, reject) => {
    const sent = request(`${shop.url}${path}`, { method, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode = 0, headers, trailers } = response
        resolve({ status: statusCode, headers, trailers, body: Buffer.concat(chunks) })
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe('GET /entity', () => {
  it('tells all that is known', async () => {
    const response = await shop.get('/entity/product:p1')
    expect(response.status).toBe(200)
    expect(await json(response)).toEqual({
      id: 'product:p1',
      entity: expect.any(Number),
      t: 40,
      instant: '2024-05-01T01:00:00.000Z',
      settled: false,
      at: '2024-05-01T01:00:00.000Z',
      attributes: { ':product/id': 'p1', ':product/price': '38.50' },
    })
  })

  it('tells what was known as of a t, a day and an instant', async () => {
    const price = async (asOf: string) =>
      (await json(await shop.get(`/entity/product:p1?asOf=${asOf}`)))['attributes'][':product/price']
    expect(await price('2')).toBe('2.50')
    expect(await price('2024-05-01')).toBe('38.50')
    expect(await price('2024-04-29T12:00:00+01:00')).toBe('2.50')
  })

  it('takes an id with slashes as one segment, or as id=', async () => {
    expect((await json(await shop.get('/entity/sale:s%2F3')))['id']).toBe('sale:s/3')
    expect((await json(await shop.get('/entity?id=sale:s/3&attributes=product')))['attributes']).toEqual({
      ':sale/product': 'product:p3',
    })
  })

  it('writes a long beyond 2^53 as digits', async () => {
    const { attributes } = await json(await shop.get('/entity/buyer:9007199254740993'))
    expect(attributes).toEqual({ ':buyer/id': '9007199254740993' })
  })

  it('says from when on an entity is known', async () => {
    const response = await shop.get('/entity/sale:s%2F39?asOf=12')
    expect(response.status).toBe(404)
    expect((await json(response))['knownFrom']).toEqual({ t: 40, instant: '2024-05-01T01:00:00.000Z' })
  })
})

describe('every answer', () => {
  it.each([
    '/entity/product:p1',
    '/entity/product:none',
    '/query?q=[:find ?n :where [_ :product/id ?n]]',
    '/queries',
    '/queries/sold',
    '/extract/sold/plan',
    '/extract/sold',
    '/attributes',
    '/dead-letters',
    '/t',
    '/entity/product:p1/history',
    '/entities/product',
    '/log?limit=1',
    '/contracts',
    '/contracts/shop/sale/1.0',
    '/status',
    '/stats',
    '/health',
    '/ready',
    '/metrics',
    '/nothing',
  ])('of %s says of which moment of which store it is', async path => {
    const { headers } = await shop.get(path)
    expect(headers.get('heartwood-store')).toBe(shop.database.storeName)
    expect(headers.get('heartwood-t')).toBe('40')
    expect(headers.get('heartwood-instant')).toBe('2024-05-01T01:00:00.000Z')
    expect(headers.get('heartwood-settled')).toBe('false')
    expect(headers.get('server-timing')).toMatch(/^total;dur=\d+\.\d\d$/)
  })

  it('is of the moment that was asked', async () => {
    for (const path of ['/entity/product:p1?asOf=7', '/queries/sold?asOf=7', '/extract/sold/plan?asOf=7', '/t?at=7'])
      expect((await shop.get(path)).headers.get('heartwood-t'), path).toBe('7')
  })

  it('names its store, and one that was meant for another is refused (store rule 27)', async () => {
    const path = '/entity/product:p1'
    const name = (await fetch(`${shop.url}${path}`)).headers.get('heartwood-store')!
    expect(name).toMatch(/^[0-9a-f]{32}\.0$/)
    expect((await fetch(`${shop.url}${path}?store=${name}`)).status).toBe(200)
    expect((await fetch(`${shop.url}${path}`, { headers: { 'heartwood-store': name } })).status).toBe(200)
    expect((await fetch(`${shop.url}${path}?store=${name.replace('.0', '.1')}`)).status).toBe(409)
  })

  it('names the saved query that ran', async () => {
    const { version } = (await json(await shop.get('/queries'))).find((query: Body) => query['name'] === 'sold')
    for (const path of ['/queries/sold', '/extract/sold', '/extract/sold/plan'])
      expect((await shop.get(path)).headers.get('heartwood-query'), path).toBe(`sold@${version}`)
  })

  it('has no body for HEAD', async () => {
    const head = await fetch(`${shop.url}/entity/product:p1`, { method: 'HEAD' })
    expect([head.status, head.headers.get('heartwood-t'), await head.text()]).toEqual([200, '40', ''])
    const stream = await fetch(`${shop.url}/extract/sold`, { method: 'HEAD' })
    expect([stream.status, await stream.text()]).toEqual([200, ''])
  })
})

describe('POST /query', () => {
  const PRICES = '[:find ?n ?p :where [?e :product/id ?n] [?e :product/price ?p]]'

  it('answers as of a moment, with columns and result', async () => {
    expect(await json(await shop.post('/query', { query: PRICES, asOf: 2 }))).toEqual({
      ...{ t: 2, instant: '2024-04-29T11:00:00.000Z', settled: true, at: '2024-04-29T11:00:00.000Z', rows: 2 },
      columns: [
        { name: 'n', find: '?n', type: 'string', nullable: false },
        { name: 'p', find: '?p', type: 'decimal(2)', nullable: false },
      ],
      result: expect.arrayContaining([
        ['p0', '1.50'],
        ['p1', '2.50'],
      ]),
    })
  })

  it('reads numbers from their text', async () => {
    const query = '[:find ?n . :in $ ?p :where [?e :product/price ?p] [?e :product/id ?n]]'
    expect(
      (await json(await shop.post('/query', '{"query": "QUERY", "args": {"p": 38.50}}'.replace('QUERY', query))))[
        'result'
      ],
    ).toBe('p1')
    const buyer = '{"query": "[:find ?e . :in $ ?id :where [?e :buyer/id ?id]]", "args": {"?id": 9007199254740993}}'
    const first = (await json(await shop.post('/query', buyer)))['result']
    expect(first).toBe((await json(await shop.get('/entity/buyer:9007199254740993')))['entity'])
    expect((await json(await shop.post('/query', buyer.replace('993', '994'))))['result']).toBeNull()
  })

  it('takes sources at other moments', async () => {
    const query =
      '[:find ?n ?old ?new :in $ $before :where [?e :product/id ?n] [?e :product/price ?new] [$before ?e :product/price ?old]]'
    const { result } = await json(await shop.post('/query', { query, sources: { $before: { asOf: 1 } } }))
    expect(result).toEqual([['p0', '1.50', '37.50']])
  })

  it('takes sources that look back, and rows, as JSON and as EDN', async () => {
    const query = '[:find ?v ?t ?op :in $ $h :where [$h [:product/id "p0"] :product/price ?v ?t ?op] [(< ?t 2)]]'
    const past = await json(await shop.post('/query', { query, sources: { $h: { history: true } } }))
    expect(past['result']).toEqual([['1.50', 1, true]])
    const listed = '[:find ?n ?x :in $ $rows :where [?e :product/id ?n] [$rows ?n ?x]]'
    const sources = {
      $rows: {
        rows: [
          ['p0', 9007199254740993n],
          ['nobody', 2],
        ],
        types: ['string', 'long'],
      },
    }
    const text = JSON.stringify({ query: listed, sources }, (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    )
    const exact = await json(await shop.post('/query', text.replace(/"(\d+)n"/, '$1')))
    expect(exact['result']).toEqual([['p0', '9007199254740993']])
    const edn = { 'content-type': 'application/edn' }
    const both = `{:query ${listed} :sources {$rows {:rows [["p0" :yes]] :types [:string :keyword]}}}`
    expect((await json(await shop.post('/query', both, edn)))['result']).toEqual([['p0', ':yes']])
    const news =
      '{:query [:find (count ?e) . :in $ $new :where [$new ?e :product/id]] :sources {$new {:since 1 :history false}}}'
    expect((await json(await shop.post('/query', news, edn)))['result']).toBe(3)
    const pulls = await json(
      await shop.post('/query', '[:find (pull ?e [:product/price]) . :where [?e :product/id "p1"]]', edn),
    )
    expect(pulls['result']).toEqual({ ':product/price': expect.any(String) })
  })

  it('takes EDN: the query itself, or a request', async () => {
    const edn = { 'content-type': 'application/edn' }
    expect((await json(await shop.post('/query', PRICES, edn)))['rows']).toBe(4)
    const request = `{:query [:find ?n . :in $ ?p :where [?e :product/price ?p] [?e :product/id ?n]] ; which?
      :args {?p 2.50} :as-of 2} ; } done`
    expect((await json(await shop.post('/query', request, edn)))['result']).toBe('p1')
    const last = `{:limit 1 :as-of #inst "2024-05-01T00:00:00Z"\n :query ${PRICES}} ; see {:a}`
    expect((await json(await shop.post('/query', last, edn)))['rows']).toBe(1)
    const wrong = await json(
      await shop.post('/query', '{:limit 1\n :query [:find ?n :where [?e :product/ied ?n]]}', edn),
    )
    expect([wrong['kind'], wrong['line'], wrong['nearest']]).toEqual(['unknown-attribute', 2, [':product/id']])
  })

  it('is the same as a link', async () => {
    const q = '[:find ?n ?p :in $ [?n ...] :where [?e :product/id ?n] [?e :product/price ?p]]'
    const link = new URLSearchParams({ q, args: '[["p1", "p2"]]', asOf: '2', sources: '{}', limit: '5' })
    const { result } = await json(await shop.get(`/query?${link}`))
    expect(result).toEqual([['p1', '2.50']])
  })

  it.each([
    ['text/csv', 'text/csv; charset=utf-8; header=present', 'n,p\r\np1,2.50\r\n'],
    ['application/x-ndjson', 'application/x-ndjson', '{"n":"p1","p":"2.50"}\n'],
    ['text/csv;q=0.5, application/x-ndjson', 'application/x-ndjson', '{"n":"p1","p":"2.50"}\n'],
  ])('streams %s, with the rows in a trailer', async (accept, type, text) => {
    const body = JSON.stringify({ query: PRICES.replace(']]', '] [(= ?n "p1")]]'), asOf: 2 })
    const answer = await raw('/query', { accept, 'content-type': 'application/json' }, 'POST', body)
    expect([answer.status, answer.headers['content-type'], answer.body.toString()]).toEqual([200, type, text])
    expect(answer.trailers).toEqual({ 'heartwood-rows': '1' })
  })

  it('answers EDN', async () => {
    const response = await shop.post(
      '/query',
      { query: '[:find [?p ...] :where [_ :product/price ?p]]', asOf: 1 },
      { accept: 'application/edn' },
    )
    expect(await response.text()).toBe(
      '{:t 1 :instant #inst "2024-04-29T10:00:00.000Z" :settled true :at #inst "2024-04-29T10:00:00.000Z" ' +
        ':columns [{:name "p" :find "?p" :type "decimal(2)" :nullable false}] :result [1.50M] :rows 1}\n',
    )
  })
})

describe('saved queries', () => {
  it('are listed, broken ones with the reason', async () => {
    const list: Body[] = (await json(await shop.get('/queries'))) as never
    expect(list.map(({ name }) => name)).toEqual(['broken', 'how-many', 'priced', 'sold'])
    expect(list[0]['error']).toMatch(/sale\/nothing/)
    expect(list[3]).toMatchObject({
      ...{ error: null, doc: 'What was sold at a price of at least so much.', shardBy: '?sale', result: 'rows' },
      params: [{ name: 'least', type: 'decimal(2)', default: '0.00', doc: 'Cheaper ones are left out.' }],
    })
  })

  it('run with parameters by name, repeated for a collection', async () => {
    expect((await json(await shop.get('/queries/sold?least=39.50')))['rows']).toBe(20)
    expect((await json(await shop.get('/queries/priced?names=p1&names=p3&asOf=8')))['result'].sort()).toEqual([
      ['p1', '6.50'],
      ['p3', '8.50'],
    ])
    expect((await json(await shop.get('/queries/how-many')))['result']).toBe(40)
  })
})

describe('the listings', () => {
  it('tell attributes', async () => {
    const list: Body[] = (await json(await shop.get('/attributes'))) as never
    expect(list.find(({ ident }) => ident === ':product/price')).toMatchObject({
      ...{
        type: 'decimal(2)',
        many: false,
        owner: 'shop-data',
        contracts: ['shop/sale/1.0'],
        live: 4,
        history: 36,
        unique: false,
      },
    })
  })

  it('tell dead letters', async () => {
    const page = await json(await shop.get('/dead-letters?reason=invalid-event&topic=shop.sale&limit=5'))
    expect(page).toMatchObject({ total: 1, counts: { 'invalid-event': 1 }, next: null })
    expect(page['items'][0]).toMatchObject({ reason: 'invalid-event', value: '{"sale_id": "broken"}' })
    expect((await json(await shop.get('/dead-letters?topic=none')))['total']).toBe(0)
  })

  it('tell which t a moment is', async () => {
    expect(await json(await shop.get('/t?at=2024-04-29T11:30:00Z'))).toEqual({
      ...{ t: 2, instant: '2024-04-29T11:00:00.000Z', settled: true, completeThrough: '2024-05-01T07:00:00.000Z' },
    })
  })

  it('count requests', async () => {
    await shop.get('/entity/product:p1')
    const text = await (await shop.get('/metrics')).text()
    expect(text).toMatch(
      /heartwood_http_request_seconds_count\{method="GET",route="\/entity\/:id",status="200"\} [1-9]/,
    )
    expect(text).toMatch(/^heartwood_t 40$/m)
    expect(text).toMatch(/^heartwood_dead_letters 1$/m)
  })
})

describe('bad input', () => {
  const post = (body: string, type = 'application/json') => ({
    method: 'POST',
    body,
    headers: { 'content-type': type },
  })
  const query = (members: object) => post(JSON.stringify({ query: '[:find ?n :where [_ :product/id ?n]]', ...members }))

  const faults: [string, RequestInit, number, string, string][] = [
    ['/entity', {}, 400, 'argument', 'which entity?'],
    ['/entity/p1', {}, 400, 'argument', 'no entity id'],
    ['/entity/product:p1?id=product:p1', {}, 400, 'argument', 'one of them is enough'],
    ['/entity/produkt:p1', {}, 404, 'not-found', 'no contract knows the entity kind produkt. Did you mean product?'],
    ['/entity/product:p9', {}, 404, 'not-found', 'never mentioned'],
    ['/entity/buyer:abc', {}, 400, 'argument', 'the key of a buyer is a long'],
    ['/entity/%E0%A4%A', {}, 400, 'argument', 'percent-encoded'],
    ['/entity/product:p1?asof=3', {}, 400, 'argument', 'Did you mean asOf?'],
    ['/entity/product:p1?asOf=3&asOf=4', {}, 400, 'argument', 'asOf is given 2 times'],
    ['/entity/product:p1?asOf=41', {}, 400, 'invalid-as-of', 'the last is 40'],
    ['/entity/product:p1?asOf=2024-05-01T00:00', {}, 400, 'invalid-as-of', 'has no zone'],
    ['/entity/product:p1?attributes=prize', {}, 400, 'unknown-attribute', ':product/prize'],
    ['/entity/product:p1?asOf=-1', {}, 400, 'invalid-as-of', 'is no moment'],
    [
      '/entity/product:p1?asOf=1714521600000',
      {},
      400,
      'invalid-as-of',
      'looks like milliseconds since 1970: write it as 2024-05-01T00:00:00.000Z',
    ],
    ['/entity/product:p1?maxAge=30', {}, 400, 'argument', 'maxAge is a duration of ISO-8601 such as P30D'],
    ['/entity/product:p1?maxAge=-P1D', {}, 400, 'argument', 'maxAge is a duration'],
    ['/entity/product:p1?ages=yes', {}, 400, 'argument', 'ages is true or false'],
    ['/entity/product:p1?attributes=', {}, 400, 'argument', 'a comma list of attributes'],
    ['/entity/product:p1?attributes=price{x}', {}, 400, 'argument', 'only references are followed'],
    ['/entity/product:p1?attributes=id,,price', {}, 400, 'argument', 'a comma list of attributes'],
    ['/entity/sale:s%2F3?attributes=product{price', {}, 400, 'argument', 'never closed'],
    ['/entity/sale:s%2F3?attributes=product}', {}, 400, 'argument', 'never opened'],
    ['/entity/sale:s%2F3?attributes=product{price}x', {}, 400, 'argument', 'behind its brace'],
    ['/entity/product:p1?attributes=sale/_product{buyer{id}}', {}, 400, 'argument', 'ask with pull='],
    ['/entity/product:p1?attributes=sale/_buyer', {}, 400, 'argument', 'never refers to a product'],
    ['/entity/product:p1?attributes=sale/id', {}, 400, 'argument', 'belongs to sale'],
    ['/entity/product:p1?pull=[', {}, 400, 'parse-error', 'never closed'],
    ['/entity/product:p1?pull=[:product/prize]', {}, 400, 'unknown-attribute', 'Did you mean :product/price'],
    ['/entity/product:p1?pull=[*]&ages=true', {}, 400, 'argument', 'pull says all that is wanted'],
    ['/entity/product:p1?after=41', {}, 503, 'not-ready', '41 is not applied yet'],
    ['/entity/product:p1?after=shop.sale/0/999999999&waitMs=5', {}, 503, 'not-ready', 'after waiting 5 ms'],
    ['/entity/product:p1?after=then', {}, 400, 'argument', 'topic/partition/offset'],
    ['/entity/product:p1?waitMs=5', {}, 400, 'argument', 'which is missing'],
    ['/entity/product:p1?after=1&waitMs=60001', {}, 400, 'argument', 'from 0 to 60000'],
    ['/entity/product:p9/history', {}, 404, 'not-found', 'never mentioned'],
    ['/entity/product:p1/history?attribute=prise', {}, 400, 'unknown-attribute', ':product/prise'],
    ['/entity/sale:s%2F3/history?attribute=product{price}', {}, 400, 'argument', 'cannot be followed here'],
    ['/entity/product:p1/history?attributes=price', {}, 400, 'argument', 'Did you mean attribute?'],
    ['/entity/product:p1', { method: 'DELETE' }, 405, 'wrong-method', 'it takes GET, HEAD'],
    ['/entity/product:p1', { headers: { accept: 'text/html' } }, 406, 'not-acceptable', 'application/json'],
    ['/entity/product:p1', { headers: { 'heartwood-store': 'other.0' } }, 409, 'wrong-store', 'meant for other.0'],
    ['/entity/product:p1?store=other.0', {}, 409, 'wrong-store', 'meant for other.0'],
    ['/entities', post('{}'), 400, 'argument', 'ids is a list'],
    ['/entities', post('[]'), 400, 'argument', 'a JSON object'],
    ['/entities', post('{"ids":'), 400, 'parse-error', 'not JSON'],
    ['/entities', post('{"ids":[]}', 'text/plain'), 415, 'unsupported-media', '-H'],
    ['/entities', post('{"ids":[true]}'), 400, 'argument', 'ids: number 1'],
    ['/entities', post('{"ids":[],"attribute":[]}'), 400, 'argument', 'Did you mean attributes?'],
    ['/entities', post('{"ids":[],"attributes":[1]}'), 400, 'argument', 'attributes is a list'],
    ['/entities', post('{"ids":["produkt:1"]}'), 404, 'not-found', 'Did you mean product?'],
    ['/entities', post('{"ids":["p1"]}'), 400, 'argument', 'no entity id'],
    ['/entities', post('{"ids":[],"asOf":99}'), 400, 'invalid-as-of', 'the last is 40'],
    ['/entities', post(JSON.stringify({ ids: Array(10_001).fill('product:p1') })), 400, 'argument', 'at most 10000'],
    ['/entities', {}, 405, 'wrong-method', 'it takes POST'],
    ['/entities/produkt', {}, 404, 'not-found', 'Did you mean product?'],
    ['/entities/product?limit=0', {}, 400, 'argument', 'from 1 to 10000'],
    ['/entities/product?after=x:1', {}, 404, 'not-found', 'entity kind x'],
    ['/entities/product?after=9', {}, 400, 'argument', 'give back the next'],
    ['/entities/product?price=1.50', {}, 400, 'argument', 'has no index; a product can be listed by :product/id'],
    ['/entities/product?prize=1.50', {}, 400, 'unknown-attribute', 'Did you mean :product/price?'],
    ['/entities/sale?product=p1', {}, 400, 'argument', 'no entity id'],
    ['/entities/buyer?id=seven', {}, 400, 'argument', ':buyer/id is a long'],
    ['/entities/buyer?id=1&id=2', {}, 400, 'argument', 'id is given 2 times'],

    ['/query', post('{"query":'), 400, 'parse-error', 'not JSON'],
    ['/query', post('[]'), 400, 'argument', 'a JSON object'],
    ['/query', post('{}'), 400, 'argument', 'query is missing'],
    ['/query', post('{"query": 5}'), 400, 'argument', 'query is missing'],
    ['/query', query({ asof: 3 }), 400, 'argument', 'Did you mean asOf?'],
    ['/query', query({ asOf: {} }), 400, 'argument', 'asOf is a t'],
    ['/query', query({ asOf: 41 }), 400, 'invalid-as-of', 'the last is 40'],
    ['/query', query({ asOf: 'yesterday' }), 400, 'invalid-as-of', 'is no moment'],
    ['/query', query({ limit: -1 }), 400, 'argument', 'limit is a whole number'],
    ['/query', query({ offset: 1.5 }), 400, 'argument', 'offset is a whole number'],
    ['/query', query({ timeoutMs: '5' }), 400, 'argument', 'timeoutMs is a whole number'],
    ['/query', query({ args: 'France' }), 400, 'argument', 'args is an object'],
    ['/query', query({ args: { x: null } }), 400, 'argument', 'is null'],
    ['/query', query({ args: { x: { y: 1 } } }), 400, 'argument', '$edn'],
    ['/query', query({ args: { x: 1 } }), 400, 'argument', 'takes no argument x'],
    ['/query', query({ sources: { before: {} } }), 400, 'argument', 'begins with $'],
    ['/query', query({ sources: { $x: 5 } }), 400, 'argument', 'the source $x'],
    ['/query', query({ sources: { $x: { asOff: 5 } } }), 400, 'argument', 'Did you mean asOf?'],
    ['/query', query({ sources: { $x: { history: 1 } } }), 400, 'argument', 'history'],
    ['/query', query({ query: '[:find ?n' }), 400, 'parse-error', 'never closed'],
    ['/query', query({ query: '[:find ?n :where [_ :product/idd ?n]]' }), 400, 'unknown-attribute', ':product/idd'],
    ['/query', query({ query: '[:find ?x :where [_ :product/id ?n]]' }), 400, 'unbound-variable', '?x'],
    ['/query', post('[:find ?n', 'application/edn'), 400, 'parse-error', 'never closed'],
    ['/query', post('{:query [:find ?n] :ass-of 5}', 'application/edn'), 400, 'argument', 'Did you mean :as-of?'],
    ['/query', post('{:query [:find ?n] :limit "a"}', 'application/edn'), 400, 'argument', ':limit is a whole number'],
    ['/query', post('{:query [:find ?n] :as-of [1]}', 'application/edn'), 400, 'argument', ':as-of is a t'],
    ['/query', post('{:query [:find ?n] :args 5}', 'application/edn'), 400, 'argument', ':args is a map'],
    ['/query', post('{:query [:find ?n] :sources {$a {:before 5}}}', 'application/edn'), 400, 'argument', ':before'],
    ['/query', post('query=x', 'application/x-www-form-urlencoded'), 415, 'unsupported-media', '-H'],
    [
      '/query',
      { method: 'POST', body: new Uint8Array([0xff]), headers: { 'content-type': 'application/json' } },
      400,
      'parse-error',
      'UTF-8',
    ],
    ['/query', { method: 'PUT' }, 405, 'wrong-method', 'it takes POST, GET, HEAD'],
    ['/query', {}, 400, 'argument', 'q is missing'],
    ['/query?q=[:find ?n&args={', {}, 400, 'argument', 'args: this is not JSON'],
    ['/query?q=[]&limit=few', {}, 400, 'argument', 'limit is a whole number'],
    ['/query?query=[]', {}, 400, 'argument', 'there is no parameter query here'],
    ['/explain', post('{}'), 400, 'argument', 'query is missing'],
    ['/explain', post('{"query":"[:find ?n :where [_ :product/id ?n]]","run":1}'), 400, 'argument', 'run is'],
    ['/explain', post('{"query":"sold","limit":3}'), 400, 'argument', 'limit is not for a saved query'],
    ['/explain', post('{"query":"solt"}'), 404, 'unknown-query', 'Did you mean sold'],
    ['/pull', post('{}'), 400, 'argument', 'pattern is missing'],
    ['/pull', post('{"pattern":"[*]"}'), 400, 'argument', 'ids is a list'],
    ['/pull', post('{"pattern":"[:product/prize]","ids":[]}'), 400, 'unknown-attribute', ':product/price'],
    ['/pull', post('{"pattern":"[*","ids":[]}'), 400, 'parse-error', 'never closed'],
    ['/pull', post('{"pattern":"[*]","ids":[],"as-of":1}'), 400, 'argument', 'Did you mean asOf?'],

    ['/queries?x=1', {}, 400, 'argument', 'It takes none'],
    ['/queries/soled', {}, 404, 'unknown-query', 'Did you mean sold?'],
    ['/queries/broken', {}, 404, 'unknown-query', 'sale/nothing'],
    ['/queries/sold@0000', {}, 404, 'unknown-query', '0000'],
    ['/queries/sold?leest=3', {}, 400, 'argument', 'Did you mean least?'],
    ['/queries/sold?least=cheap', {}, 400, 'argument', 'least'],
    ['/queries/sold?least=1&least=2', {}, 400, 'argument', 'least is given 2 times'],
    ['/queries/sold?limit=some', {}, 400, 'argument', 'limit'],
    ['/queries/priced', {}, 400, 'argument', 'names'],

    ['/extract/none/plan', {}, 404, 'unknown-query', 'none'],
    ['/extract/sold/plan?shards=0', {}, 400, 'argument', 'from 1 to 4096'],
    ['/extract/sold/plan?shards=4097', {}, 400, 'argument', 'from 1 to 4096'],
    ['/extract/sold/plan?shards=two', {}, 400, 'argument', 'shards'],
    ['/extract/sold/plan?count=yes', {}, 400, 'argument', 'count is true or false'],
    ['/extract/sold/plan?asOf=99', {}, 400, 'invalid-as-of', 'the last is 40'],
    ['/extract/sold/plan?colums=a', {}, 400, 'argument', 'colums'],
    ['/extract/sold/plan?columns=prise', {}, 400, 'argument', 'there is no column prise. Did you mean price?'],
    ['/extract/sold/plan?columns=', {}, 400, 'argument', 'columns names no column'],
    ['/extract/sold/plan?filters=price', {}, 400, 'argument', 'filters: this is not JSON'],
    ['/extract/sold/plan?filters=["price",">","3"]', {}, 400, 'argument', 'filters is JSON such as'],
    ['/extract/sold/plan?filters=[["price","~","3"]]', {}, 400, 'argument', 'is no filter'],
    ['/extract/sold?filters=[["price",">","dear"]]', {}, 400, 'argument', 'dear'],
    ['/extract/sold?filters=[["price",">",null]]', {}, 400, 'argument', 'null'],
    ['/extract/sold?filters=[["prize","null"]]', {}, 400, 'argument', 'Did you mean price?'],
    ['/extract/how-many/plan', {}, 422, 'cannot-shard', 'how-many'],
    ['/extract/none?shard=0&of=1&t=1', {}, 404, 'unknown-query', 'none'],
    ['/extract/sold?shard=0&of=4', {}, 400, 'argument', 'take the links of the plan'],
    ['/extract/sold?shard=0&t=4', {}, 400, 'argument', 'shard and of belong together'],
    ['/extract/sold?shard=4&of=4&t=4', {}, 400, 'argument', 'from 0 to 3'],
    ['/extract/sold?shard=0&of=0&t=4', {}, 400, 'argument', 'of goes from 1 to 4096'],
    ['/extract/sold?shard=0&of=5000&t=4', {}, 400, 'argument', 'of goes from 1 to 4096'],
    ['/extract/sold?shard=-1&of=4&t=4', {}, 400, 'argument', 'shard is a whole number'],
    ['/extract/sold?shard=0&of=1&t=99', {}, 400, 'invalid-as-of', 'the last is 40'],
    ['/extract/sold?shard=0&of=1&t=9&asOf=9', {}, 400, 'argument', 'one of them is enough'],
    ['/extract/sold?shard=0&of=1&t=9&store=other.0', {}, 409, 'wrong-store', 'other.0'],
    ['/extract/sold', { headers: { accept: 'text/csv' } }, 406, 'not-acceptable', 'arrow'],
    ['/extract/sold/at', post(''), 501, 'unsupported', 'POST /extract/:query/at'],
    ['/extract/entities/custmer', {}, 404, 'not-found', 'no contract knows'],
    ['/extract/entities/sale?attributes=prize', {}, 400, 'unknown-attribute', ':sale/prize'],
    ['/extract/entities/sale?attributes=product{prize}', {}, 400, 'unknown-attribute', ':product/prize'],
    ['/extract/entities/sale?attributes=product{price', {}, 400, 'argument', 'opens a brace that is never closed'],
    ['/extract/entities/sale?attributes=at{price}', {}, 400, 'argument', 'only references are followed'],
    [
      '/extract/entities/sale?attributes=product{price,price}',
      {},
      400,
      'argument',
      'two fields of :sale/product the name',
    ],
    ['/extract/entities/sale?attributes=id,:sale/id', {}, 400, 'argument', 'two columns the name id'],
    ['/extract/entities/sale?attributes=:product/price', {}, 400, 'argument', 'belongs to product'],
    ['/extract/entities/sale?t=1&t=2', {}, 400, 'argument', 'take the links of the plan'],
    ['/extract/entities/sale?shard=0&of=2', {}, 400, 'argument', 'take the links of the plan'],
    ['/extract/entities/sale?asOf=99', {}, 400, 'invalid-as-of', 'the last is 40'],
    ['/extract/entities/sale?country=x', {}, 400, 'argument', 'country'],

    ['/attributes?kind=x', {}, 400, 'argument', 'It takes none'],
    ['/dead-letters?reason=not_json', {}, 400, 'argument', 'Did you mean not-json?'],
    ['/dead-letters?limit=0', {}, 400, 'argument', 'from 1 to 1000'],
    ['/dead-letters?after=x', {}, 400, 'argument', 'after is a whole number'],
    ['/dead-letters/replay', post('{}'), 404, 'unknown-route', '--collect'],
    ['/t?at=never', {}, 400, 'invalid-as-of', 'never'],
    ['/health?x=1', {}, 400, 'argument', 'It takes none'],
    ['/ready', { method: 'POST' }, 405, 'wrong-method', 'it takes GET, HEAD'],
    ['/metrics', { headers: { accept: 'application/json' } }, 406, 'not-acceptable', 'text/plain'],
    ['/contracts/shop/sael/1.0', {}, 404, 'not-found', 'Did you mean shop/sale?'],
    ['/contracts/shop/sale/2.0', {}, 404, 'not-found', 'there is 1.0'],
    ['/contracts/shop/sale/1.0?format=avro', {}, 400, 'argument', 'json or jsonschema'],
    ['/log?from=42', {}, 400, 'invalid-as-of', 'the last is 40'],
    ['/log?from=yesterday', {}, 400, 'invalid-as-of', 'is no moment'],
    ['/log?limit=0', {}, 400, 'argument', 'from 1 to 10000'],
    ['/log?follow=true&to=9', {}, 400, 'argument', 'leave out to'],
    ['/log?until=9', {}, 400, 'argument', 'there is no parameter until'],
    ['/events/shop/sale', post('{}'), 501, 'unsupported', 'POST /events'],
    ['/openapi.json?x=1', {}, 400, 'argument', 'It takes none'],
    ['/attribute', {}, 404, 'unknown-route', 'Did you mean /attributes?'],
    ['/entity/a/b/c', {}, 404, 'unknown-route', '/entity/:id'],
    ['/', {}, 404, 'unknown-route', 'nothing is served at /'],
  ]

  it.each(faults.map(([path, init, ...said]) => [path, ...said, init] as const))(
    '%s is %i %s: %s',
    async (path, status, kind, words, init) => {
      const response = await shop.fetch(path, init)
      const body = await json(response)
      expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
      expect(body).toMatchObject({ status, kind, type: `urn:heartwood:error:${kind}`, title: expect.any(String) })
      expect(body['detail']).toContain(words)
      if (status === 405) expect(response.headers.get('allow')).toMatch(/GET, HEAD$|^POST$/)
    },
  )

  it('that is too large is refused', async () => {
    const response = await shop.post('/query', `"${'x'.repeat(17 << 20)}"`)
    expect(response.status).toBe(413)
    expect(await json(response)).toMatchObject({ kind: 'too-large', detail: expect.stringContaining('16777216 bytes') })
  })

  it('in JSON is placed by line and column', async () => {
    const { line, column } = await json(await shop.post('/query', '{\n  "query": "[]",,\n}'))
    expect([line, column]).toEqual([2, 17])
    expect(await json(await shop.post('/query', '{"query": "[]", "query": "[:find]"}'))).toMatchObject({
      kind: 'parse-error',
    })
  })

  it('names what is near', async () => {
    expect((await json(await shop.get('/queries/soled')))['nearest']).toEqual(['sold'])
    expect((await json(await shop.get('/entity/product:p1?asof=1')))['nearest']).toEqual(['asOf'])
  })
})

describe('a bug of ours', () => {
  it('is an id to the client, and an error to the log', async () => {
    const { database } = shop
    const logged: [object, string][] = []
    const faulty = replacing(database, {
      attributes: () => {
        throw new TypeError('x is secret')
      },
    })
    const log = { ...silent, error: (about: object, words: string) => void logged.push([about, words]) }
    const server = createServer(faulty, { log })
    const url = await server.listen(0, '127.0.0.1')
    const response = await fetch(`${url}/attributes`)
    const body = await json(response)
    await server.close()
    expect(response.status).toBe(500)
    expect(body).toEqual({
      ...{
        type: 'urn:heartwood:error:internal',
        title: 'Internal',
        status: 500,
        kind: 'internal',
        id: expect.any(String),
      },
      detail: expect.stringContaining(body['id']),
    })
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(logged).toHaveLength(1)
    expect(logged[0][0]).toMatchObject({ id: body['id'], err: { message: 'x is secret' } })
  })

  it('that shows while a reply is sent breaks the connection', async () => {
    const { database } = shop
    const texts = replacing(database, {
      query(asked) {
        const { answer, view } = database.query(asked)
        const strings = {
          ...{ size: 1, code: () => 0 },
          text: (code: number) => {
            if (code === 4321) throw new FactError('internal', 'the dictionary is torn')
            return `text ${code} ${'x'.repeat(100)}`
          },
        }
        const values = Int32Array.from({ length: 5000 }, (_, i) => i)
        const columns = answer.columns.map(column => ({ ...column, v: { as: 'i32' as const, values } }))
        return { answer: { ...answer, strings, columns, rows: 5000 }, view }
      },
    })
    const server = createServer(texts, { log: silent })
    const url = await server.listen(0, '127.0.0.1')
    for (const accept of ['text/csv', 'application/x-ndjson', 'application/json']) {
      const response = await fetch(`${url}/query?q=[:find ?n :where [_ :product/id ?n]]`, { headers: { accept } })
      expect(response.status).toBe(200)
      await expect(response.text(), accept).rejects.toThrow()
    }
    await server.close()
  })
})

describe('the server', () => {
  it('says when it is not ready', async () => {
    let ready = false
    const server = createServer(shop.database, { log: silent, ready: () => ready })
    const url = await server.listen(0, '127.0.0.1')
    expect((await fetch(`${url}/ready`)).status).toBe(503)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    ready = true
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    await server.close()
  })

  it('says that a port is in use', async () => {
    const port = Number(new URL(shop.url).port)
    const second = createServer(shop.database, { log: silent })
    await expect(second.listen(port, '127.0.0.1')).rejects.toThrow(
      `port ${port} of 127.0.0.1 is in use; choose another with --port`,
    )
  })

  it('finishes what it began when it closes, and takes no more', async () => {
    const server = createServer(shop.database, { log: silent })
    const url = await server.listen(0, '127.0.0.1')
    const response = await fetch(`${url}/queries/sold`, { headers: { accept: 'text/csv' } })
    const closed = server.close()
    expect((await response.text()).split('\r\n')).toHaveLength(42)
    await closed
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })
})
