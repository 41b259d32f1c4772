import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

/** All that comes back for some bytes, until the connection ends. */
const sent = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1', () => socket.write(bytes))
    socket.setTimeout(10_000, () => reject(new Error(`no end, only ${answer}`)))
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })

const problem = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

describe('what cannot be read as a request', () => {
  test('a URL that is too long is told so, in words, and every answer names store and t', async () => {
    const answer = await sent(`GET /query?q=${'x'.repeat(65_536)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 Content Too Large\r\n/)
    expect(answer).toContain('Content-Type: application/problem+json')
    expect(answer).toMatch(/Heartwood-T: \d+\r\n/)
    expect(problem(answer)).toMatchObject({
      ...{ type: 'urn:heartwood:error:too-large', status: 413, kind: 'too-large' },
      detail: expect.stringContaining(
        'larger than 65536 bytes, which is the most that is read; send what is long in the body of a POST',
      ),
    })
  })

  test('a long query fits', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `"product ${i}"`).join(' ')
    const query = `[:find (count ?p) . :where [?p :product/id ?id] [(contains? #{${names}} ?id)]]`
    const { status } = await shop.fetch(`/query?q=${encodeURIComponent(query)}`)
    expect([encodeURIComponent(query).length > 32_768, status]).toEqual([true, 200])
  })

  test('no HTTP at all', async () => {
    const answer = await sent('hello\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(problem(answer)).toMatchObject({
      kind: 'argument',
      detail: expect.stringContaining('no request of HTTP/1.1'),
    })
    expect((await shop.fetch('/health')).status).toBe(200)
  })

  test('is counted', async () => {
    const counted = async (status: number) => {
      const text = await (await shop.fetch('/metrics')).text()
      return Number(new RegExp(`unreadable_requests_total{status="${status}"} (\\d+)`).exec(text)?.[1] ?? 0)
    }
    const [bad, large] = [await counted(400), await counted(413)]
    await sent('hello\r\n\r\n')
    await sent('hello again\r\n\r\n')
    await sent(`GET /${'x'.repeat(65_536)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect([await counted(400), await counted(413)]).toEqual([bad + 2, large + 1])
  })
})
