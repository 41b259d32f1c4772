import type { Extracted } from '../../database/api.ts'
import { type ArrowBody, arrowParts, type Provenance, shapeFields } from '../../extract/arrow-answer.ts'
import { parquetParts } from '../../extract/parquet.ts'
import type { Answer } from '../../model/answer.ts'
import { csvAnswer } from '../../serve/format/answer-text.ts'
import { csvText } from '../../serve/format/dialect.ts'
import type { ShardFormat } from './formats.ts'

/** A shard as the bytes of a file, made piece by piece. */
export function shardBody(
  { columns, parts }: Pick<Extracted, 'columns' | 'parts'>,
  format: ShardFormat,
  provenance: Provenance,
): ArrowBody {
  switch (format) {
    case 'parquet':
      return parquetParts(columns, parts(), provenance)
    // a file of Arrow's has one dictionary for a column, which is known only once all of it is there
    case 'arrow':
      return arrowParts(columns, parts(true), provenance, 'file')
    case 'csv':
      return csvParts(
        shapeFields(columns).map(({ name }) => name),
        parts(),
      )
  }
}

/** RFC 4180 with one header. */
function csvParts(names: readonly string[], parts: Iterable<Answer>): ArrowBody {
  let rows = 0
  function* chunks(): Generator<readonly Uint8Array[]> {
    yield [Buffer.from(`${names.map(csvText).join(',')}\r\n`)]
    for (const answer of parts) {
      rows += answer.rows
      const pieces = csvAnswer(answer)
      pieces.next()
      for (const piece of pieces) yield [Buffer.from(piece)]
    }
  }
  return { chunks: chunks(), rows: () => rows }
}
