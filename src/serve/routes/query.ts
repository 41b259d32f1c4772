import { FactError } from '../../base/error.ts'
import { parseExact } from '../../base/json.ts'
import type { QueryRequest } from '../../database/api.ts'
import { ANSWER_TYPES, answerReply } from '../answer-reply.ts'
import { APPLIED_PARAMETERS, whenApplied } from '../applied.ts'
import { argumentsOf, queryRequest, sourcesOf } from '../query-body.ts'
import type { Call, ReaderContext, Reply, Route } from '../route.ts'
import { parameterNames, savedArguments } from '../saved-arguments.ts'

const MOST = Number.MAX_SAFE_INTEGER

function run(request: QueryRequest, accepted: string, { database }: ReaderContext): Reply {
  const args = JSON.stringify(request.args ?? {})
  return answerReply(database.query(request), accepted, { query: request.query, version: null, args, shard: null })
}

/** `POST /query`: JSON or EDN. */
const post: Route<ReaderContext> = {
  ...{ method: 'POST', path: '/query', parameters: [], produces: ANSWER_TYPES },
  handle: ({ request, accepted }, context) =>
    run(queryRequest(request.header('content-type'), request.body), accepted, context),
}

/** `GET /query?q=`: the same as a link; `args` and `sources` are the JSON of the body. */
const get: Route<ReaderContext> = {
  ...{ method: 'GET', path: '/query', produces: ANSWER_TYPES },
  parameters: ['q', 'asOf', 'args', 'sources', 'limit', 'offset', 'timeoutMs'],
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
  ...{
    method: 'GET',
    path: '/queries/:name',
    parameters: ['asOf'],
    open: true,
    waits: true,
    produces: ANSWER_TYPES,
    runs: 'name',
  },
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
