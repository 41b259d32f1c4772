import { afterAll, beforeAll, expect, it } from 'vitest'
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

it('tells what each transaction changed, and what caused it', async () => {
  const { transactions, next } = await get('/log?from=5&to=6')
  expect(next).toBeNull()
  expect(transactions).toEqual([
    {
      ...{ t: 5, instant: '2024-04-29T14:00:00.000Z', recordTime: '2024-04-29T14:00:00.000Z' },
      ...{ eventTime: '2024-04-30T00:00:00.000Z', contract: 'shop/sale/1.0' },
      origin: { contract: 'shop/sale/1.0', topic: 'shop.sale', partition: 0, offset: expect.any(Number) },
      facts: [
        { id: 'product:p0', entity: expect.any(Number), attribute: ':product/price', value: '1.50', op: 'retract' },
        { id: 'product:p0', entity: expect.any(Number), attribute: ':product/price', value: '5.50', op: 'assert' },
        { id: 'sale:s/4', entity: expect.any(Number), attribute: ':sale/id', value: 's/4', op: 'assert' },
        { id: 'sale:s/4', entity: expect.any(Number), attribute: ':sale/product', value: 'product:p0', op: 'assert' },
        { id: 'sale:s/4', entity: expect.any(Number), attribute: ':sale/at', value: expect.any(String), op: 'assert' },
      ],
    },
  ])
})

it('goes on page by page, and facts played back are those that hold', async () => {
  const held = new Map<string, unknown>()
  const seen: number[] = []
  let path: string | null = '/log?limit=7'
  while (path !== null) {
    const page: Body = await get(path)
    for (const { t, facts } of page['transactions']) {
      seen.push(t)
      for (const { id, attribute, value, op } of facts)
        if (op === 'assert') held.set(`${id} ${attribute}`, value)
        else held.delete(`${id} ${attribute}`)
    }
    path = page['next']
  }
  expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  for (const id of ['product:p2', 'sale:s/3', 'buyer:9007199254740993']) {
    const { attributes } = await get(`/entity?id=${id}`)
    for (const [name, value] of Object.entries(attributes)) expect(held.get(`${id} ${name}`), name).toEqual(value)
  }
})

it('takes instants, the first inclusive and the last exclusive', async () => {
  const ts = async (query: string) => (await get(`/log?${query}`))['transactions'].map(({ t }: Body) => t)
  expect(await ts('from=2024-04-29T11:00:00Z&to=2024-04-29T14:00:00Z')).toEqual([2, 3, 4])
  expect(await ts('from=2024-04-29T11:00:00.001Z&to=5')).toEqual([3, 4])
  expect(await ts('from=41')).toEqual([])
  expect(await ts('from=9&to=3')).toEqual([])
  const lines = await (await shop.get('/log?from=39', { accept: 'application/x-ndjson' })).text()
  expect(lines.trim().split('\n')).toHaveLength(2)
})

it.each([{}, { threads: true } as const])(
  'follows: what is there, then what comes, until the server ends: %j',
  async options => {
    const followed = await serve(await openServedShop(), options)
    const response = await followed.get('/log?from=39&follow=true')
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const until = async (lines: number) => {
      while (text.split('\n').length <= lines) {
        const { value, done } = await reader.read()
        if (done) return
        text += value
      }
    }
    await until(2)
    followed.database.write(sale(-4, { sale_id: 'later', product: 'p9', price: '9.00' }))
    await followed.database.commit()
    await until(3)
    expect(
      text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).t),
    ).toEqual([39, 40, 41])
    await followed.server.close()
    expect((await reader.read()).done).toBe(true)
    await followed.close()
  },
)

it('asks no more of the thread with the sockets than to pass pages on: readers make them, and they are the same', async () => {
  const threads = await serve(await openServedShop(), { threads: true })
  const paths = ['/log', '/log?from=5&to=9', '/log?limit=7', '/log?from=2024-04-29T11:00:00Z']
  const plain = await serve(threads.database)
  for (const path of paths) expect(await (await threads.get(path)).json()).toEqual(await (await plain.get(path)).json())
  await plain.server.close()
  threads.database.transactions = () => {
    throw new Error('not on this thread')
  }
  const accept = { accept: 'application/x-ndjson' }
  const response = await threads.get('/log?from=39', accept)
  expect((await response.text()).trim().split('\n')).toHaveLength(2)
  const following = await threads.get('/log?from=40&follow=true', accept)
  const { value } = await following.body!.getReader().read()
  expect(JSON.parse(new TextDecoder().decode(value)).t).toBe(40)
  await threads.close()
})
