import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainBody } from '../../src/serve/plain-body.ts'
import { openServedShop, type Served, serve } from './given.ts'

let shop: Served
beforeAll(async () => {
  shop = await serve(await openServedShop())
})
afterAll(() => shop.close())

const BODY = JSON.stringify({ ids: ['sale:s/1'] })

describe('a body that is read ahead of the router', () => {
  test('is whole, however it comes', async () => {
    expect(await plainBody(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3)).toEqual(Buffer.from('abc'))
    expect(await plainBody(Readable.from([]), 3)).toEqual(Buffer.alloc(0))
    await expect(plainBody(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 3)).rejects.toThrow(
      'larger than 3 bytes',
    )
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

  test('is unpacked where it is compressed', async () => {
    const init = {
      method: 'POST',
      body: gzipSync(BODY),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    }
    expect((await shop.fetch('/entities', init)).status).toBe(200)
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
