import { FactError } from '../../base/error.ts'
import type { Later } from '../../database/api.ts'
import type { WritableDatabase } from '../../database/database.ts'
import type { Log } from '../log.ts'
import { FairQueue } from './fair-queue.ts'
import type { ReaderReply } from './piece-stream.ts'
import { Reader, type Task } from './reader.ts'
import type { Job } from './wire.ts'

/** How many queries run at once, how many wait, and for how long. */
export interface ReadersOptions {
  /** Threads that run queries; the first begins at once, another when all have something to do. */
  readonly readers: number
  /** Requests that wait for one of them; 0 lets none wait. */
  readonly queue: number
  /** Milliseconds that a request waits at most. */
  readonly queueMs: number
  /** Milliseconds for which a client may take nothing of an answer. */
  readonly stallMs: number
  /** Milliseconds that a query may run; a thread that knows no end by then is ended. */
  readonly timeoutMs: number
  /** Steps that the threads stand back behind this one: with 19 they work when nobody else wants to. */
  readonly nice: number
  /** Megabytes of JavaScript heap that a thread may fill; it is ended, with its query, before it takes the whole process along. */
  readonly heapMb?: number
  readonly log: Log
}

/** Where readers get what they read. */
export interface ReaderSource extends Pick<WritableDatabase, 'sharedQueries' | 'seen'> {
  share(): Later<ReturnType<WritableDatabase['share']>>
  keptQuery(name: string, version: string): Later<string | undefined>
}

/** A request that a reader answers, or will. */
export interface Asked {
  readonly reply: Promise<ReaderReply>
  /** Nobody waits for it any more. */
  cancel(): void
}

/** What a request says of itself: everything of a `Job` but what the pool knows. */
export type Request = Omit<Job, 'id' | 'seen'>

interface Waiting extends Task {
  readonly client: string
  /** Milliseconds. */
  readonly since: number
}

const HEAP_MB = 2048
/** How often it is looked whether somebody waits too long, milliseconds. */
const LOOK_MS = 100
/** A reader that was told to end its query gets so long before its thread is ended, milliseconds. */
const GRACE_MS = 700
/** A client that takes nothing for so long holds its reader up, milliseconds; another thread takes its place meanwhile. */
const SLOW_MS = 250
/** So many threads more may wait for slow clients. */
const SPARE = 8
/** With no thread left, who was slow for so long gives up its place, milliseconds. */
const GIVES_WAY_MS = 5000
/** Threads that end before they can begin are not started again at once. */
const START_AGAIN_MS = 1000
/** Answers whose times tell how long others will wait. */
const TYPICAL = 0.1

/**
 * The pool of reader threads. A request waits in a fair queue until one is free, runs there alone, and is answered from there. One that
 * crashes or does not end fails its own query, and another takes its place.
 */
export class Readers {
  readonly #source: ReaderSource
  readonly #options: ReadersOptions
  readonly #all = new Set<Reader>()
  /** Those with nothing to do; who worked last works next. */
  readonly #free: Reader[] = []
  readonly #queue = new FairQueue<Waiting>()
  readonly #looking: ReturnType<typeof setInterval>
  #queries: ReturnType<ReaderSource['sharedQueries']>
  #jobs = 0
  #starting = 0
  #closed = false
  #replaced = 0
  /** Milliseconds that a query took of late. */
  #typical = 10

  constructor(source: ReaderSource, options: ReadersOptions) {
    this.#source = source
    this.#options = options
    this.#queries = source.sharedQueries()
    this.#start()
    this.#looking = setInterval(() => this.#look(), LOOK_MS)
    this.#looking.unref()
  }

  /** How many queries run at once and wait, and how long, as `/openapi.json` tells it. */
  get limits(): {
    readonly readers: number
    readonly queue: number
    readonly queueMs: number
    readonly stallMs: number
  } {
    const { readers, queue, queueMs, stallMs } = this.#options
    return { readers, queue, queueMs, stallMs }
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#queue.length
  }

  /** Readers at work. */
  get busy(): number {
    let busy = 0
    for (const reader of this.#all) if (reader.task !== null) busy++
    return busy
  }

  /** Threads that ended unasked and were replaced. */
  get replaced(): number {
    return this.#replaced
  }

  /** Runs a request as soon as a reader is free; the moment that it sees is this one. Throws `busy` where too many wait. */
  run(request: Request, client: string): Asked {
    const { queue } = this.#options
    const reader = this.#free.pop()
    if (reader === undefined && this.#queue.length >= queue) throw this.#tooMany()
    // ids go round, since they stand in 32 bits; 0 is none
    this.#jobs = (this.#jobs % 0x3fff_ffff) + 1
    const job: Job = { ...request, id: this.#jobs, seen: this.#source.seen }
    const { promise: reply, resolve, reject } = Promise.withResolvers<ReaderReply>()
    const task: Waiting = { job, resolve, reject, client, since: performance.now() }
    if (reader === undefined) {
      this.#queue.push(client, task)
      if (this.#count < this.#options.readers) this.#start()
    } else reader.run(task)
    return { reply, cancel: () => this.#cancel(task) }
  }

  /** Queries and procedures are looked at again: what changed is in force for whatever is run from now on. */
  refresh(): void {
    const queries = this.#source.sharedQueries()
    if (queries === this.#queries) return
    this.#queries = queries
    for (const reader of this.#all) reader.learn(queries)
  }

  /** Ends all threads; what is at work fails. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#looking)
    for (let task = this.#queue.shift(); task; task = this.#queue.shift())
      task.reject(new FactError('unavailable', 'the server is stopping'))
    await Promise.all([...this.#all].map(reader => reader.end(new FactError('unavailable', 'the server is stopping'))))
  }

  #start(): void {
    this.#starting++
    void this.#begin()
      .catch(err => {
        this.#options.log.error({ err }, 'a reader thread could not be started')
        this.#startLater()
      })
      .finally(() => this.#starting--)
  }

  async #begin(): Promise<void> {
    const { shared, transfer } = await this.#source.share()
    if (this.#closed) return transfer[0].close()
    const reader = new Reader({
      shared,
      transfer,
      nice: this.#options.nice,
      heapMb: this.#options.heapMb ?? HEAP_MB,
      findKept: (name, version) => this.#source.keptQuery(name, version),
      onFree: (free, ms) => {
        if (ms !== null) this.#typical += TYPICAL * (ms - this.#typical)
        this.#next(free)
      },
      onGone: (gone, error) => this.#gone(gone, error),
    })
    reader.learn(this.#queries)
    this.#all.add(reader)
  }

  #startLater(): void {
    setTimeout(() => this.#closed || this.#start(), START_AGAIN_MS).unref()
  }

  /** Threads that there are, or will be in a moment. */
  get #count(): number {
    return this.#all.size + this.#starting
  }

  #next(reader: Reader): void {
    const task = this.#queue.shift()
    if (task) reader.run(task)
    else if (this.#all.size > this.#options.readers) void reader.end()
    else this.#free.push(reader)
  }

  #gone(reader: Reader, error: Error | null): void {
    this.#all.delete(reader)
    const at = this.#free.indexOf(reader)
    if (at >= 0) this.#free.splice(at, 1)
    if (this.#closed) return
    if (error !== null) {
      this.#replaced++
      this.#options.log.error({ err: error }, 'a reader thread ended, and is replaced')
    }
    if (this.#count > 0 && this.#queue.length === 0) return
    if (reader.ready) this.#start()
    else this.#startLater()
  }

  #cancel(task: Waiting): void {
    if (this.#queue.remove(task.client, task)) return task.reject(new FactError('timeout', 'nobody waits any more'))
    for (const reader of this.#all) reader.cancel(task.job.id)
  }

  #tooMany(): FactError {
    const { readers } = this.#options
    const seconds = Math.min(60, Math.ceil((this.#queue.length * this.#typical) / readers / 1000) || 1)
    return new FactError(
      'busy',
      `all ${readers} reader threads are at work and ${this.#queue.length} requests wait for them; ask again in ${seconds} s`,
      { retryAfter: seconds },
    )
  }

  #look(): void {
    const { queueMs, timeoutMs, stallMs } = this.#options
    const now = performance.now()
    for (const task of [...this.#queue])
      if (now - task.since > queueMs && this.#queue.remove(task.client, task)) task.reject(this.#tooMany())
    for (const reader of this.#all) {
      if (reader.cancelled > 0 && now - reader.cancelled > GRACE_MS)
        void reader.end(new FactError('timeout', 'the query did not end when it was told to'))
      else if (reader.began > 0 && !reader.streaming && now - reader.began > timeoutMs + GRACE_MS)
        void reader.end(
          new FactError('timeout', `the query took longer than the ${timeoutMs} ms that a query may take here`),
        )
      else if (reader.stalled > 0 && now - reader.stalled > stallMs) reader.breakOff(tooSlow(stallMs))
    }
    if (this.#queue.length > 0) this.#makeRoom(now)
  }

  /** Somebody waits, and who has the readers may be waiting for clients. */
  #makeRoom(now: number): void {
    const slow = [...this.#all].filter(({ stalled }) => stalled > 0 && now - stalled > SLOW_MS)
    const { readers } = this.#options
    if (this.#count - slow.length >= readers) return
    if (this.#count < readers + SPARE) return this.#start()
    const slowest = slow.sort((a, b) => a.stalled - b.stalled)[0]
    if (slowest && now - slowest.stalled > GIVES_WAY_MS) slowest.breakOff(tooSlow(GIVES_WAY_MS))
  }
}

const tooSlow = (ms: number): FactError =>
  new FactError('timeout', `the client took nothing of the answer for ${ms} ms, and others wait`)
