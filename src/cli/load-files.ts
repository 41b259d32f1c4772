import { basename } from 'node:path'
import { machineClock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import type { WritableDatabase } from '../database/database.ts'
import { fileSource } from '../ingest/file-source.ts'
import { ingest } from '../ingest/ingest.ts'
import { loadingWords, type ProgressLine } from './progress.ts'

export interface LoadOptions {
  readonly as?: string
  readonly again?: boolean
  readonly acceptFuture?: boolean
  readonly line: ProgressLine
  readonly signal?: AbortSignal
  readonly onWaiting?: (waiting: FactError | null) => void
}

export interface Loaded {
  readonly applied: number
  readonly refused: number
  readonly seconds: number
}

/** Loads event files, merged by when the world could know, from where each stood before. */
export async function loadFiles(
  database: WritableDatabase,
  paths: readonly string[],
  options: LoadOptions,
): Promise<Loaded> {
  const { as, again, acceptFuture, line, signal, onWaiting } = options
  if (as !== undefined && paths.length > 1) throw new FactError('usage', '--as names one file, and several are given')
  if (paths.includes('-') && as === undefined)
    throw new FactError('usage', 'standard input has no name: give one with --as NAME, by which a later load goes on')
  const files = paths.map(path => ({ path, name: as ?? basename(path) }))
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const read = new Map<string, { read: number; size: number | null }>()
  const share = () => {
    const all = [...read.values()]
    if (all.length === 0 || all.some(({ size }) => size === null)) return null
    const total = all.reduce((sum, { size }) => sum + size!, 0)
    return total === 0 ? null : all.reduce((sum, file) => sum + file.read, 0) / total
  }
  const source = fileSource({
    files,
    positions: database.positions(),
    clock: machineClock,
    ...(again === undefined ? {} : { again }),
    ...(acceptFuture === undefined ? {} : { acceptFuture }),
    progress: file => read.set(file.name, { read: file.read, size: file.size }),
  })
  try {
    const { applied, refused } = await ingest(database, source, {
      onProgress: progress => line.show(loadingWords(progress.applied, progress.refused, share(), seconds())),
      ...(signal === undefined ? {} : { signal }),
      ...(onWaiting === undefined ? {} : { onWaiting }),
    })
    return { applied, refused, seconds: seconds() }
  } finally {
    line.clear()
  }
}
