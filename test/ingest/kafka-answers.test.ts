import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gatherAnswers } from '../../src/ingest/kafka-answers.ts'
import { ReturnedMemory } from '../../src/ingest/returned-memory.ts'

/** A connection of kafkajs, as far as it puts answers together; keeps what comes out. */
function connected(memory: ReturnedMemory) {
  class Connection {
    readonly socket = {}
    authHandlers: { onSuccess(bytes: Buffer): void } | null = null
    authExpectResponse = true
    readonly heard: { size: number; correlationId: number; payload: Buffer }[] = []
    readonly requestQueue = {
      fulfillRequest: (answer: { size: number; correlationId: number; payload: Buffer }) => this.heard.push(answer),
    }
    processData(_: Buffer): void {}
  }
  gatherAnswers(Connection.prototype, memory)
  return new Connection()
}

function answer(id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + payload.length)
  head.writeInt32BE(id, 4)
  return Buffer.concat([head, payload])
}

describe('answers', () => {
  test('are put together however they come, from memory that is used again at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200_000), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 }),
        (sizes, bites) => {
          const connection = connected(new ReturnedMemory(1 << 20))
          const payloads = sizes.map((size, i) => Buffer.alloc(size, i + 1))
          const all = Buffer.concat(payloads.map((payload, i) => answer(i, payload)))
          const scratch = Buffer.alloc(100_000)
          for (let at = 0, i = 0; at < all.length; i++) {
            const bytes = all.copy(scratch, 0, at, at + bites[i % bites.length])
            connection.processData(scratch.subarray(0, bytes))
            scratch.fill(255)
            at += bytes
          }
          expect(connection.heard.map(({ size, correlationId }) => [size, correlationId])).toEqual(
            sizes.map((size, i) => [size + 4, i]),
          )
          for (const [i, { payload }] of connection.heard.entries()) expect(payload.equals(payloads[i])).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('to what a mechanism of SASL asks come with their length', () => {
    const connection = connected(new ReturnedMemory(1 << 20))
    const said: Buffer[] = []
    connection.authHandlers = { onSuccess: bytes => said.push(bytes) }
    const whole = answer(9, Buffer.from('server-first'))
    connection.processData(whole.subarray(0, 3))
    connection.processData(whole.subarray(3))
    connection.authExpectResponse = false
    connection.processData(Buffer.from('as it is'))
    expect(said.map(String)).toEqual([String(whole), 'as it is'])
  })
})

describe('memory that is given back', () => {
  test('is used again for what it is large enough for, and nothing else is', () => {
    const memory = new ReturnedMemory(1 << 20)
    const first = memory.take(5000)
    expect(first.length).toBe(5000)
    memory.giveBack(first.subarray(10, 20))
    expect(memory.take(9000).buffer).not.toBe(first.buffer)
    expect(memory.take(4097).buffer).toBe(first.buffer)
    expect(memory.take(4097).buffer).not.toBe(first.buffer)
    const other = Buffer.allocUnsafeSlow(8192)
    memory.giveBack(other)
    expect(memory.take(8192).buffer).not.toBe(other.buffer)
    expect(memory.take(0).length).toBe(0)
  })

  test('is kept up to a bound', () => {
    const memory = new ReturnedMemory(1 << 20)
    const [a, b] = [memory.take(1 << 20), memory.take(1 << 20)]
    memory.giveBack(a)
    memory.giveBack(b)
    expect(memory.take(1 << 20).buffer).toBe(a.buffer)
    expect(memory.take(1 << 20).buffer).not.toBe(b.buffer)
  })
})
