import { FactError } from '../../base/error.ts'
import { parseExact } from '../../base/json.ts'
import type { Page, QueryRequest } from '../../database/api.ts'
import { ANSWERS, answerReply } from '../answer-reply.ts'
import { APPLIED_PARAMETERS, whenApplied } from '../applied.ts'
import { APPLIED, AS_OF, DECLARED, type Parameter } from '../openapi/parameter.ts'
import { OF_QUERIES, OF_SAVED, OF_WAITING } from '../openapi/refusals.ts'
import { text, wholeFrom } from '../openapi/schema.ts'
import type { Parameters } from '../parameters.ts'
import { argumentsOf, queryBody, queryRequest, sourcesOf } from '../query-body.ts'
import { type Call, EDN_TYPE, JSON_TYPE, type ReaderContext, type Reply, type Route } from '../route.ts'
import { parameterNames, savedArguments } from '../saved-arguments.ts'

const MOST = Number.MAX_SAFE_INTEGER
const COUNT = wholeFrom(0, MOST)

/** Rows of an answer. */
const PAGING: readonly Parameter[] = [
  { name: 'limit', doc: 'At most so many rows, in the order of the answer; all where absent.', schema: COUNT },
  { name: 'offset', doc: 'Leaves out so many rows first.', schema: COUNT },
]

function pageOf(parameters: Parameters): Page {
  const [limit, offset] = [parameters.whole('limit', 0, MOST), parameters.whole('offset', 0, MOST)]
  return { ...(limit === undefined ? {} : { limit }), ...(offset === undefined ? {} : { offset }) }
}

function run(request: QueryRequest, accepted: string, { database }: ReaderContext): Reply {
  const args = JSON.stringify(request.args ?? {})
  return answerReply(database.query(request), accepted, { query: request.query, version: null, args, shard: null })
}

/** `POST /query`: JSON or EDN. */
const post: Route<ReaderContext> = {
  ...{ method: 'POST', path: '/query', summary: 'Runs a Datalog query.', parameters: [], gives: ANSWERS },
  ...{ body: { [JSON_TYPE]: queryBody({}), [EDN_TYPE]: text }, refuses: OF_QUERIES },
  handle: ({ request, accepted }, context) =>
    run(queryRequest(request.header('content-type'), request.body), accepted, context),
}

/** `GET /query?q=`: the same as a link; `args` and `sources` are the JSON of the body. */
const get: Route<ReaderContext> = {
  ...{ method: 'GET', path: '/query', summary: 'Runs a Datalog query; the same as a link.', gives: ANSWERS },
  cached: 'library',
  parameters: [
    { name: 'q', doc: 'The EDN text of the query.', schema: text },
    AS_OF,
    { name: 'args', doc: 'Arguments as the JSON of the body has them.', schema: text },
    { name: 'sources', doc: 'Sources as the JSON of the body has them.', schema: text },
    ...PAGING,
    { name: 'timeoutMs', doc: 'As in the body.', schema: COUNT },
  ],
  refuses: OF_QUERIES,
  handle({ parameters, accepted }, context) {
    const query = parameters.text('q')
    if (query === undefined) throw new FactError('argument', 'q is missing: it is the EDN text of a query')
    const [asOf, args, sources] = [parameters.text('asOf'), parameters.text('args'), parameters.text('sources')]
    const timeoutMs = parameters.whole('timeoutMs', 0, MOST)
    const request: QueryRequest = {
      query,
      ...(asOf === undefined ? {} : { asOf }),
      ...(args === undefined ? {} : { args: argumentsOf(json('args', args)) }),
      ...(sources === undefined ? {} : { sources: sourcesOf(json('sources', sources)) }),
      ...pageOf(parameters),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }
    return run(request, accepted, context)
  },
}

/** JSON in a parameter, of which every fault is an `argument` error. */
function json(name: string, text: string): unknown {
  try {
    return parseExact(text)
  } catch (error) {
    if (error instanceof FactError) throw new FactError('argument', `${name}: ${error.message}`, error.details)
    throw error
  }
}

const one: Route<ReaderContext> = {
  ...{ method: 'GET', path: '/queries/:name', summary: 'Runs a saved query, `name` or `name@version`.' },
  ...{
    parameters: [AS_OF, ...PAGING, ...APPLIED, DECLARED],
    open: true,
    waits: true,
    runs: 'name',
    brief: true,
    cached: 'query',
    gives: ANSWERS,
  },
  refuses: [...OF_SAVED, ...OF_WAITING],
  handle({ request, parameters, accepted }: Call, { database }: ReaderContext) {
    const info = database.savedQuery(request.params['name'])
    parameters.check([...parameterNames(info), 'asOf', 'limit', 'offset', 'store', ...APPLIED_PARAMETERS])
    const page = pageOf(parameters)
    const run = () => {
      const given = savedArguments(info, parameters)
      const answered = database.runSaved(`${info.name}@${info.version}`, given, parameters.text('asOf'), null, page)
      const args = JSON.stringify(answered.args)
      return answerReply(answered, accepted, { query: info.name, version: info.version, args, shard: null })
    }
    return whenApplied(database, parameters)?.then(run) ?? run()
  },
}

export const queryRoutes: readonly Route<ReaderContext>[] = [post, get, one]
