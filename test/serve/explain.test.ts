import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const DEAR = '[:find ?n ?p :where [?e :product/id ?n] [?e :product/price ?p] [(> ?p 38)]]'

async function explain(body: object | string, headers?: Record<string, string>) {
  const response = await shop.post('/explain', body, headers)
  const found = (await response.json()) as {
    text: string
    plan: { op: string; rows: number | null; ms: number | null; children: { op: string }[] }
    warnings: string[]
  }
  return { status: response.status, t: response.headers.get('heartwood-t'), ...found }
}

describe('POST /explain', () => {
  it('shows the plan of the moment asked, and runs nothing', async () => {
    const { status, t, text, plan, warnings } = await explain({ query: DEAR, asOf: 2 })
    expect([status, t, warnings]).toEqual([200, '2', []])
    expect(plan).toMatchObject({ op: 'query', detail: '?n ?p', rows: null, ms: null })
    expect(plan.children.map(({ op }) => op)).toEqual(['scan', 'probe', 'project'])
    expect(text).toMatch(/^query \?n \?p {2}\(~[\d.]+ rows\)\n {2}scan /)
  })

  it('runs it where that is asked, and the text is the same each time', async () => {
    const { plan, text } = await explain({ query: DEAR, run: true })
    expect(plan.rows).toBe(3)
    expect(plan.ms).toBeGreaterThan(0)
    expect((await explain({ query: DEAR, run: true })).text).toBe(text)
  })

  it('takes EDN, the JSON form, and the name of a saved query', async () => {
    const edn = await explain(`{:query ${DEAR} :run true}`, { 'content-type': 'application/edn' })
    expect(edn.plan.rows).toBe(3)
    const form = { find: ['?n'], where: [['?e', ':product/id', '?n']] }
    expect((await explain({ query: form })).text).toContain('scan [?e :product/id ?n]')
    expect((await explain({ query: 'sold', args: { least: '39' }, run: true })).plan.rows).toBe(20)
  })

  it('warns of what may not be meant', async () => {
    const { warnings, text } = await explain({ query: '[:find (sum ?p) . :where [_ :product/price ?p]]' })
    expect(warnings).toEqual([expect.stringContaining('(sum ?p) sees each different value once')])
    expect(text).toContain(`warning: ${warnings[0]}`)
    const crossed = await explain({ query: '[:find ?a ?b :where [?a :product/price] [?b :sale/at]]' })
    expect(crossed.warnings).toEqual([expect.stringContaining('every row meets every row')])
  })

  it('refuses what running it would refuse', async () => {
    const { status, ...problem } = await explain({ query: '[:find ?n\n :where [?e :product/idd ?n]]' })
    expect([status, problem]).toEqual([
      400,
      expect.objectContaining({ kind: 'unknown-attribute', line: 2, column: 13 }),
    ])
  })
})

describe('POST /query', () => {
  it('takes a query in its JSON form, numbers exact', async () => {
    const query = {
      find: ['?n', '?p'],
      where: [['?e', ':product/id', '?n'], ['?e', ':product/price', '?p'], [['>', '?p', 38.5]]],
    }
    const response = await shop.post('/query', { query })
    expect(((await response.json()) as { result: unknown }).result).toEqual([
      ['p2', '39.50'],
      ['p3', '40.50'],
    ])
    const wide = JSON.stringify({ query }).replace('38.5', '39.500000000000000000001')
    expect(((await (await shop.post('/query', wide)).json()) as { result: unknown }).result).toEqual([['p3', '40.50']])
    const wrong = await shop.post('/query', { query: { find: ['?n'], wher: [] } })
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      expect.objectContaining({ kind: 'parse-error', detail: expect.stringContaining('wher is no part of a query') }),
    ])
  })

  it.each([
    [':keys', '{:n "p0" :p 37.50M}'],
    [':syms', '{n "p0" p 37.50M}'],
    [':strs', '{"n" "p0" "p" 37.50M}'],
  ])('writes the names of %s in EDN as they were asked for', async (section, row) => {
    const query = `[:find [?n ?p] ${section} n p :where [?e :product/id ?n] [?e :product/price ?p]]`
    const response = await shop.post('/query', query, {
      'content-type': 'application/edn',
      accept: 'application/edn',
    })
    expect(await response.text()).toContain(`:result ${row} :rows 1`)
  })
})
