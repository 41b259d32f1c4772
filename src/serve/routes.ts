import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import { READER_ROUTES } from './reader-routes.ts'
import type { Route } from './route.ts'
import { acceptGapRoute } from './routes/accept-gap.ts'
import { contractRoutes } from './routes/contracts.ts'
import { entitiesRoutes } from './routes/entities.ts'
import { entityRoutes } from './routes/entity.ts'
import { healthRoutes } from './routes/health.ts'
import { letterWorkRoutes } from './routes/letter-work.ts'
import { listingRoutes } from './routes/listings.ts'
import { openApiRoute } from './routes/openapi.ts'
import { plannedRoutes } from './routes/planned.ts'
import { queryListRoutes } from './routes/query-list.ts'

/** Everything that is served. Where two paths fit, the earlier is meant. */
export const ROUTES: readonly Route[] = [
  ...entityRoutes,
  ...entitiesRoutes,
  ...contractRoutes,
  ...queryListRoutes,
  ...READER_ROUTES,
  ...plannedRoutes,
  ...listingRoutes,
  ...healthRoutes,
  openApiRoute(() => ROUTES),
]

/** What is served on the port of `--collect`, and nowhere else: whoever reaches it may write. */
export const COLLECT_ROUTES: readonly Route[] = [
  ...letterWorkRoutes,
  acceptGapRoute,
  ...healthRoutes,
  openApiRoute(() => COLLECT_ROUTES),
]

/** Methods by path, in order of the routes. */
export function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of routes) {
    const known = methods.get(path)
    if (known) known.push(method)
    else methods.set(path, [method])
  }
  return methods
}

/** For a path that nothing answers. */
export function unknownRoute(path: string, routes: readonly Route[] = ROUTES): FactError {
  if (COLLECT_ROUTES.some(route => route.path === path) && routes === ROUTES)
    throw new FactError('unknown-route', `${path} writes, and is served on the port of serve --collect PORT alone`)
  const first = `/${path.split('/')[1]}`
  const known = new Set(routes.map(route => `/${route.path.split('/')[1]}`))
  const near = known.has(first)
    ? routes.map(route => route.path).filter(other => other.startsWith(`${first}/`))
    : nearest(first, known)
  return new FactError('unknown-route', `nothing is served at ${path}.${hint(near)}`, { nearest: near })
}
