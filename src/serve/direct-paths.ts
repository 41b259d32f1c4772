import { FactError } from '../base/error.ts'
import type { Route } from './route.ts'
import { entitiesRoutes } from './routes/entities.ts'
import { entityRoutes } from './routes/entity.ts'
import { queryRoutes } from './routes/query.ts'
import { queryRowsRoutes } from './routes/query-rows.ts'

/** The route that a request means, and the parts of its path by name. */
export interface Matched {
  readonly route: Route
  readonly params: Record<string, string>
  /** Behind the question mark. */
  readonly search: string
}

const [bare, byId] = entityRoutes
const [several, listing] = entitiesRoutes
const [postQuery, getQuery, one] = queryRoutes
const [rows] = queryRowsRoutes

/**
 * The route of `/entity`, `/entity/:id`, `/entities`, `/entities/:kind`, `/query` and `/queries/:name`, or null where a URL is none of
 * them. They are answered before Express, which takes seven times as long as all the rest of such a request; so this reads the path by
 * hand. Throws `argument` for a part that is not percent-encoded UTF-8.
 */
export function matchDirect(method: string | undefined, url: string): Matched | null {
  if (!url.startsWith('/entit') && !url.startsWith('/quer')) return null
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const search = mark < 0 ? '' : url.slice(mark + 1)
  if (method === 'POST') {
    if (path === '/entities') return { route: several, params: {}, search }
    if (path === '/query') return { route: postQuery, params: {}, search }
  } else if (method !== 'GET' && method !== 'HEAD') return null
  else if (path === '/entity' || path === '/entity/') return { route: bare, params: {}, search }
  else if (path === '/query') return { route: getQuery, params: {}, search }
  const [, first, last, ...more] = path.split('/')
  if (last === undefined || last === '' || more.length > 0) return null
  if (first === 'queries') return { route: method === 'POST' ? rows : one, params: { name: decoded(last) }, search }
  if (method === 'POST') return null
  if (first === 'entity') return { route: byId, params: { id: decoded(last) }, search }
  if (first === 'entities') return { route: listing, params: { kind: decoded(last) }, search }
  return null
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new FactError('argument', `${part} in the path is not percent-encoded UTF-8`)
  }
}
