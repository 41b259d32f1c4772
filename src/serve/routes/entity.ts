import { FactError } from '../../base/error.ts'
import type { AnswerMoment } from '../moment-headers.ts'
import { type Call, type Context, JSON_TYPE, jsonReply, type Reply, type Route } from '../route.ts'

const PARAMETERS = ['asOf', 'attributes', 'id'] as const
const PLANNED = ['pull', 'ages', 'maxAge', 'after', 'waitMs'] as const

/** `GET /entity/:id` and `GET /entity?id=`: one entity as of a moment. */
function handle({ request, parameters }: Call, { database }: Context): Reply {
  const id = request.params['id'] ?? parameters.text('id')
  if (id === undefined || id === '')
    throw new FactError('argument', 'which entity? Ask for /entity/customer:17850, or /entity?id=customer:17850')
  if (request.params['id'] !== undefined && parameters.text('id') !== undefined)
    throw new FactError('argument', 'the entity stands in the path and in id=; one of them is enough')
  const entity = database.entity(id, parameters.text('asOf'), parameters.text('attributes') ?? null)
  return jsonReply(entity, { moment: entity as unknown as AnswerMoment })
}

const common = { method: 'GET', parameters: PARAMETERS, planned: PLANNED, produces: [JSON_TYPE], handle } as const

export const entityRoutes: readonly Route[] = [
  { ...common, path: '/entity' },
  { ...common, path: '/entity/:id' },
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
  const [bare, named] = entityRoutes
  if (path === '/entity' || path === '/entity/') return { route: bare, params: {}, search }
  const rest = path.slice('/entity/'.length)
  if (path[7] !== '/' || rest.includes('/')) return null
  try {
    return { route: named, params: { id: decodeURIComponent(rest) }, search }
  } catch {
    throw new FactError('argument', `${rest} in the path is not percent-encoded UTF-8`)
  }
}
