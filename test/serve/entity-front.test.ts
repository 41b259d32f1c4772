import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { EntityFront } from '../../src/serve/entity-front.ts'
import { PlainRequests } from '../../src/serve/plain-request.ts'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

/** Sends pieces one after the other, each once the other side had time to read the one before, and gives all that comes back. */
async function talk(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true).setTimeout(10_000, () => socket.destroy(new Error(`no end, only ${answer}`)))
  let answer = ''
  socket.on('data', chunk => {
    answer += chunk
  })
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  await closed
  return answer
}

/** Without what differs from moment to moment. */
const steady = (answer: string): string => answer.replace(/^(Date|Server-Timing): .*\r\n/gm, '')
const portOf = (url: string) => Number(new URL(url).port)

const HOST = 'Host: x\r\n'
/** Whoever asks so is left to Node, and meant no otherwise. */
const BY_NODE = 'Accept: application/json;q=1\r\n'
const plain = (id: string, fields = '') => `GET /entity/${id} HTTP/1.1\r\n${HOST}${fields}\r\n`
const END = `GET /t HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`

describe('a plain question for one entity', () => {
  test.each([
    'sale:s%2F1',
    'product:p1',
    'buyer:9007199254740990',
    'tx:3',
    'product:nobody',
    'sale:s%2f1',
    'nothing:1',
    'product:p1?attributes=price,sale/_product{buyer}',
    'sale:s%2F1?asOf=7&ages=true',
    'sale:s%2F1?asOf=2024-04-30T12:00:00%2B01:00&maxAge=P1D',
    'product:p1?pull=[:product/price]',
    'product:nobody?attributes=price',
    'product:p1?attributes=nothing',
    'product:p1?asOf=999',
    'product:p1?no=1',
    'product:p1?after=3',
    'product:p1?asOf=1&asOf=2',
    'product:p1?store=other',
    'product:p1?',
  ])('%s is answered as by the route, to the byte', async id => {
    const [ours, routed] = await Promise.all([
      talk(portOf(shop.url), [plain(id), END]),
      talk(portOf(shop.url), [plain(id, BY_NODE), END]),
    ])
    const fields = (answer: string) => steady(answer).split('\r\n\r\n')[0].split('\r\n').sort()
    expect(ours).toMatch(/Date: \w{3}, .* GMT\r\n/)
    expect(ours).toMatch(/Server-Timing: total;dur=\d+\.\d\d\r\n/)
    expect(fields(ours)).toEqual(fields(routed))
    expect(steady(ours).split('\r\n\r\n')[1]).toBe(steady(routed).split('\r\n\r\n')[1])
  })

  test('is counted like every other', async () => {
    const counted = async () =>
      Number(
        /request_seconds_count\{method="GET",route="\/entity\/:id",status="200"\} (\d+)/.exec(
          await (await shop.get('/metrics')).text(),
        )?.[1] ?? 0,
      )
    const before = await counted()
    await talk(portOf(shop.url), [plain('product:p1'), plain('product:p2'), END])
    expect(await counted()).toBe(before + 2)
  })

  test('may stand among others on a connection, cut anywhere: each is answered in its turn', async () => {
    const requests = [
      ...['product:p1', 'sale:s%2F2', 'product:%ff', 'nobody', 'product:nobody'].map(id => plain(id)),
      ...[plain('product:p2', 'Accept-Encoding: gzip, zstd\r\n'), plain('product:p2', 'User-Agent: a\r\nX: y\r\n')],
      ...[plain('product:p3', 'If-None-Match: "x"\r\n'), plain('product:p1?attributes=price')],
      plain('product:p1').replace('GET', 'HEAD'),
      `GET /queries/how-many HTTP/1.1\r\n${HOST}\r\n`,
      `POST /entities HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 24\r\n\r\n{"ids":["product:p1"]}  `,
    ]
    const alone = new Map<string, string>()
    for (const request of requests) {
      const answer = steady(await talk(portOf(shop.url), [request, END]))
      alone.set(request, answer.slice(0, answer.lastIndexOf('HTTP/1.1 ')))
    }
    const sequence = fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(sequence, fc.infiniteStream(fc.integer({ min: 1, max: 300 })), async (asked, cuts) => {
        const bytes = asked.join('') + END
        const pieces: string[] = []
        for (let at = 0; at < bytes.length; ) {
          const whole = [...asked, END].map((_, i) => asked.slice(0, i + 1).join('').length).find(end => end > at)
          const length = cuts.next().value
          // half of them end with a request, as most clients send them
          const end = length % 2 === 0 && whole !== undefined ? whole : at + length
          pieces.push(bytes.slice(at, end))
          at = end
        }
        const answer = steady(await talk(portOf(shop.url), pieces))
        expect(answer.slice(0, answer.lastIndexOf('HTTP/1.1 '))).toBe(asked.map(one => alone.get(one)).join(''))
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    ...['POST /entity/a:b HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /entity/a:b HTTP/1.0\r\nHost: x\r\n\r\n'],
    ...['GET /entity/a:b HTTP/1.1\r\n\r\n', 'GET /entity/a:b HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ...['GET /entity/a:b HTTP/1.1\nHost: x\n\n', 'GET /entity/a:b HTTP/1.1\r\nHost: x\r\n'],
    ...['GET /entity/a:b/history HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /entity/a:b#c HTTP/1.1\r\nHost: x\r\n\r\n'],
    ...['GET  /entity/a:b HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /entity/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ...['Content-Length: 1', 'content-length:0', 'Transfer-Encoding: chunked', 'TRANSFER-ENCODING : chunked'].map(
      field => `GET /entity/a:b HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`,
    ),
    ...['Connection: close', 'Connection: keep-alive, close', 'Expect: 100-continue', 'Upgrade: h2c', 'X: \u00e9'].map(
      field => `GET /entity/a:b HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`,
    ),
    ...[
      'If-None-Match: "a"',
      'Heartwood-Store: other',
      'Origin: http://x',
      'Accept: text/csv',
      'No colon',
      'X: a\0',
    ].map(field => `GET /entity/a:b HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`),
    'GET /entity/a:b HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n',
    `${plain('a:b')}GET`,
    plain('a:b') + plain('a:b'),
    plain('a:b', `X: ${'y'.repeat(5000)}\r\n`),
  ])('is not read into %j', request => {
    expect(new PlainRequests().read(Buffer.from(request, 'latin1'))).toBeNull()
  })

  test('is read with the fields that clients send, whatever others they sent before', () => {
    const requests = new PlainRequests()
    const read = (text: string) => requests.read(Buffer.from(text))
    const asked = (id: string, search = '', encodings = '') => ({ id, search, encodings })
    const usual = 'Connection: keep-alive\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n'
    expect(read(plain('a:b', usual))).toEqual(asked('a:b', '', ' gzip'))
    expect(read(plain('a:c?x={y}&z=1', usual))).toEqual(asked('a:c', 'x={y}&z=1', ' gzip'))
    expect(read(plain('a:c', 'Content-Type: application/json\r\nAuthorization: Bearer x\r\n'))).toEqual(asked('a:c'))
    for (const field of ['Connection: close', 'Proxy-Connection: close', 'Accept-Encoding: x\r\nAccept-Encoding: y'])
      expect(read(plain('a:c', `${field}\r\n`))).toBeNull()
    expect(read(plain('line:5%2F1'))).toEqual(asked('line:5%2F1'))
  })
})

describe('a connection before Node', () => {
  async function front(text: string, keepAliveTimeout = 5000) {
    const server = createServer((_, response) => response.end('node'))
    server.keepAliveTimeout = keepAliveTimeout
    let answers = 0
    const front = new EntityFront(server, () => {
      answers++
      return { text, ascii: true }
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    return { server, front, port, answers: () => answers }
  }

  test('is given to Node where answers are not read, which then slows down who asks', async () => {
    const long = 'x'.repeat(1 << 20)
    const { server, front: own, port, answers } = await front(long)
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    await once(socket, 'connect')
    const asked = 200
    for (let i = 0; i < asked; i++) {
      socket.write(plain('a:b'))
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    expect(own.connections).toBe(0)
    const quick = answers()
    expect(quick).toBeLessThan(asked / 2)
    let bytes = ''
    const last = new Promise<void>(resolve =>
      socket.on('data', chunk => {
        bytes = (bytes + chunk).slice(-1_000_000)
        if ((bytes.match(/node/g)?.length ?? 0) === asked - quick) resolve()
      }),
    )
    socket.resume()
    await last
    socket.destroy()
    server.close()
  })

  test('ends where nothing is asked for long', async () => {
    const { server, front: own, port } = await front('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 1)
    const socket = connect(port, '127.0.0.1').resume()
    socket.write(plain('a:b'))
    await once(socket, 'close')
    await vi.waitFor(() => expect(own.connections).toBe(0), { timeout: 10_000 })
    server.close()
  })

  test('ends with the server, once what was answered has left', async () => {
    const { server, front: own, port } = await front('x'.repeat(4 << 20))
    const reading = connect(port, '127.0.0.1')
    const idle = connect(port, '127.0.0.1').resume()
    const deaf = connect(port, '127.0.0.1').pause()
    let bytes = 0
    reading.on('data', chunk => {
      if (bytes === 0) {
        own.closeIdle()
        // whoever did not hear of it yet asks once more
        reading.write(plain('a:b'))
      }
      bytes += chunk.length
    })
    await Promise.all([once(reading, 'connect'), once(idle, 'connect'), once(deaf, 'connect')])
    for (let i = 0; i < 4; i++) deaf.write(plain('a:b'))
    await new Promise(resolve => setTimeout(resolve, 50))
    reading.write(plain('a:b'))
    const closed = new Promise(resolve => server.close(resolve))
    await Promise.all([once(reading, 'close'), once(idle, 'close')])
    expect(bytes).toBe(4 << 20)
    own.closeAll()
    deaf.on('error', () => {}).resume()
    await closed
  })
})
