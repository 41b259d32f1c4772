import { once } from 'node:events'
import { createServer } from 'node:http'
import { Writable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import type { Chunk } from '../../src/serve/route.ts'
import { sendChunks, sendPieces } from '../../src/serve/send.ts'

/** Batches as Arrow gives them: dozens of small arrays and a few large ones. */
function* batches(count: number, large: number): Generator<Chunk> {
  for (let i = 0; i < count; i++)
    yield [...Array.from({ length: 30 }, () => Buffer.alloc(7, i)), Buffer.alloc(large, i), Buffer.alloc(large, i)]
}

const LENGTHS = [100, 8_000, 200_000, 3_000_000]
const COUNT = 12
const server = createServer(async (request, response) => {
  response.writeHead(200)
  const whole = await sendChunks(response, batches(COUNT, Number(request.url!.slice(1))))
  if (whole) response.end()
  else response.destroy()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test.each(LENGTHS)(
  'a stream of batches of %i bytes ends, whether the reader is quick or slow',
  async length => {
    for (const pause of [0, 3]) {
      const response = await fetch(`${url}/${length}`)
      let received = 0
      for await (const part of response.body!) {
        received += part.length
        if (pause > 0 && received < 4_000_000) await new Promise(resolve => setTimeout(resolve, pause))
      }
      expect(received).toBe(COUNT * (30 * 7 + 2 * length))
    }
  },
  20_000,
)

test('every piece is taken once, also where the reader goes away and nobody says what became of it', async () => {
  let taken = 0
  async function* pieces(onTenth = () => {}) {
    for (let i = 0; i < 100; i++) {
      if (i === 10) onTenth()
      yield { bytes: new Uint8Array(10), taken: () => void taken++ }
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  // as a reply whose socket is gone does, it never calls back
  const lost = new Writable({ write: () => {} })
  expect(
    await sendPieces(
      lost,
      pieces(() => lost.destroy()),
    ),
  ).toBe(false)
  await new Promise(resolve => setImmediate(resolve))
  expect(taken).toBe(11)
  const good = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done) })
  expect(await sendPieces(good, pieces())).toBe(true)
  await new Promise(resolve => good.end(resolve))
  expect(taken).toBe(111)
})
