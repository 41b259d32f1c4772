import { basename } from 'node:path'
import { machineClock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import type { WritableDatabase } from '../database/database.ts'
import type { LateFile } from '../ingest/before-frontier.ts'
import { fileSource } from '../ingest/file-source.ts'
import { ingest } from '../ingest/ingest.ts'
import { showInstant } from '../model/instant.ts'
import { count } from './output.ts'
import { loadingWords, type ProgressLine } from './progress.ts'

export interface LoadOptions {
  readonly as?: string
  readonly again?: boolean
  readonly acceptFuture?: boolean
  /** Says in words which files begin before what the store holds. */
  readonly say: (words: string) => void
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
  const { as, again, acceptFuture, line, signal, onWaiting, say } = options
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
    frontier: database.frontier,
    late: file => say(lateWords(file, database.frontier)),
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

function lateWords({ name, first, events }: LateFile, frontier: number): string {
  const what =
    events === null
      ? 'its events before that'
      : events === 1
        ? 'one event before that'
        : `${count(events)} events before that`
  return (
    `${name} begins at ${showInstant(first)}, but all moments before ${showInstant(frontier)} are settled: ` +
    `${what} become known only then, as late`
  )
}
