import type { EntityBody, EntityProblem } from '../../database/api.ts'
import { whenApplied } from '../applied.ts'
import { ENTITY_PARAMETERS, entityMembers, entityOptions } from '../entity-options.ts'
import { entityJson } from '../format/entity-text.ts'
import { idsOf, jsonBody } from '../json-body.ts'
import { type AnswerMoment, momentOf } from '../moment-headers.ts'
import { MOMENT } from '../openapi/components.ts'
import { APPLIED, AS_OF, LIMIT, READING } from '../openapi/parameter.ts'
import { OF_ENTITIES, OF_PATTERNS, OF_WAITING } from '../openapi/refusals.ts'
import { either, exactWhole, flag, list, mapOf, named, object, orNull, text } from '../openapi/schema.ts'
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

const BODY = object(
  {
    ids: list(either(text, exactWhole), { maxItems: MOST }),
    asOf: either(text, exactWhole),
    attributes: either(text, list(text)),
    ...{ pull: text, ages: flag, maxAge: text },
  },
  ['asOf', 'attributes', 'pull', 'ages', 'maxAge'],
)
const SEVERAL = object({ ...MOMENT, entities: list(either(named('Entity'), named('UnknownEntity'))) })
const PAGE_OF = object({ ...MOMENT, entities: list(named('Entity')), next: orNull(text) })

export const entitiesRoutes: readonly Route[] = [
  {
    ...{ method: 'POST', path: '/entities', summary: 'Several entities in order of their ids, at one moment.' },
    ...{ parameters: APPLIED, body: { [JSON_TYPE]: BODY }, gives: { [JSON_TYPE]: SEVERAL } },
    ...{ refuses: [...OF_ENTITIES, ...OF_PATTERNS, ...OF_WAITING], handle: several },
  },
  {
    ...{ method: 'GET', path: '/entities/:kind', summary: 'A kind by number, or by attributes with an index.' },
    parameters: [
      AS_OF,
      { name: 'after', doc: 'The `next` of the page before, or the id or number of an entity.', schema: text },
      LIMIT(LARGEST_PAGE, PAGE),
      ...READING,
      {
        name: 'filters',
        doc: 'Attributes with an index by their names, each with the value that it must have: `country=France`.',
        schema: mapOf(text),
      },
    ],
    ...{
      open: true,
      cached: 'moment',
      gives: { [JSON_TYPE]: PAGE_OF },
      refuses: [...OF_ENTITIES, ...OF_PATTERNS],
      handle: listing,
    },
  },
]
