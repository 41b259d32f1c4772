import { Readable } from 'node:stream'
import { machineClock } from '../base/clock.ts'
import type { WritableDatabase } from '../database/database.ts'
import { fileSource } from '../ingest/file-source.ts'
import { ingest } from '../ingest/ingest.ts'
import { sampleEvents, sampleLine } from '../sample/bank.ts'
import { count } from './output.ts'
import type { ProgressLine } from './progress.ts'

/** Under this name the store knows how far the sample was loaded. */
const NAME = 'sample'
const LINES_A_PIECE = 1000

function* pieces(): Generator<string> {
  let piece: string[] = []
  for (const event of sampleEvents()) {
    piece.push(sampleLine(event))
    if (piece.length < LINES_A_PIECE) continue
    yield `${piece.join('\n')}\n`
    piece = []
  }
  if (piece.length > 0) yield `${piece.join('\n')}\n`
}

/** Loads the events of the sample, or what is missing of them after a start that was broken off. */
export async function loadSample(database: WritableDatabase, line: ProgressLine, signal: AbortSignal): Promise<void> {
  const source = fileSource({
    files: [{ path: '-', name: NAME }],
    positions: database.positions(),
    clock: machineClock,
    stdin: Readable.from(pieces(), { objectMode: false }),
  })
  await ingest(database, source, {
    signal,
    onProgress: ({ applied }) => {
      if (applied > 0) line.show(`making and loading the sample: ${count(applied)} events`)
    },
  })
  line.clear()
}
