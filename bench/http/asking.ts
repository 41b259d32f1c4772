import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { type Asked, closedLoop, onSchedule } from './client.ts'

/** Requests a second on schedule. */
export const RATE = 2000
/** Connections that ask without pause. */
export const CONNECTIONS = 16

/** Asks a server for these paths, in turn, until it is over. */
export type Ask = (url: string, paths: readonly string[], over: () => boolean) => Promise<Asked>

export const scheduled: Ask = (url, paths, over) => onSchedule(url, paths, RATE, over)
export const closed: Ask = (url, paths, over) => closedLoop(url, paths, CONNECTIONS, over)

/** True once some seconds have passed. */
export function after(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000
  return () => performance.now() > end
}

let copies = 0

/** A copy of the store `base` of a folder, for one round: each begins with the same. */
export function freshStore(folder: string): string {
  const data = join(folder, `round-${++copies}`)
  cpSync(join(folder, 'base'), data, { recursive: true })
  return data
}
