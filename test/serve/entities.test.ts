import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sale } from '../database/given.ts'
import { openServedShop, type Served, serve } from './given.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked into as they come
type Body = Record<string, any>

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const get = async (path: string): Promise<Body> => (await shop.get(path)).json() as Promise<Body>
const attributes = async (path: string) => (await get(path))['attributes']

describe('GET /entity', () => {
  it('names attributes in every way, and what has no value is null', async () => {
    expect(await attributes('/entity/sale:s%2F1?attributes=:sale/id,sale/product,buyer')).toEqual({
      ':sale/id': 's/1',
      ':sale/product': 'product:p1',
      ':sale/buyer': null,
    })
  })

  it('follows a reference by one step, as an object of the same shape', async () => {
    expect(await attributes('/entity/sale:s%2F1?attributes=product{price,tags},buyer{id}')).toEqual({
      ':sale/product': {
        id: 'product:p1',
        entity: (await get('/entity/product:p1'))['entity'],
        attributes: { ':product/price': '38.50', ':product/tags': null },
      },
      ':sale/buyer': null,
    })
  })

  it('goes backwards, in order of the entities', async () => {
    const all = await attributes('/entity/product:p1?asOf=10&attributes=sale/_product')
    expect(all).toEqual({ ':sale/_product': ['sale:s/1', 'sale:s/5', 'sale:s/9'] })
    const followed = await attributes('/entity/product:p1?asOf=6&attributes=sale/_product{product,buyer}')
    expect(followed[':sale/_product'].map((each: Body) => each['attributes'])).toEqual([
      { ':sale/product': 'product:p1', ':sale/buyer': null },
      { ':sale/product': 'product:p1', ':sale/buyer': null },
    ])
    expect(await attributes('/entity/buyer:9007199254740990?asOf=1&attributes=sale/_buyer')).toEqual({
      ':sale/_buyer': ['sale:s/0'],
    })
  })

  it('pulls by a pattern', async () => {
    const pull = encodeURIComponent('[:sale/id {:sale/product [:product/price]}]')
    expect(await get(`/entity/sale:s%2F1?pull=${pull}`)).toMatchObject({
      ...{ id: 'sale:s/1', t: 40 },
      attributes: { ':sale/id': 's/1', ':sale/product': { ':product/price': '38.50' } },
    })
  })

  it('tells since when, and leaves out what is older than asked', async () => {
    const { attributes: all, since } = await get('/entity/product:p1?ages=true')
    expect(since).toEqual({
      ':product/id': { t: 2, instant: '2024-04-29T11:00:00.000Z' },
      ':product/price': { t: 38, instant: '2024-04-30T23:00:00.000Z' },
    })
    expect(Object.keys(all)).toEqual([':product/id', ':product/price'])
    // the price is two hours old at the moment asked: the window is (at - 2 h, at]
    expect(await attributes('/entity/product:p1?maxAge=PT2H')).toEqual({})
    expect(await attributes('/entity/product:p1?maxAge=PT2H1S')).toEqual({ ':product/price': '38.50' })
    expect(await attributes('/entity/product:p1?maxAge=PT2H&attributes=price')).toEqual({ ':product/price': null })
    expect(await attributes('/entity/product:p1?maxAge=P1M&asOf=2024-05-29T11:00:00Z&attributes=id,price')).toEqual({
      ':product/id': null,
      ':product/price': '38.50',
    })
  })

  it('answers once an event is applied', async () => {
    const record = sale(-9, { sale_id: 'awaited', product: 'p1', price: '77.00' })
    const { offset } = record.origin as { offset: bigint }
    const awaited = get(`/entity/sale:awaited?after=shop.sale/0/${offset}&waitMs=20000`)
    shop.database.write(record)
    expect((await shop.get(`/entity/product:p1?after=shop.sale/0/${offset}`)).status).toBe(503)
    await shop.database.commit()
    expect((await awaited)['attributes'][':sale/product']).toBe('product:p1')
    expect((await shop.get(`/entity/product:p1?after=${(await awaited)['t']}`)).status).toBe(200)
  })
})

describe('POST /entities', () => {
  it('gives them in order of their ids, doubles and strangers too', async () => {
    const ids = ['sale:s/39', 'product:p1', 'sale:s/39', 'product:p7', (await get('/entity/product:p0'))['entity']]
    const response = await shop.post('/entities', { ids, asOf: 6, attributes: ['id'] })
    const body = (await response.json()) as Body
    expect(response.headers.get('heartwood-t')).toBe('6')
    expect(body).toEqual({
      ...{ t: 6, instant: '2024-04-29T15:00:00.000Z', settled: true },
      entities: [
        { id: 'sale:s/39', kind: 'not-found', knownFrom: { t: 40, instant: '2024-05-01T01:00:00.000Z' } },
        { id: 'product:p1', entity: expect.any(Number), attributes: { ':product/id': 'p1' } },
        { id: 'sale:s/39', kind: 'not-found', knownFrom: { t: 40, instant: '2024-05-01T01:00:00.000Z' } },
        { id: 'product:p7', kind: 'not-found', knownFrom: null },
        { id: 'product:p0', entity: expect.any(Number), attributes: { ':product/id': 'p0' } },
      ],
    })
    expect(await (await shop.post('/entities', { ids: [] })).json()).toMatchObject({ entities: [] })
  })
})

describe('GET /entities/:kind', () => {
  it('lists a kind in pages, each known entity once', async () => {
    const ids: string[] = []
    let path: string | null = '/entities/sale?limit=7&asOf=40&attributes=id'
    while (path !== null) {
      const page: Body = await get(path)
      expect(page['entities'].length).toBeLessThanOrEqual(7)
      ids.push(...page['entities'].map((each: Body) => each['id']))
      path = page['next'] === null ? null : `/entities/sale?limit=7&asOf=40&attributes=id&after=${page['next']}`
    }
    expect(ids).toEqual(Array.from({ length: 40 }, (_, i) => `sale:s/${i}`))
    expect((await get('/entities/sale?asOf=3'))['entities']).toHaveLength(3)
  })

  it('lists by what has an index: identity and references', async () => {
    const page = await get('/entities/sale?product=product:p1&limit=2&asOf=20&attributes=id')
    expect(page['entities'].map((each: Body) => each['attributes'][':sale/id'])).toEqual(['s/1', 's/5'])
    const rest = await get(`/entities/sale?product=product:p1&asOf=20&attributes=id&after=${page['next']}`)
    expect(rest['entities'].map((each: Body) => each['id'])).toEqual(['sale:s/9', 'sale:s/13', 'sale:s/17'])
    expect(rest['next']).toBeNull()
    expect((await get('/entities/buyer?id=9007199254740993'))['entities']).toMatchObject([
      { id: 'buyer:9007199254740993' },
    ])
    expect((await get('/entities/sale?product=product:p99'))['entities']).toEqual([])
    const both = await get('/entities/sale?product=product:p0&buyer=buyer:9007199254740990&asOf=40')
    expect(both['entities'].map((each: Body) => each['id'])).toEqual(['sale:s/0'])
  })
})

describe('GET /entity/:id/history', () => {
  it('tells every interval with the event that began it', async () => {
    const history = await get('/entity/product:p1/history?attribute=price&asOf=7')
    expect(history).toMatchObject({ id: 'product:p1', t: 7, settled: true })
    const origin = { contract: 'shop/sale/1.0', topic: 'shop.sale', partition: 0, offset: expect.any(Number) }
    expect(history['intervals']).toEqual([
      {
        ...{ attribute: ':product/price', value: '2.50', origin },
        from: { t: 2, instant: '2024-04-29T11:00:00.000Z' },
        to: { t: 6, instant: '2024-04-29T15:00:00.000Z' },
      },
      {
        ...{ attribute: ':product/price', value: '6.50', origin, to: null },
        from: { t: 6, instant: '2024-04-29T15:00:00.000Z' },
      },
    ])
    const whole: Body[] = (await get('/entity/product:p1/history?asOf=40'))['intervals']
    expect(whole.map(each => each['attribute'])).toEqual([':product/id', ...Array(10).fill(':product/price')])
    expect((await shop.get('/entity/sale:s%2F39/history?asOf=3')).status).toBe(404)
  })
})

describe('POST /pull', () => {
  it('gives a map for each id, or null', async () => {
    const response = await shop.post('/pull', {
      pattern: '[:product/price {:sale/_product [:sale/id]}]',
      ids: ['product:p2', 'product:p77', 'product:p3'],
      asOf: 3,
    })
    expect(await response.json()).toEqual({
      ...{ t: 3, instant: '2024-04-29T12:00:00.000Z', settled: true },
      result: [{ ':product/price': '3.50', ':sale/_product': [{ ':sale/id': 's/2' }] }, null, null],
    })
  })
})
