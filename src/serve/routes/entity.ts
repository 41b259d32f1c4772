import { FactError } from '../../base/error.ts'
import { whenApplied } from '../applied.ts'
import { entityOptions } from '../entity-options.ts'
import { entityJson } from '../format/entity-text.ts'
import { momentOf } from '../moment-headers.ts'
import { ASKED } from '../openapi/components.ts'
import { APPLIED, AS_OF, ATTRIBUTES, READING } from '../openapi/parameter.ts'
import { OF_ENTITIES, OF_PATTERNS, OF_WAITING } from '../openapi/refusals.ts'
import { list, named, object, text, whole } from '../openapi/schema.ts'
import type { Parameters } from '../parameters.ts'
import { type Call, type Context, JSON_TYPE, jsonReply, type Reply, type Request, type Route } from '../route.ts'

/** The entity that stands in the path or in `id=`. */
function entityId(request: Request, parameters: Parameters): string {
  const id = request.params['id'] ?? parameters.text('id')
  if (id === undefined || id === '')
    throw new FactError('argument', 'which entity? Ask for /entity/customer:17850, or /entity?id=customer:17850')
  if (request.params['id'] !== undefined && parameters.text('id') !== undefined)
    throw new FactError('argument', 'the entity stands in the path and in id=; one of them is enough')
  return id
}

/** `GET /entity/:id` and `GET /entity?id=`: one entity as of a moment. */
function handle({ request, parameters }: Call, { database }: Context): Reply | Promise<Reply> {
  const id = entityId(request, parameters)
  const reply = (): Reply => {
    const options = entityOptions(parameters)
    if (Object.keys(options).length === 0) {
      const { view, found } = database.entityJson(id, parameters.text('asOf'))
      return { type: JSON_TYPE, moment: momentOf(view), body: { text: `${found}\n` } }
    }
    const entity = database.entity(id, parameters.text('asOf'), options)
    return { type: JSON_TYPE, moment: entity, body: { text: `${entityJson(entity)}\n` } }
  }
  const waiting = whenApplied(database, parameters)
  return waiting === null ? reply() : waiting.then(reply)
}

/** `GET /entity/:id/history`: every interval, each with the event that began it. */
function history({ request, parameters }: Call, { database }: Context): Reply {
  const id = entityId(request, parameters)
  const found = database.history(id, parameters.text('asOf'), parameters.text('attribute'))
  return jsonReply(found, { moment: found })
}

const ID = { name: 'id', doc: '`kind:key`, or the number of the entity.', schema: text }
const common = { method: 'GET', cached: 'moment', parameters: [AS_OF, ...READING, ...APPLIED, ID], handle } as const
const shown = { gives: { [JSON_TYPE]: named('EntityAt') }, refuses: [...OF_ENTITIES, ...OF_PATTERNS, ...OF_WAITING] }

const bare: Route = { ...common, ...shown, path: '/entity', summary: 'One entity as of a moment, by `id`.' }
const byId: Route = { ...common, ...shown, path: '/entity/:id', summary: 'One entity as of a moment.' }

const ofHistory: Route = {
  ...{
    method: 'GET',
    cached: 'moment',
    path: '/entity/:id/history',
    summary: 'Every value that it ever had, with the event behind it.',
  },
  parameters: [{ ...ATTRIBUTES, name: 'attribute' }, AS_OF],
  gives: { [JSON_TYPE]: object({ id: text, entity: whole, ...ASKED, intervals: list(named('Interval')) }) },
  ...{ refuses: OF_ENTITIES, handle: history },
}

export const entityRoutes: readonly Route[] = [bare, byId, ofHistory]
