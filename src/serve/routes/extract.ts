import { FactError } from '../../base/error.ts'
import { arrowParts } from '../../extract/arrow-answer.ts'
import { planExtract } from '../../extract/plan.ts'
import { MOST_SHARDS, shardOf } from '../../extract/shard.ts'
import { choiceOf } from '../extract-choice.ts'
import { momentOf } from '../moment-headers.ts'
import { AS_OF, COLUMNS, DECLARED, FILTERS, PLANNING, SHARD } from '../openapi/parameter.ts'
import { OF_SAVED } from '../openapi/refusals.ts'
import { anything, named, wholeFrom } from '../openapi/schema.ts'
import { ARROW_TYPE, type Call, JSON_TYPE, jsonReply, type ReaderContext, type Reply, type Route } from '../route.ts'
import { parameterNames, savedArguments } from '../saved-arguments.ts'

const MOST = Number.MAX_SAFE_INTEGER

/** Shards of a plan that does not say how many: one for each core of a common machine. */
const SHARDS = 8

async function plan({ request, parameters }: Call, { database }: ReaderContext): Promise<Reply> {
  const info = database.savedQuery(request.params['query'])
  parameters.check([...parameterNames(info), 'shards', 'asOf', 'count', 'columns', 'filters', 'store'])
  const shards = parameters.whole('shards', 1, MOST_SHARDS) ?? SHARDS
  const args = savedArguments(info, parameters)
  const planned = await planExtract(database, {
    info,
    args,
    asOf: parameters.text('asOf'),
    shards,
    count: parameters.flag('count'),
    ...choiceOf(parameters),
  })
  return jsonReply(planned.plan, { moment: momentOf(planned.view), query: `${info.name}@${info.version}` })
}

function extract({ request, parameters }: Call, { database }: ReaderContext): Reply {
  const info = database.savedQuery(request.params['query'])
  parameters.check([...parameterNames(info), 'shard', 'of', 't', 'asOf', 'columns', 'filters', 'store'])
  const t = parameters.whole('t', 0, MOST)
  const shard = shardOf({ shard: parameters.whole('shard', 0, MOST), of: parameters.whole('of', 0, MOST), t })
  const asOf = parameters.text('asOf')
  if (t !== undefined && asOf !== undefined)
    throw new FactError('argument', 't and asOf both name a moment; one of them is enough')
  const args = savedArguments(info, parameters)
  const { columns, filters } = choiceOf(parameters)
  const named = `${info.name}@${info.version}`
  const choice = { shard: shard ?? { index: 0, of: 1 }, columns, filters }
  const extracted = database.extract(named, args, t ?? asOf, choice)
  const { view } = extracted
  const about = { query: info.name, version: info.version, args: JSON.stringify(extracted.args) }
  const provenance = { ...about, view, shard: shard === null ? null : `${shard.index}/${shard.of}` }
  return {
    ...{ type: ARROW_TYPE, moment: momentOf(view), query: named },
    body: arrowParts(extracted.columns, extracted.parts(), provenance, 'stream', memory => extracted.lent(memory)),
  }
}

const CHOICE = [AS_OF, COLUMNS, FILTERS, DECLARED]
const refuses = [...OF_SAVED, 'cannot-shard'] as const

export const extractRoutes: readonly Route<ReaderContext>[] = [
  {
    ...{ method: 'GET', path: '/extract/:query/plan', summary: 'Pins the moment, and names each shard by a link.' },
    ...{ parameters: [...PLANNING, ...CHOICE], open: true },
    ...{ gives: { [JSON_TYPE]: named('ExtractPlan') }, refuses, handle: plan },
  },
  {
    ...{ method: 'GET', path: '/extract/:query', summary: 'A shard of a saved query, or all of it, by its entity.' },
    parameters: [
      ...SHARD,
      { name: 't', doc: 'The transaction that the plan pinned.', schema: wholeFrom(0, MOST) },
      ...CHOICE,
    ],
    ...{ open: true, runs: 'query', cached: 'query', gives: { [ARROW_TYPE]: anything }, refuses, handle: extract },
  },
]
