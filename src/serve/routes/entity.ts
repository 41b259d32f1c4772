import { FactError } from '../../base/error.ts'
import { APPLIED_PARAMETERS, whenApplied } from '../applied.ts'
import { ENTITY_PARAMETERS, entityOptions } from '../entity-options.ts'
import { entityJson } from '../format/entity-text.ts'
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
    const entity = database.entity(id, parameters.text('asOf'), entityOptions(parameters))
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

const PARAMETERS = ['asOf', 'id', ...ENTITY_PARAMETERS, ...APPLIED_PARAMETERS]
const common = { method: 'GET', parameters: PARAMETERS, produces: [JSON_TYPE], handle } as const

const [bare, named]: readonly Route[] = [
  { ...common, path: '/entity' },
  { ...common, path: '/entity/:id' },
]

export const entityRoutes: readonly Route[] = [
  bare,
  named,
  { ...common, path: '/entity/:id/history', parameters: ['attribute', 'asOf'], handle: history },
]

/**
 * The route and id of an entity's URL, or null where it is none. `/entity` is answered before Express, which takes seven times as long
 * as all the rest of such a request; so this reads the path by hand. Throws `argument` for an id that is not percent-encoded UTF-8.
 */
export function matchEntity(
  url: string,
): { readonly route: Route; readonly params: Record<string, string>; readonly search: string } | null {
  if (!url.startsWith('/entity')) return null
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const search = mark < 0 ? '' : url.slice(mark + 1)
  if (path === '/entity' || path === '/entity/') return { route: bare, params: {}, search }
  const rest = path.slice('/entity/'.length)
  if (path[7] !== '/' || rest.includes('/')) return null
  try {
    return { route: named, params: { id: decodeURIComponent(rest) }, search }
  } catch {
    throw new FactError('argument', `${rest} in the path is not percent-encoded UTF-8`)
  }
}
