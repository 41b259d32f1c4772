import { unreachable } from '../base/assert.ts'
import type { Answered } from '../database/api.ts'
import { arrowAnswer, type Provenance } from '../extract/arrow-answer.ts'
import { ednAnswer, jsonAnswer } from './format/answer-text.ts'
import { csvBytes, ndjsonBytes } from './format/row-bytes.ts'
import { momentOf } from './moment-headers.ts'
import { anything, named, text } from './openapi/schema.ts'
import { ARROW_TYPE, CSV_TYPE, EDN_TYPE, JSON_TYPE, NDJSON_TYPE, type Reply } from './route.ts'

/** What a query can answer, the default first. */
export const ANSWERS = {
  [JSON_TYPE]: named('Answer'),
  [EDN_TYPE]: text,
  [CSV_TYPE]: text,
  [NDJSON_TYPE]: text,
  [ARROW_TYPE]: anything,
} as const

export const CSV_WITH_HEADER = `${CSV_TYPE}; charset=utf-8; header=present`

/** An answer in the media type that the client likes best. Of a saved query, `name@version` goes with it. */
export function answerReply({ answer, view }: Answered, accepted: string, provenance: Omit<Provenance, 'view'>): Reply {
  const { query, version } = provenance
  const moment = momentOf(view)
  const about = version === null ? { moment } : { moment, query: `${query}@${version}` }
  const type = accepted as keyof typeof ANSWERS
  const { rows } = answer
  switch (type) {
    case JSON_TYPE:
      return { ...about, type, body: { chunks: jsonAnswer(answer, view) } }
    case EDN_TYPE:
      return { ...about, type, body: { chunks: ednAnswer(answer, view) } }
    case CSV_TYPE:
      return { ...about, type: CSV_WITH_HEADER, body: { chunks: csvBytes(answer), lent: csvBytes(answer, true), rows } }
    case NDJSON_TYPE:
      return { ...about, type, body: { chunks: ndjsonBytes(answer), lent: ndjsonBytes(answer, true), rows } }
    case ARROW_TYPE:
      return { ...about, type, body: { chunks: arrowAnswer(answer, { ...provenance, view }), rows } }
    default:
      return unreachable(type)
  }
}
