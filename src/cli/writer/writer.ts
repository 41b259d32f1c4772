import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { FactError } from '../../base/error.ts'
import { fromFailure } from '../../base/failure.ts'
import type { WritableDatabase } from '../../database/database.ts'
import type { LetterChoice } from '../../database/letters.ts'
import type { AskWriter, Run, WriterLink } from '../../database/live-database.ts'
import type { SharedQueries } from '../../database/shared-queries.ts'
import type { KafkaReport } from '../../ingest/kafka-report.ts'
import type { ReplayedLetters } from '../../ingest/replay-letters.ts'
import type { AcceptedGap, Writes } from '../../serve/route.ts'
import type { FromWriter, Opened, ToWriter, Wanted, WriterStart } from './wire.ts'

/** How often counts of runs are sent, milliseconds. */
const RUNS_EVERY_MS = 200

/** Whoever started the thread that writes hears what it says. */
export interface WriterHears {
  readonly told: (words: string) => void
  readonly warned: (words: string) => void
  readonly line: (words: string | null) => void
  readonly logged: (message: Extract<FromWriter, { logged: unknown }>['logged']) => void
  readonly ready: () => void
  readonly reported: (report: KafkaReport) => void
  readonly visible: (visible: ReadonlyMap<string, bigint>) => void
  readonly queries: (queries: SharedQueries) => void
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** The thread that writes, as the thread with the sockets sees it. */
export class Writer implements WriterLink, Writes {
  readonly #worker: Worker
  readonly #hears: WriterHears
  readonly #waiting = new Map<number, Waiting>()
  readonly #opened = Promise.withResolvers<Opened>()
  readonly #gone = Promise.withResolvers<void>()
  #asked = 0
  #runs: Run[] = []
  #closed = false

  constructor(start: Omit<WriterStart, 'compileCache'>, hears: WriterHears) {
    this.#hears = hears
    this.#gone.promise.catch(() => {})
    this.#worker = new Worker(new URL('./writer-thread.ts', import.meta.url), {
      name: 'heartwood writer',
      workerData: { ...start, compileCache: getCompileCacheDir() ?? null } satisfies WriterStart,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // records live shorter than that: with what Node allows, the thread holds on to 100 MB more, and is no faster
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    })
    this.#worker.on('message', (message: FromWriter) => this.#hear(message))
    this.#worker.on('error', error => this.#fail(error))
    this.#worker.on('exit', () => {
      if (!this.#closed) this.#fail(new Error('the thread that writes ended'))
    })
  }

  /** What it opened. Throws what opening the store throws. */
  get opened(): Promise<Opened> {
    return this.#opened.promise
  }

  /** Settles when the store is closed; throws where nothing can be written any more. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  readonly ask: AskWriter = (method, ...args) => this.#ask(method, args)

  /** For one reader more. */
  share(): Promise<ReturnType<WritableDatabase['share']>> {
    return this.#ask('share', [])
  }

  keptQuery(name: string, version: string): Promise<string | undefined> {
    return this.#ask('keptQuery', [name, version])
  }

  replay(choice: LetterChoice): Promise<ReplayedLetters> {
    return this.#ask('replay', [choice])
  }

  discard(choice: LetterChoice, why: string): Promise<number> {
    return this.#ask('discard', [choice, why])
  }

  acceptGap(topic: string): Promise<AcceptedGap[]> {
    return this.#ask('acceptGap', [topic])
  }

  #ask<X>(method: Wanted, args: readonly unknown[]): Promise<X> {
    if (this.#closed) return Promise.reject(new FactError('unavailable', 'the store is closed'))
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ ask: id, method, args })
    })
  }

  note(run: Run): void {
    if (this.#runs.push(run) === 1) setTimeout(() => this.#sendRuns(), RUNS_EVERY_MS).unref()
  }

  #sendRuns(): void {
    if (this.#runs.length > 0) this.#send({ runs: this.#runs })
    this.#runs = []
  }

  /** It is served at this URL, and may take in events; what is to be written goes to `collect`. */
  serve(url: string, collect?: string): void {
    this.#send({ served: url, ...(collect !== undefined && { collect }) })
  }

  /** Finishes what it began, and closes the store. */
  async close(): Promise<void> {
    this.#sendRuns()
    if (!this.#closed) this.#send({ stop: true })
    await this.#gone.promise.catch(() => {})
    await this.#worker.terminate()
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message)
  }

  #fail(error: Error): void {
    this.#closed = true
    this.#opened.reject(error)
    this.#gone.reject(error)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  #hear(message: FromWriter): void {
    const hears = this.#hears
    if ('answer' in message) this.#answer(message)
    else if ('visible' in message) hears.visible(message.visible)
    else if ('line' in message) hears.line(message.line)
    else if ('told' in message) hears.told(message.told)
    else if ('warned' in message) hears.warned(message.warned)
    else if ('logged' in message) hears.logged(message.logged)
    else if ('queries' in message) hears.queries(message.queries)
    else if ('ready' in message) hears.ready()
    else if ('report' in message) hears.reported(message.report)
    else if ('opened' in message) this.#opened.resolve(message.opened)
    else if ('failed' in message) this.#fail(fromFailure(message.failed))
    else {
      this.#closed = true
      this.#gone.resolve()
    }
  }

  #answer(message: Extract<FromWriter, { answer: number }>): void {
    const waiting = this.#waiting.get(message.answer)
    this.#waiting.delete(message.answer)
    if ('failed' in message) waiting?.reject(fromFailure(message.failed))
    else waiting?.resolve(message.value as never)
  }
}
