import { type ArrowField, ArrowStream } from '../base/arrow.ts'
import { FactError } from '../base/error.ts'
import type { LentMemory } from '../base/lent-memory.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import { columnNames } from '../model/column-names.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { showType } from '../model/type.ts'
import { arrowFields, slicesOf } from './arrow-columns.ts'
import { FRESH, giveBack, takeRooms } from './room.ts'
import { SharedDictionary } from './shared-dictionary.ts'

/** Few large batches are what Spark and pandas like; this many rows of four columns are some 4 MB. */
const ROWS = 131_072

/** What a stream says of itself in the metadata of its schema. */
export interface Provenance {
  readonly view: Pick<FactView, 't' | 'instant' | 'settled'>
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

/** What a column is, whether or not there are rows. */
export type Shape = Pick<AnswerColumn, 'name' | 'type' | 'nullable'>

/** Fields under the names that all formats use. Throws `argument` where a name is doubled. */
export function shapeFields(shapes: readonly Shape[]): ArrowField[] {
  columnNames({ columns: shapes, keys: null })
  return arrowFields(shapes)
}

/** An Arrow stream (or file) in the making. */
export interface ArrowBody {
  /** One batch at a time; nothing is made before it is asked for. */
  readonly chunks: Iterable<readonly Uint8Array[]>
  /** The same for one who copies or writes the bytes of each before the next is asked for: that overwrites them, which spares the collector. */
  readonly lent?: Iterable<readonly Uint8Array[]>
  /** How many rows were written; all of them once the chunks have ended. */
  readonly rows: () => number
}

/**
 * Parts of an answer as an Arrow stream (or file). It ends with an empty batch whose metadata holds `heartwood.rows`, since a stream that was
 * cut between two batches reads as complete. A file takes only one part: it has no place for a second dictionary. `lentParts` gives the same
 * parts to one who is done with each before the next.
 */
export function arrowParts(
  shapes: readonly Shape[],
  parts: Iterable<Answer>,
  provenance: Provenance,
  layout: 'stream' | 'file' = 'stream',
  lentParts: (memory: LentMemory) => Iterable<Answer> = () => parts,
): ArrowBody {
  const fields = shapeFields(shapes)
  let rows = 0
  function* chunks(lends: boolean): Generator<readonly Uint8Array[]> {
    const stream = new ArrowStream(fields, provenanceMetadata(provenance), layout)
    const dictionaries = shapes.map(() => new SharedDictionary())
    const rooms = lends ? takeRooms() : null
    const answers = (rooms === null ? parts : lentParts(rooms.parts))[Symbol.iterator]()
    try {
      // most faults show before anything is sent
      let next = answers.next()
      yield stream.schema()
      for (; !next.done; next = answers.next()) {
        const answer = next.value
        if (answer.rows === 0) continue
        const slices = answer.columns.map((column, i) => {
          checkType(shapes[i], column)
          return slicesOf(column, answer, dictionaries[i], rooms === null ? FRESH : rooms.column(i))
        })
        for (let from = 0; from < answer.rows; from += ROWS) {
          const to = Math.min(from + ROWS, answer.rows)
          rows += to - from
          yield stream.batch(
            to - from,
            slices.map(slice => slice(from, to)),
          )
        }
      }
      yield stream.end(new Map([['heartwood.rows', String(rows)]]))
    } finally {
      answers.return?.()
      if (rooms !== null) giveBack(rooms)
    }
  }
  return { chunks: chunks(false), lent: chunks(true), rows: () => rows }
}

/** A schema goes out before its rows, so that a column that turns out to be something else cannot be written. */
export function checkType(shape: Shape, { type }: AnswerColumn): void {
  if (showType(shape.type) !== showType(type))
    throw new FactError(
      'wrong-type',
      `the column ${shape.name} is ${showType(shape.type)}, but an argument brought values that are ${showType(type)}`,
    )
}

/** A whole answer as an Arrow stream (or file). */
export function arrowAnswer(answer: Answer, provenance: Provenance, layout: 'stream' | 'file' = 'stream') {
  const names = columnNames(answer)
  const shapes = answer.columns.map(({ type, nullable }, i) => ({ type, nullable, name: names[i] }))
  return arrowParts(shapes, [answer], provenance, layout).chunks
}
