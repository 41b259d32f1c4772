import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { FactError } from '../base/error.ts'

/** What SQLite says where another holds the lock. */
const BUSY = 5

const notWritable = (folder: string, error: unknown): FactError =>
  new FactError(
    'unavailable',
    `${folder} cannot be written to (${(error as Error).message}); check its rights. Reading commands need none to write.`,
    { file: folder },
  )

/** Who holds a data folder, as a file beside the lock tells. */
export interface Holder {
  readonly pid: number
  readonly url: string | null
  /** Where it takes what is to be written; absent where nowhere. */
  readonly collect?: string
}

export interface Lock {
  /** Tells others where the holder can be asked, and where it takes what is to be written. */
  announce(url: string, collect?: string): void
  release(): void
}

/**
 * Takes the data folder for one writer. The lock is the operating system's, by way of SQLite's exclusive transaction on
 * `lock.db`, so it is gone with its process, whatever ends it (store rule 25). Throws `locked` with the holder.
 */
export function takeLock(folder: string): Lock {
  const holderFile = `${folder}/holder.json`
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(`${folder}/lock.db`)
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if ((error as { errcode?: number }).errcode !== BUSY) throw notWritable(folder, error)
    const holder = readHolder(folder)
    const who = holder ? `process ${holder.pid}${holder.url ? `, which serves ${holder.url}` : ''}` : 'another process'
    throw new FactError('locked', `${folder} is being written to by ${who}; only one can`)
  }
  const announce = (url: string | null, collect?: string) => {
    const holder: Holder = { pid: process.pid, url, ...(collect !== undefined && { collect }) }
    writeFileSync(holderFile, `${JSON.stringify(holder)}\n`)
  }
  try {
    announce(null)
  } catch (error) {
    database.close()
    throw notWritable(folder, error)
  }
  return {
    announce,
    release() {
      rmSync(holderFile, { force: true })
      database.close()
    },
  }
}

/** The holder of a folder, where its process is still there: the file may name one that was killed. */
export function liveHolder(folder: string): Holder | undefined {
  const holder = readHolder(folder)
  try {
    if (holder) process.kill(holder.pid, 0)
    return holder
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? holder : undefined
  }
}

/** What the holder of a folder said of itself, or undefined. It may be gone: only the lock itself is certain. */
export function readHolder(folder: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/holder.json`, 'utf8')) as Holder
  } catch {
    return undefined
  }
}
