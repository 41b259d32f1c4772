import { ArrowStream } from '../base/arrow.ts'
import type { Answer } from '../model/answer.ts'
import { columnNames } from '../model/column-names.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { arrowFields, slicesOf } from './arrow-columns.ts'

/** Few large batches are what Spark and pandas like; this many rows of four columns are some 4 MB. */
const ROWS = 131_072

/** What a stream says of itself in the metadata of its schema. */
export interface Provenance {
  readonly view: FactView
  /** Name and version of a saved query, or the text of another. */
  readonly query: string
  readonly version: string | null
  /** As JSON. */
  readonly args: string
  /** `0/8`, or null where the answer is whole. */
  readonly shard: string | null
}

export function provenanceMetadata({ view, query, version, args, shard }: Provenance): ReadonlyMap<string, string> {
  const metadata = new Map([
    ['heartwood.query', query],
    ['heartwood.args', args],
    ['heartwood.t', String(view.t)],
    ['heartwood.instant', showInstant(view.instant)],
    ['heartwood.settled', String(view.settled)],
  ])
  if (version !== null) metadata.set('heartwood.version', version)
  if (shard !== null) metadata.set('heartwood.shard', shard)
  return metadata
}

/** Fields of an answer under the names that all formats use. Throws `argument` where a name is doubled. */
export function answerFields(answer: Answer) {
  const names = columnNames(answer)
  return arrowFields(answer.columns.map((column, i) => ({ ...column, name: names[i] })))
}

/**
 * An answer as an Arrow stream (or file), one batch at a time; nothing is made before it is asked for. It ends with an empty batch whose
 * metadata holds `heartwood.rows`, since a stream that was cut between two batches reads as complete.
 */
export function* arrowAnswer(
  answer: Answer,
  provenance: Provenance,
  layout: 'stream' | 'file' = 'stream',
): Generator<readonly Uint8Array[]> {
  const stream = new ArrowStream(answerFields(answer), provenanceMetadata(provenance), layout)
  yield stream.schema()
  if (answer.rows > 0) {
    const slices = answer.columns.map(column => slicesOf(column, answer))
    for (let from = 0; from < answer.rows; from += ROWS) {
      const to = Math.min(from + ROWS, answer.rows)
      yield stream.batch(
        to - from,
        slices.map(slice => slice(from, to)),
      )
    }
  }
  yield stream.end(new Map([['heartwood.rows', String(answer.rows)]]))
}
