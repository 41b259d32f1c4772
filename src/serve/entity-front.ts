import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type PlainRequest, PlainRequests } from './plain-request.ts'

/** All that goes back, head and body. */
export interface PlainReply {
  readonly text: string
  /** Whether there is nothing but ASCII in it. */
  readonly ascii: boolean
}

/** Answers such a request; null where that takes more than this. */
export type PlainAnswer = (request: PlainRequest) => PlainReply | null

/** Milliseconds that a connection which asks for nothing is kept beyond what clients are told. */
const GRACE = 1000

/**
 * Stands before Node's own server and answers whoever asks for one entity after the other in the plainest way: the objects by which Node
 * tells of a request and takes an answer cost as much as all the rest. A connection on which anything else is sent is given to Node with all
 * that came, and stays with it.
 */
export class EntityFront {
  readonly #answer: PlainAnswer
  readonly #pass: (socket: Socket) => void
  readonly #idleMs: number
  readonly #sockets = new Set<Socket>()

  constructor(server: Server, answer: PlainAnswer) {
    this.#answer = answer
    this.#idleMs = server.keepAliveTimeout + GRACE
    const own = server.listeners('connection') as ((socket: Socket) => void)[]
    server.removeAllListeners('connection')
    this.#pass = socket => {
      for (const take of own) take.call(server, socket)
    }
    server.on('connection', socket => this.#take(socket))
  }

  /** Connections that Node was not given. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Ends them; what was written to them still leaves. */
  closeIdle(): void {
    for (const socket of this.#sockets) socket.destroySoon()
  }

  /** Ends them, whatever is on its way. */
  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(socket: Socket): void {
    const requests = new PlainRequests()
    const leave = () => void this.#sockets.delete(socket)
    const end = () => void socket.end()
    const gone = () => void socket.destroy()
    const data = (bytes: Buffer) => {
      // the server ends: nothing is answered any more, and what was still leaves
      if (socket.writableEnded) return
      // who asks without reading answers is for Node to slow down
      const request = socket.writableNeedDrain ? null : requests.read(bytes)
      const reply = request === null ? null : this.#answer(request)
      if (reply !== null) return void socket.write(reply.text, reply.ascii ? 'latin1' : 'utf8')
      socket.off('data', data).off('end', end).off('error', gone).off('timeout', gone).off('close', leave)
      socket.setTimeout(0)
      leave()
      socket.pause()
      socket.unshift(bytes)
      this.#pass(socket)
      socket.resume()
    }
    this.#sockets.add(socket)
    socket.setTimeout(this.#idleMs)
    socket.on('data', data).on('end', end).on('error', gone).on('timeout', gone).on('close', leave)
  }
}
