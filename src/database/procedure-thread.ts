import { createHash } from 'node:crypto'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { FactError } from '../base/error.ts'
import { parseType } from '../model/type.ts'
import type { Procedure } from '../query/query.ts'
import { fromWire, toWire, type Wire } from './procedure-values.ts'
import type { Asked, Told } from './procedure-worker.ts'

const LOAD_MS = 10_000
const CALL_MS = 1000

/** How often a thread that waits for a procedure asks whether its query is to end, milliseconds. */
const LOOK_MS = 20

/** What a file declares: the names and types of its procedures. */
export type Declared = Extract<Told, { procedures: unknown }>['procedures']

interface Running {
  readonly worker: Worker
  readonly port: MessagePort
  readonly signal: Int32Array
  /** Files that this thread has read, by their digest. */
  readonly loaded: Set<string>
}

/**
 * Runs procedures in a thread of their own and waits for it, so that one which loops ends its query alone: the thread is ended, and the
 * next call begins another.
 */
export class ProcedureThread {
  readonly #stop: () => void
  /** By the digest of the file. */
  readonly #declared = new Map<string, Declared>()
  #running: Running | null = null

  /** `stop` is asked again and again while a procedure is at work, and throws where its query is to end. */
  constructor(stop: () => void = () => {}) {
    this.#stop = stop
  }

  /** What a file declares that was loaded before. */
  declared(text: string): Declared | undefined {
    return this.#declared.get(digestOf(text))
  }

  /** Takes from another thread what a file declares, so that it need not be read before something of it is called. */
  know(text: string, declared: Declared): void {
    this.#declared.set(digestOf(text), declared)
  }

  /** The procedures that a file exports. Throws `procedure` with line and column of the file where it cannot be used. */
  load(path: string, text: string): Procedure[] {
    const key = digestOf(text)
    return (this.#declared.get(key) ?? this.#load(key, path, text)).map(({ name, args, returns }) => {
      const types = args.map(parseType)
      const result = parseType(returns)
      return {
        name,
        args: types,
        returns: result,
        text,
        call: rows => {
          this.#load(key, path, text)
          const given = rows.map(row => row.map(toWire))
          const answer = this.#ask({ do: 'call', key, name, rows: given }, CALL_MS, `${path}: ${name}`)
          if ('values' in answer) return answer.values.map((wire: Wire) => fromWire(wire, result))
          throw faultIn(`${name} failed`, path, answer)
        },
      }
    })
  }

  #load(key: string, path: string, text: string): Declared {
    const known = this.#declared.get(key)
    if (known !== undefined && this.#running?.loaded.has(key)) return known
    const told = this.#ask({ do: 'load', key, text }, LOAD_MS, path)
    if (!('procedures' in told)) throw faultIn('cannot be read', path, told)
    this.#running!.loaded.add(key)
    this.#declared.set(key, told.procedures)
    return told.procedures
  }

  #ask(asked: Asked, ms: number, what: string): Told {
    const { port, signal } = (this.#running ??= begin())
    const before = Atomics.load(signal, 0)
    port.postMessage(asked)
    const end = performance.now() + ms
    while (Atomics.wait(signal, 0, before, LOOK_MS) === 'timed-out') {
      try {
        this.#stop()
        if (performance.now() > end)
          throw new FactError('procedure', `${what} ran for over ${ms / 1000} s and was stopped`)
      } catch (error) {
        // whatever it answers later would be taken for the answer to the next call
        this.close()
        throw error
      }
    }
    return receiveMessageOnPort(port)!.message as Told
  }

  close(): void {
    void this.#running?.worker.terminate()
    this.#running?.port.close()
    this.#running = null
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function begin(): Running {
  const { port1, port2 } = new MessageChannel()
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('./procedure-worker.ts', import.meta.url), {
    workerData: { port: port2, signal },
    transferList: [port2],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  })
  worker.unref()
  port1.unref()
  return { worker, port: port1, signal, loaded: new Set() }
}

function faultIn(what: string, path: string, told: Told): FactError {
  const { fault, line, column } = told as Extract<Told, { fault: string }>
  const place = line === null ? path : `${path}:${line}${column === null ? '' : `:${column}`}`
  return new FactError('procedure', `${place}: ${what}: ${fault}`)
}
