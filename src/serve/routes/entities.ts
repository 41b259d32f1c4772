import type { EntityBody, EntityProblem } from '../../database/api.ts'
import { APPLIED_PARAMETERS, whenApplied } from '../applied.ts'
import { ENTITY_PARAMETERS, entityMembers, entityOptions } from '../entity-options.ts'
import { entityJson } from '../format/entity-text.ts'
import { idsOf, jsonBody } from '../json-body.ts'
import { type AnswerMoment, momentOf } from '../moment-headers.ts'
import { asOfMember } from '../query-body.ts'
import { type Call, type Context, JSON_TYPE, type Reply, type Route } from '../route.ts'

/** Entities asked for at once. */
const MOST = 10_000
/** Entities of a listing. */
const PAGE = 100
const LARGEST_PAGE = 10_000

/** Several entities: one piece of text for each, so that many of them are never one string. */
function* pieces(
  moment: AnswerMoment,
  entities: readonly (EntityBody | EntityProblem)[],
  next?: string | null,
): Generator<string> {
  yield `${JSON.stringify(moment).slice(0, -1)},"entities":[`
  for (let i = 0; i < entities.length; i++) yield i === 0 ? entityJson(entities[i]) : `,${entityJson(entities[i])}`
  yield next === undefined ? ']}\n' : `],"next":${JSON.stringify(next)}}\n`
}

/** `POST /entities`: in order of the ids, doubles kept. */
async function several({ request, parameters }: Call, { database }: Context): Promise<Reply> {
  const body = jsonBody(request, ['ids', 'asOf', ...ENTITY_PARAMETERS])
  const ids = idsOf(body['ids'], MOST)
  await whenApplied(database, parameters)
  const { view, found } = database.entities(ids, asOfMember(body), entityMembers(body))
  const moment = momentOf(view)
  return { type: JSON_TYPE, moment, body: { chunks: pieces(moment, found) } }
}

const OWN = ['after', 'limit', 'asOf', 'store', ...ENTITY_PARAMETERS]

/** `GET /entities/:kind`: by number, or by attributes with an index. */
function listing({ request, parameters }: Call, { database }: Context): Reply {
  const filters = parameters
    .names()
    .filter(name => !OWN.includes(name))
    .map((name): [string, string] => [name, parameters.text(name)!])
  const { view, found } = database.listing(
    {
      kind: request.params['kind'],
      after: parameters.text('after'),
      limit: parameters.whole('limit', 1, LARGEST_PAGE) ?? PAGE,
      filters,
      options: entityOptions(parameters),
    },
    parameters.text('asOf'),
  )
  const moment = momentOf(view)
  return { type: JSON_TYPE, moment, body: { chunks: pieces(moment, found.entities, found.next) } }
}

export const entitiesRoutes: readonly Route[] = [
  { method: 'POST', path: '/entities', parameters: APPLIED_PARAMETERS, produces: [JSON_TYPE], handle: several },
  { method: 'GET', path: '/entities/:kind', parameters: [], open: true, produces: [JSON_TYPE], handle: listing },
]
