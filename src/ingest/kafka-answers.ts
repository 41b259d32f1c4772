import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSafely } from 'node:tls'
import { assert } from '../base/assert.ts'
import type { ReturnedMemory } from './returned-memory.ts'

/** A connection of kafkajs, as far as it puts answers together. */
interface Connection {
  readonly authHandlers: { onSuccess(bytes: Buffer): void } | null
  readonly authExpectResponse: boolean
  readonly socket: object
  readonly requestQueue: { fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void }
}

interface Prototype {
  processData(this: Connection, data: Buffer): void
}

/** An answer that has come in part: its length in four bytes, and what that says. */
interface Part {
  readonly length: Buffer
  answer: Buffer | null
  at: number
}

/** Bytes that are read of a connection at once. */
const READ = 1 << 17

/** A connection whose data lie in one piece of memory, good until the next come; encrypted where `ssl` says so. As kafkajs makes them otherwise. */
export function readInPlace(to: {
  readonly host: string
  readonly port: number
  readonly ssl?: ConnectionOptions
  readonly onConnect: () => void
}): Socket {
  const { host, port, ssl, onConnect } = to
  const socket: Socket = ssl
    ? connectSafely({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
    : connect(
        {
          ...{ host, port },
          onread: {
            buffer: Buffer.allocUnsafeSlow(READ),
            callback: (bytes, buffer) => socket.emit('data', buffer.subarray(0, bytes)),
          },
        },
        onConnect,
      )
  socket.setKeepAlive(true, 60_000)
  return socket
}

/** Answers of at least so many bytes are put together in memory that is used again. */
const LARGE = 1 << 16

/**
 * Puts answers together in memory of their own as their parts come, on connections of kafkajs by their prototype: kafkajs keeps the parts, and
 * puts all of them together at the end. What is large is in `memory`, and whoever has read it may give it back. So `data` may be used again at once.
 */
export function gatherAnswers(prototype: Prototype, memory: ReturnedMemory): void {
  assert('processData' in prototype, 'kafkajs 2.2.4 puts answers together here')
  const parts = new WeakMap<object, Part>()
  const memoryOf = (bytes: number) => (bytes < LARGE ? Buffer.allocUnsafeSlow(bytes) : memory.take(bytes))

  prototype.processData = function (data) {
    // before an answer has a length: what a mechanism of SASL said
    if (this.authHandlers && !this.authExpectResponse) return this.authHandlers.onSuccess(Buffer.from(data))
    let part = parts.get(this.socket)
    if (part === undefined) {
      part = { length: Buffer.alloc(4), answer: null, at: 0 }
      parts.set(this.socket, part)
    }
    for (let from = 0; from < data.length; ) {
      const to: Buffer = part.answer ?? part.length
      const copied = data.copy(to, part.at, from)
      from += copied
      part.at += copied
      if (part.at < to.length) return
      part.at = 0
      if (part.answer === null) {
        part.answer = memoryOf(part.length.readInt32BE(0))
        if (part.answer.length > 0) continue
      }
      const { answer } = part
      part.answer = null
      if (this.authHandlers) return this.authHandlers.onSuccess(Buffer.concat([part.length, answer]))
      const [size, correlationId] = [answer.length, answer.readInt32BE(0)]
      this.requestQueue.fulfillRequest({ size, correlationId, payload: answer.subarray(4) })
    }
  }
}
