import { FactError } from '../../base/error.ts'
import type { PullMap } from '../../model/answer.ts'
import { jsonDialect } from '../format/dialect.ts'
import { idsOf, jsonBody } from '../json-body.ts'
import { type AnswerMoment, momentOf } from '../moment-headers.ts'
import { MOMENT } from '../openapi/components.ts'
import { OF_ENTITIES, OF_PATTERNS } from '../openapi/refusals.ts'
import { anything, either, exactWhole, list, mapOf, object, orNull, text } from '../openapi/schema.ts'
import { asOfMember } from '../query-body.ts'
import { JSON_TYPE, type ReaderContext, type Route } from '../route.ts'

/** Entities pulled at once. */
const MOST = 100_000

const ID = either(text, exactWhole)

function* pieces(moment: AnswerMoment, maps: readonly (PullMap | null)[]): Generator<string> {
  yield `${JSON.stringify(moment).slice(0, -1)},"result":[`
  for (let i = 0; i < maps.length; i++) yield i === 0 ? jsonDialect.nested(maps[i]) : `,${jsonDialect.nested(maps[i])}`
  yield ']}\n'
}

/** `POST /pull`: what a pattern gives for each entity, null where that is nothing. */
const pull: Route<ReaderContext> = {
  ...{ method: 'POST', path: '/pull', summary: 'What a pattern gives for each entity, in order of their ids.' },
  parameters: [],
  body: { [JSON_TYPE]: object({ pattern: text, ids: list(ID, { maxItems: MOST }), asOf: ID }, ['asOf']) },
  gives: { [JSON_TYPE]: object({ ...MOMENT, result: list(orNull(mapOf(anything))) }) },
  refuses: [...OF_ENTITIES, ...OF_PATTERNS],
  handle({ request }, { database }) {
    const body = jsonBody(request, ['pattern', 'ids', 'asOf'])
    const { pattern } = body
    if (typeof pattern !== 'string')
      throw new FactError('argument', 'pattern is missing: it is the EDN text of a pull pattern, such as "[*]"')
    const { view, found } = database.pull(pattern, idsOf(body['ids'], MOST), asOfMember(body))
    const moment = momentOf(view)
    return { type: JSON_TYPE, moment, body: { chunks: pieces(moment, found) } }
  },
}

export const pullRoutes: readonly Route<ReaderContext>[] = [pull]
