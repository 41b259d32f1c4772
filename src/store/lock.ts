import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { FactError } from '../base/error.ts'

/** Who holds a data folder, as a file beside the lock tells. */
export interface Holder {
  readonly pid: number
  readonly url: string | null
}

export interface Lock {
  /** Tells others where the holder can be asked. */
  announce(url: string): void
  release(): void
}

/**
 * Takes the data folder for one writer. The lock is the operating system's, by way of SQLite's exclusive transaction on
 * `lock.db`, so it is gone with its process, whatever ends it (store rule 25). Throws `locked` with the holder.
 */
export function takeLock(folder: string): Lock {
  const holderFile = `${folder}/holder.json`
  const database = new DatabaseSync(`${folder}/lock.db`)
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch {
    database.close()
    const holder = readHolder(folder)
    const who = holder ? `process ${holder.pid}${holder.url ? `, which serves ${holder.url}` : ''}` : 'another process'
    throw new FactError('locked', `${folder} is being written to by ${who}; only one can`)
  }
  const announce = (url: string | null) =>
    writeFileSync(holderFile, `${JSON.stringify({ pid: process.pid, url } satisfies Holder)}\n`)
  announce(null)
  return {
    announce,
    release() {
      rmSync(holderFile, { force: true })
      database.close()
    },
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
