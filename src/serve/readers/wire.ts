import type { MessagePort } from 'node:worker_threads'
import type { Failure } from '../../base/failure.ts'
import type { SharedDatabase } from '../../database/shared-database.ts'
import type { SharedQueries } from '../../database/shared-queries.ts'
import type { Seen } from '../../store/seen.ts'
import type { Head } from './piece-stream.ts'

/** What a reader thread is started with. */
export interface ReaderStart {
  readonly database: SharedDatabase
  /** Cells that both threads see; `CELLS` of them. */
  readonly cells: Int32Array<SharedArrayBuffer>
  /** The slots by which streams go to the thread that has the sockets. */
  readonly slots: SharedArrayBuffer
  /** Where the texts of older versions come from. */
  readonly kept: MessagePort
  /** Steps that it stands back behind whoever starts it. */
  readonly nice: number
  /** The folder of the compile cache, null where there is none. */
  readonly compileCache: string | null
}

// cells
/** The number of the job that is to end. */
export const STOP = 0
/** How many slots were given back. */
export const TAKEN = 1
/** How many texts were answered. */
export const ANSWERED = 2
/** Counts whatever may be of interest to a reader that waits. */
export const BELL = 3
export const CELLS = 4

/**
 * Bytes of a slot, and how many there are: what may be under way between a reader and the socket. Handing a slot over costs the thread with the
 * sockets as much as sending a megabyte.
 */
export const SLOT = 1 << 20
export const SLOTS = 4

/** Headers of a request that a route may ask for on a reader thread; in lower case. */
export const CARRIED = ['accept', 'content-type', 'heartwood-store'] as const

/** A request on its way to a reader. */
export interface Job {
  readonly id: number
  /** `GET /queries/:name` */
  readonly route: string
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  /** What stands behind the question mark. */
  readonly search: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  readonly seen: Seen
}

export type ToReader = Job | { readonly queries: SharedQueries }

/** What a reader tells. */
export type FromReader =
  | { readonly ready: true }
  /** Asks for the text of a version that was in force once. */
  | { readonly wanted: { readonly name: string; readonly version: string } }
  /** A whole answer. */
  | { readonly id: number; readonly head: Head; readonly text: string }
  /** The beginning of a stream; with `counted` its rows are told at the end. */
  | { readonly id: number; readonly head: Head; readonly counted: boolean }
  /** The next bytes of it stand in a slot. */
  | { readonly id: number; readonly slot: number; readonly length: number }
  | { readonly id: number; readonly ended: { readonly rows: number } }
  | { readonly id: number; readonly failed: Failure }
