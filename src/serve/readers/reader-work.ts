/** The work of a reader thread: it takes one request at a time, answers it as the server itself would, and hands over finished bytes. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { assert } from '../../base/assert.ts'
import { FactError } from '../../base/error.ts'
import { toFailure } from '../../base/failure.ts'
import { standBack } from '../../base/stand-back.ts'
import { DatabaseOverMemory } from '../../database/shared-database.ts'
import type { Seen } from '../../store/seen.ts'
import { answer } from '../answer.ts'
import { firstPieces, SHORT } from '../first-pieces.ts'
import { READER_ROUTES } from '../reader-routes.ts'
import type { Chunk, Reply, Request } from '../route.ts'
import { beginRest, endRest } from './free-memory.ts'
import { SlotWriter } from './slot-writer.ts'
import { ANSWERED, CARRIED, type FromReader, type Job, type ReaderStart, STOP, type ToReader } from './wire.ts'

const { database: shared, cells, slots, kept, nice } = workerData as ReaderStart
const port = parentPort!
const tell = (message: FromReader): void => port.postMessage(message)

/** The job at work, or 0. */
let current = 0
/** Up to where it sees the store. */
let seen: Seen = { basis: 0, frontier: 0 }

function stop(): void {
  if (current !== 0 && Atomics.load(cells, STOP) === current)
    throw new FactError('timeout', 'nobody waits for the answer any more, and the query was ended')
}

/** Asks the thread that has the log, and waits for it. */
function findKept(name: string, version: string): string | undefined {
  const answered = Atomics.load(cells, ANSWERED)
  tell({ wanted: { name, version } })
  Atomics.wait(cells, ANSWERED, answered)
  return receiveMessageOnPort(kept)!.message as string | undefined
}

const database = new DatabaseOverMemory(shared, findKept, stop)
const routes = new Map(READER_ROUTES.map(route => [`${route.method} ${route.path}`, route]))

const writer = new SlotWriter(cells, slots, {
  tell: (slot, length) => tell({ id: current, slot, length }),
  stop,
  pausing(wait) {
    database.end()
    try {
      wait()
    } finally {
      database.begin(seen)
    }
  },
})

function requestOf({ method, params, search, headers, body }: Job): Request {
  return {
    ...{ method, params, query: new URLSearchParams(search), body: body ?? new Uint8Array(0) },
    header(name) {
      assert((CARRIED as readonly string[]).includes(name), `the header ${name} is not carried to reader threads`)
      return headers[name]
    },
  }
}

async function work(job: Job): Promise<void> {
  const { id } = job
  current = id
  seen = job.seen
  database.begin(seen)
  try {
    const route = routes.get(job.route)
    if (!route) assert(false, `${job.route} is not answered by readers`)
    // somebody who left while this waited
    stop()
    hand(id, await answer(route, requestOf(job), { database }), job.method)
  } catch (error) {
    writer.discard()
    tell({ id, failed: toFailure(error) })
  } finally {
    database.end()
    current = 0
  }
}

function hand(id: number, { body, ...head }: Reply, method: string): void {
  if ('text' in body) return tell({ id, head, text: body.text })
  if (!('chunks' in body)) assert(false, 'a reader gives whole answers and chunks')
  const { rows } = body
  const counted = rows !== undefined
  // what is written to a slot is copied
  const chunks = (body.lent ?? body.chunks)[Symbol.iterator]()
  try {
    const first = firstPieces(chunks, counted ? 0 : SHORT)
    if (first.done && !counted) return tell({ id, head, text: first.pieces.join('') })
    tell({ id, head, counted })
    if (method !== 'HEAD') {
      for (const piece of first.pieces) writer.write(piece)
      stream(chunks)
    }
    tell({ id, ended: { rows: typeof rows === 'function' ? rows() : (rows ?? 0) } })
  } finally {
    chunks.return?.()
  }
}

function stream(chunks: Iterator<Chunk>): void {
  for (let next = chunks.next(); !next.done; next = chunks.next()) {
    stop()
    writer.write(next.value)
    // nothing of a view is in hand between two chunks
    database.renew()
  }
  writer.flush()
}

port.on('message', (message: ToReader) => {
  if ('queries' in message) return database.learn(message.queries)
  endRest()
  void work(message).then(beginRest)
})
// not before, since the first requests wait for the beginning
standBack(nice)
tell({ ready: true })
