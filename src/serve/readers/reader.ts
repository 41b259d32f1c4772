import { getCompileCacheDir } from 'node:module'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { FactError } from '../../base/error.ts'
import { fromFailure } from '../../base/failure.ts'
import type { Later } from '../../database/api.ts'
import type { SharedDatabase } from '../../database/shared-database.ts'
import type { SharedQueries } from '../../database/shared-queries.ts'
import { PieceStream, type ReaderReply } from './piece-stream.ts'
import { ANSWERED, BELL, CELLS, type FromReader, type Job, type ReaderStart, SLOT, SLOTS, STOP, TAKEN } from './wire.ts'

/** What a reader does for one request. */
export interface Task {
  readonly job: Job
  readonly resolve: (reply: ReaderReply) => void
  readonly reject: (error: Error) => void
}

export interface ReaderOptions {
  readonly shared: SharedDatabase
  readonly transfer: readonly MessagePort[]
  readonly nice: number
  readonly heapMb: number
  readonly findKept: (name: string, version: string) => Later<string | undefined>
  /** It has nothing to do: at first, and after each task, which took so many milliseconds. */
  readonly onFree: (reader: Reader, ms: number | null) => void
  /** Its thread ended, asked or not. `error` says why, where it was not asked. */
  readonly onGone: (reader: Reader, error: Error | null) => void
}

/** One reader thread, as the thread that has the sockets sees it. */
export class Reader {
  readonly #worker: Worker
  readonly #cells = new Int32Array(new SharedArrayBuffer(4 * CELLS))
  readonly #slots = new SharedArrayBuffer(SLOT * SLOTS)
  readonly #kept: MessagePort
  readonly #options: ReaderOptions
  #ready = false
  #task: Task | null = null
  #stream: PieceStream | null = null
  /** Slots that were handed over here, and not given back. */
  #held = 0
  #error: Error | null = null
  #ending: Promise<unknown> | null = null
  /** When the task began; when it was told to end; since when all slots wait for the client. Milliseconds, 0 where none did. */
  began = 0
  cancelled = 0
  stalled = 0

  constructor(options: ReaderOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#kept = port1
    this.#kept.unref()
    this.#options = options
    const { shared, transfer, nice, heapMb } = options
    const start: ReaderStart = {
      ...{ database: shared, cells: this.#cells, slots: this.#slots, kept: port2, nice },
      compileCache: getCompileCacheDir() ?? null,
    }
    this.#worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
      name: 'heartwood reader',
      workerData: start,
      transferList: [...transfer, port2],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // what lives for a moment gets 48 MB: V8 would let that grow by 130 MB, which is no quicker
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 48 },
    })
    this.#worker.on('message', (message: FromReader) => this.#hear(message))
    this.#worker.on('error', error => {
      this.#error = error
    })
    this.#worker.on('exit', () => this.#gone())
  }

  get ready(): boolean {
    return this.#ready
  }

  get task(): Task | null {
    return this.#task
  }

  /** Whether it gives an answer piece by piece. */
  get streaming(): boolean {
    return this.#stream !== null
  }

  run(task: Task): void {
    this.#task = task
    this.began = performance.now()
    this.#worker.postMessage(task.job)
  }

  learn(queries: SharedQueries): void {
    this.#worker.postMessage({ queries })
  }

  /** Nobody waits for the answer of this job any more. */
  cancel(id: number): void {
    if (this.#task?.job.id !== id) return
    this.cancelled ||= performance.now()
    Atomics.store(this.#cells, STOP, id)
    this.#ring()
  }

  /** Ends the thread; a task that is at work fails with this error. */
  end(error: Error | null = null): Promise<unknown> {
    this.#error ??= error
    this.#ending ??= this.#worker.terminate()
    return this.#ending
  }

  /** Breaks the answer off that is under way. */
  breakOff(error: Error): void {
    this.#stream?.fail(error)
  }

  #ring(): void {
    Atomics.add(this.#cells, BELL, 1)
    Atomics.notify(this.#cells, BELL)
  }

  #hear(message: FromReader): void {
    if ('ready' in message) {
      this.#ready = true
      this.#options.onFree(this, null)
    } else if ('wanted' in message) {
      void this.#find(message.wanted)
    } else if ('text' in message) {
      this.#task!.resolve({ ...message.head, body: { text: message.text } })
      this.#finished()
    } else if ('counted' in message) {
      const { id, head, counted } = message
      const stream = new PieceStream(() => this.cancel(id))
      this.#stream = stream
      this.#task!.resolve({ ...head, body: { stream, counted } })
    } else if ('slot' in message) this.#piece(message.slot, message.length)
    else if ('ended' in message) {
      this.#stream!.end(message.ended.rows)
      this.#finished()
    } else {
      const error = fromFailure(message.failed)
      if (this.#stream) this.#stream.fail(error)
      else this.#task!.reject(error)
      this.#finished()
    }
  }

  async #find({ name, version }: { name: string; version: string }): Promise<void> {
    let text: string | undefined
    try {
      text = await this.#options.findKept(name, version)
    } finally {
      this.#kept.postMessage(text)
      Atomics.add(this.#cells, ANSWERED, 1)
      Atomics.notify(this.#cells, ANSWERED)
    }
  }

  #piece(slot: number, length: number): void {
    this.#held++
    if (this.#held === SLOTS) this.stalled = performance.now()
    const taken = () => {
      this.#held--
      this.stalled = 0
      Atomics.add(this.#cells, TAKEN, 1)
      this.#ring()
    }
    this.#stream!.push({ bytes: new Uint8Array(this.#slots, slot * SLOT, length), taken })
  }

  #finished(): void {
    const ms = performance.now() - this.began
    this.#task = null
    this.#stream = null
    this.began = this.cancelled = this.stalled = 0
    this.#options.onFree(this, ms)
  }

  #gone(): void {
    this.#kept.close()
    const error = this.#error
    const words = error ?? new Error('a reader thread ended')
    const heap = (words as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
    const told = heap ? new FactError('memory', 'the query needs more memory than a reader thread may have') : words
    if (this.#stream) this.#stream.fail(told)
    else this.#task?.reject(told)
    this.#task = null
    this.#stream = null
    this.#options.onGone(this, error)
  }
}
