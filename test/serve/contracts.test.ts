import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const get = async (path: string): Promise<unknown> => (await shop.get(path)).json()

it('lists contracts with what came under each', async () => {
  expect(await get('/contracts')).toEqual([
    {
      ...{ name: 'shop/sale', version: '1.0', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), doc: 'A sale.' },
      ...{ owner: 'shop-data', topic: 'shop.sale', published: '2024-04-29T10:00:00.000Z', seen: 40, refused: 1 },
    },
  ])
})

it('gives one as JSON, and as JSON Schema', async () => {
  expect(await get('/contracts/shop/sale/1.0')).toMatchObject({ name: 'shop/sale', topic: 'shop.sale', id: 'sale_id' })
  expect(await get('/contracts/shop/sale/1.0?format=jsonschema')).toMatchObject({
    title: 'shop/sale/1.0',
    required: ['sale_id', 'sold_at', 'product', 'price'],
  })
})

it('tells how sources stand, and how much there is', async () => {
  expect(await get('/status')).toMatchObject({
    ...{ store: shop.database.storeName, t: 40, deadLetters: 1, ready: true, late: 0 },
    completeThrough: '2024-05-01T07:00:00.000Z',
    sources: [{ name: 'kafka:shop.sale/0', next: expect.any(Number), known: '2024-05-01T07:00:00.000Z' }],
  })
  expect(await get('/stats')).toMatchObject({
    ...{ t: 40, kinds: { product: 4, sale: 40, buyer: 14 }, facts: expect.any(Number) },
    ...{ bytesAFact: expect.any(Number), bytesLeft: expect.any(Number), factsLeft: expect.any(Number) },
  })
})
