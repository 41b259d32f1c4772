import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import type { Chunk } from '../../src/serve/route.ts'
import { sendChunks } from '../../src/serve/send.ts'

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
