import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { BodyRoom, plainBody } from '../../src/serve/plain-body.ts'
import { requestBody } from '../../src/serve/request-body.ts'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const JSON_TYPE = { 'content-type': 'application/json' }
const BODY = JSON.stringify({ ids: ['sale:s/1'] })

describe('a body that is read ahead of the router', () => {
  test('is whole, however it comes', async () => {
    const room = new BodyRoom(4)
    const frees: (() => void)[] = []
    const read = (...pieces: string[]) =>
      plainBody(Readable.from(pieces.map(piece => Buffer.from(piece))), 3, 0, room, free => void frees.push(free))
    expect(await read('ab', 'c')).toEqual(Buffer.from('abc'))
    expect(await read()).toEqual(Buffer.alloc(0))
    await expect(read('ab', 'cd')).rejects.toThrow('more than 4 bytes together')
    expect(room.taken).toBe(3)
    for (const free of frees.splice(0)) free()
    await expect(read('ab', 'cd')).rejects.toThrow('larger than 3 bytes')
    for (const free of frees) free()
    expect(room.taken).toBe(0)
  })

  test('has its part of what all of them may take, until its request is over', async () => {
    const { url, close, get } = await serve(await openServedShop(), { bodies: 1000 })
    const taken = async () => Number(/bodies_bytes (\d+)/.exec(await (await get('/metrics')).text())![1])
    const ask = (body: string) => fetch(`${url}/entities`, { method: 'POST', body, headers: JSON_TYPE })
    const half = connect(Number(new URL(url).port), '127.0.0.1')
    half.write(
      `POST /pull HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n${'x'.repeat(900)}`,
    )
    await vi.waitFor(async () => expect(await taken()).toBe(900), { timeout: 10_000 })
    const long = `${BODY}${' '.repeat(200)}`
    const refused = await ask(long)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toMatchObject({ kind: 'busy', detail: expect.stringContaining('1000 bytes together') })
    expect((await ask(BODY)).status).toBe(200)
    half.destroy()
    await vi.waitFor(async () => expect(await taken()).toBe(0), { timeout: 10_000 })
    expect((await ask(long)).status).toBe(200)
    expect((await ask(`${BODY}${' '.repeat(1000)}`)).status).toBe(503)
    await vi.waitFor(async () => expect(await taken()).toBe(0), { timeout: 10_000 })
    await close()
  })

  test('gives its part back where whoever sent it packed goes away while it is unpacked', async () => {
    const room = new BodyRoom(64 << 20)
    const headers = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }
    const sent = Object.assign(Readable.from([gzipSync(Buffer.alloc(15 << 20))]), { headers })
    let free = () => {}
    const body = requestBody(sent, room, given => {
      free = given
    })
    await vi.waitFor(() => expect(room.taken).toBeGreaterThan(0), { timeout: 10_000, interval: 1 })
    expect(sent.readableEnded).toBe(true)
    free()
    await expect(body.then(bytes => bytes.length)).rejects.toThrow('broke off')
    expect(room.taken).toBe(0)
  })

  test('is refused where it is too large, and the connection goes on', async () => {
    for (let i = 0; i < 2; i++) {
      const large = await shop.post('/entities', `{"ids":["${'x'.repeat(17 << 20)}"]}`)
      expect([large.status, ((await large.json()) as { kind: string }).kind]).toEqual([413, 'too-large'])
    }
    expect((await shop.post('/entities', BODY)).status).toBe(200)
  })

  test('is refused before it comes where it is announced to be too large', async () => {
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1')
    socket.write(
      'POST /entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n{',
    )
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/)
    socket.destroy()
  })

  test('is unpacked where it is compressed, on every route', async () => {
    const packed = (path: string, body: Uint8Array, encoding: string) =>
      shop.fetch(path, { method: 'POST', body, headers: { ...JSON_TYPE, 'content-encoding': encoding } })
    const pull = Buffer.from('{"pattern":"[*]","ids":["sale:s/1"]}')
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      expect((await packed('/entities', pack(BODY), encoding)).status).toBe(200)
      expect((await packed('/pull', pack(pull), encoding)).status).toBe(200)
    }
    const problem = async (response: Response) => [response.status, ((await response.json()) as { kind: string }).kind]
    for (const path of ['/entities', '/pull']) {
      expect(await problem(await packed(path, gzipSync(Buffer.alloc(17 << 20)), 'gzip'))).toEqual([413, 'too-large'])
      expect(await problem(await packed(path, Buffer.from(BODY), 'gzip'))).toEqual([400, 'argument'])
      expect(await problem(await packed(path, gzipSync(BODY).subarray(0, 20), 'gzip'))).toEqual([400, 'argument'])
      expect(await problem(await packed(path, Buffer.from(BODY), 'zip'))).toEqual([415, 'unsupported-media'])
    }
    expect((await shop.post('/entities', BODY)).status).toBe(200)
  })

  test('that breaks off leaves the service as it was', async () => {
    const { port } = new URL(shop.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      'POST /entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ids"',
    )
    await new Promise(resolve => setTimeout(resolve, 50))
    socket.destroy()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect((await shop.post('/entities', BODY)).status).toBe(200)
  })
})
