import { arrowParts } from '../../extract/arrow-answer.ts'
import { entityParts, entityShapes } from '../../extract/entity-parts.ts'
import { type EntityRequest, entityProvenance, openEntities, planEntities } from '../../extract/entity-plan.ts'
import { MOST_SHARDS, shardOf } from '../../extract/shard.ts'
import { momentOf } from '../moment-headers.ts'
import { AS_OF, ATTRIBUTES, type Parameter, PLANNING, SHARD } from '../openapi/parameter.ts'
import { OF_ENTITIES } from '../openapi/refusals.ts'
import { anything, list, named, wholeFrom } from '../openapi/schema.ts'
import { ARROW_TYPE, type Call, JSON_TYPE, jsonReply, type ReaderContext, type Reply, type Route } from '../route.ts'

const MOST = Number.MAX_SAFE_INTEGER

/** As for the extract of a saved query. */
const SHARDS = 8

const requestOf = ({ request, parameters }: Call): EntityRequest => ({
  kind: request.params['kind'],
  attributes: parameters.text('attributes') ?? null,
  asOf: parameters.all('asOf'),
  t: parameters.all('t'),
})

async function plan(call: Call, { database }: ReaderContext): Promise<Reply> {
  const { parameters } = call
  const shards = parameters.whole('shards', 1, MOST_SHARDS) ?? SHARDS
  const { plan: planned, extract } = planEntities(database, requestOf(call), shards, parameters.flag('count'))
  return jsonReply(await planned, { moment: momentOf(extract.moments[0].view) })
}

function extract(call: Call, { database }: ReaderContext): Reply {
  const { parameters } = call
  const request = requestOf(call)
  const t = request.t.length === 0 ? undefined : 0
  const shard = shardOf({ shard: parameters.whole('shard', 0, MOST), of: parameters.whole('of', 0, MOST), t })
  const found = openEntities(database, request, shard ?? { index: 0, of: 1 })
  return {
    ...{ type: ARROW_TYPE, moment: momentOf(found.moments[0].view) },
    body: arrowParts(entityShapes(found), entityParts(found), entityProvenance(found, shard !== null)),
  }
}

const path = '/extract/entities/:kind'

const MOMENTS: Parameter = { ...AS_OF, schema: list(AS_OF.schema), doc: `${AS_OF.doc} Several give columns.` }
const refuses = [...OF_ENTITIES, 'cannot-shard', 'unsupported', 'busy', 'timeout', 'memory'] as const

export const extractEntityRoutes: readonly Route<ReaderContext>[] = [
  {
    ...{ method: 'GET', path: `${path}/plan`, summary: 'Pins the moments, and names each shard of a kind by a link.' },
    parameters: [ATTRIBUTES, MOMENTS, ...PLANNING],
    ...{ gives: { [JSON_TYPE]: named('ExtractPlan') }, refuses, handle: plan },
  },
  {
    ...{ method: 'GET', path, summary: 'A shard of a kind, or all of it.' },
    parameters: [
      ...[ATTRIBUTES, MOMENTS],
      { name: 't', doc: 'The transactions that the plan pinned.', schema: list(wholeFrom(0, MOST)) },
      ...SHARD,
    ],
    ...{ gives: { [ARROW_TYPE]: anything }, refuses, handle: extract },
  },
]
