import { FactError } from '../../base/error.ts'
import type { AnsweredPlan, DatabaseReader, ExplainRequest } from '../../database/api.ts'
import { momentOf } from '../moment-headers.ts'
import { OF_QUERIES } from '../openapi/refusals.ts'
import { flag, named, text } from '../openapi/schema.ts'
import { explainRequest, queryBody } from '../query-body.ts'
import { EDN_TYPE, JSON_TYPE, jsonReply, type ReaderContext, type Route } from '../route.ts'

/** A saved query is named, any other written. */
export const isName = (query: string): boolean => /^\s*[^\s()[\]{}";]+\s*$/.test(query)

/** The plan of a query, written or saved. */
export function explained(database: DatabaseReader, request: ExplainRequest): AnsweredPlan {
  const { query, args = {}, asOf, run = false } = request
  if (!isName(query)) return database.explain(request)
  if (Array.isArray(args)) throw new FactError('argument', 'the arguments of a saved query are an object by name')
  const odd = (['sources', 'limit', 'offset', 'timeoutMs'] as const).find(name => request[name] !== undefined)
  if (odd !== undefined) throw new FactError('argument', `${odd} is not for a saved query, which says it itself`)
  return database.explainSaved(query.trim(), args as Readonly<Record<string, unknown>>, asOf, run)
}

/** `POST /explain`: how a query would be run, or with `run` was. */
const post: Route<ReaderContext> = {
  ...{ method: 'POST', path: '/explain', summary: 'How a query would be run, or was; of a saved one by its name.' },
  ...{ parameters: [], body: { [JSON_TYPE]: queryBody({ run: flag }), [EDN_TYPE]: text } },
  ...{ gives: { [JSON_TYPE]: named('Plan') }, refuses: [...OF_QUERIES, 'unknown-query'] },
  handle({ request }, { database }) {
    const { explained: shown, view } = explained(database, explainRequest(request.header('content-type'), request.body))
    return jsonReply(shown, { moment: momentOf(view) })
  },
}

export const explainRoutes: readonly Route<ReaderContext>[] = [post]
