import { FactError } from '../../base/error.ts'
import { parseExact } from '../../base/json.ts'
import type { QueryRequest } from '../../database/api.ts'
import { ANSWERS, answerReply } from '../answer-reply.ts'
import { APPLIED_PARAMETERS, whenApplied } from '../applied.ts'
import { APPLIED, AS_OF, DECLARED, type Parameter } from '../openapi/parameter.ts'
import { OF_QUERIES, OF_SAVED, OF_WAITING } from '../openapi/refusals.ts'
import { text, wholeFrom } from '../openapi/schema.ts'
import { argumentsOf, queryBody, queryRequest, sourcesOf } from '../query-body.ts'
import { type Call, EDN_TYPE, JSON_TYPE, type ReaderContext, type Reply, type Route } from '../route.ts'
import { parameterNames, savedArguments } from '../saved-arguments.ts'

const MOST = Number.MAX_SAFE_INTEGER
const COUNT = wholeFrom(0, MOST)

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
    ...['limit', 'offset', 'timeoutMs'].map((name): Parameter => ({ name, doc: 'As in the body.', schema: COUNT })),
  ],
  refuses: OF_QUERIES,
  handle({ parameters, accepted }, context) {
    const query = parameters.text('q')
    if (query === undefined) throw new FactError('argument', 'q is missing: it is the EDN text of a query')
    const [asOf, args, sources] = [parameters.text('asOf'), parameters.text('args'), parameters.text('sources')]
    const whole = (name: 'limit' | 'offset' | 'timeoutMs') => {
      const value = parameters.whole(name, 0, MOST)
      return value === undefined ? {} : { [name]: value }
    }
    const request: QueryRequest = {
      query,
      ...(asOf === undefined ? {} : { asOf }),
      ...(args === undefined ? {} : { args: argumentsOf(json('args', args)) }),
      ...(sources === undefined ? {} : { sources: sourcesOf(json('sources', sources)) }),
      ...whole('limit'),
      ...whole('offset'),
      ...whole('timeoutMs'),
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
    parameters: [AS_OF, ...APPLIED, DECLARED],
    open: true,
    waits: true,
    runs: 'name',
    cached: 'query',
    gives: ANSWERS,
  },
  refuses: [...OF_SAVED, ...OF_WAITING, 'unsupported'],
  async handle({ request, parameters, accepted }: Call, { database }: ReaderContext) {
    const info = database.savedQuery(request.params['name'])
    parameters.check(
      [...parameterNames(info), 'asOf', 'store', ...APPLIED_PARAMETERS],
      ['limit', 'offset', 'columns', 'filters'],
    )
    await whenApplied(database, parameters)
    const given = savedArguments(info, parameters)
    const answered = database.runSaved(`${info.name}@${info.version}`, given, parameters.text('asOf'), null)
    const args = JSON.stringify(answered.args)
    return answerReply(answered, accepted, { query: info.name, version: info.version, args, shard: null })
  },
}

export const queryRoutes: readonly Route<ReaderContext>[] = [post, get, one]
