import { connect, type Socket } from 'node:net'

/** One connection that asks and waits for the answer, with as little work of its own as can be. */
export class Connection {
  readonly #socket: Socket
  readonly #ready: Promise<void>
  #chunks: Buffer[] = []
  #missing = -1
  #done: ((status: number) => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #status = 0

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true })
    this.#ready = new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve)
      this.#socket.once('error', reject)
    })
    this.#socket.on('error', error => this.#failed?.(error))
    this.#socket.on('close', () => this.#failed?.(new Error('the server closed the connection')))
    this.#socket.on('data', chunk => this.#take(chunk))
  }

  open(): Promise<void> {
    return this.#ready
  }

  /** The status of the answer, once all of it is there. */
  ask(request: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#failed = reject
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#missing < 0) {
      this.#chunks.push(chunk)
      const head = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      const [, length] = /content-length: (\d+)/i.exec(text) ?? []
      this.#status = Number(text.slice(9, 12))
      this.#missing = Number(length) - (head.length - end - 4)
      this.#chunks = []
    } else this.#missing -= chunk.length
    if (this.#missing > 0) return
    this.#missing = -1
    const done = this.#done
    this.#done = this.#failed = undefined
    done?.(this.#status)
  }
}

export interface Asked {
  readonly answers: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly worst: number
}

function summary(times: number[], seconds: number): Asked {
  const sorted = Float64Array.from(times).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  return { answers: sorted.length, seconds, p50: at(0.5), p99: at(0.99), p999: at(0.999), worst: at(1) }
}

const open = async (url: string, count: number): Promise<Connection[]> => {
  const { hostname, port } = new URL(url)
  const connections = Array.from({ length: count }, () => new Connection(hostname, Number(port)))
  await Promise.all(connections.map(connection => connection.open()))
  return connections
}

const requests = (url: string, paths: readonly string[]): string[] =>
  paths.map(path => `GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)

function good(status: number): void {
  if (status !== 200) throw new Error(`an answer had status ${status}`)
}

/** Each connection asks again as soon as it was answered, until it is over. */
export async function closedLoop(
  url: string,
  paths: readonly string[],
  count: number,
  over: () => boolean,
): Promise<Asked> {
  const texts = requests(url, paths)
  const connections = await open(url, count)
  const times: number[] = []
  const started = performance.now()
  let next = 0
  await Promise.all(
    connections.map(async connection => {
      while (!over()) {
        const sent = performance.now()
        good(await connection.ask(texts[next++ % texts.length]))
        times.push(performance.now() - sent)
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  for (const connection of connections) connection.close()
  return summary(times, seconds)
}

/** Milliseconds between two looks at the clock: timers of the event loop know whole ones only. */
const NAP = 0.1

const nobody = new Int32Array(new SharedArrayBuffer(4))

/**
 * Asks `rate` times a second whatever the server does; an answer that is late counts from when its question was due. Between questions it
 * naps, a tenth of a millisecond at most, since it has no core of its own.
 */
export async function onSchedule(
  url: string,
  paths: readonly string[],
  rate: number,
  over: () => boolean,
): Promise<Asked> {
  const texts = requests(url, paths)
  const idle = await open(url, 64)
  const waiting: { due: number; text: string }[] = []
  const times: number[] = []
  const started = performance.now()
  let next = 0
  let under = 0
  await new Promise<void>((finished, failed) => {
    const ask = (connection: Connection, due: number, text: string): void => {
      under++
      connection.ask(text).then(status => {
        good(status)
        times.push(performance.now() - due)
        under--
        const more = waiting.shift()
        if (more) ask(connection, more.due, more.text)
        else idle.push(connection)
      }, failed)
    }
    const tick = (): void => {
      const now = performance.now()
      const ended = over()
      while (!ended) {
        const due = started + (next * 1000) / rate
        if (due > now) break
        const text = texts[next++ % texts.length]
        const connection = idle.pop()
        if (connection) ask(connection, due, text)
        else waiting.push({ due, text })
      }
      if (ended && under === 0 && waiting.length === 0) return finished()
      Atomics.wait(nobody, 0, 0, Math.max(0, Math.min(NAP, started + (next * 1000) / rate - performance.now())))
      setImmediate(tick)
    }
    tick()
  })
  const seconds = (performance.now() - started) / 1000
  for (const connection of idle) connection.close()
  return summary(times, seconds)
}
