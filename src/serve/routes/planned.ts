import { FactError } from '../../base/error.ts'
import type { Route } from '../route.ts'

/** Routes that will be there. They say so, so that nobody looks for a mistake of their own. */
const PLANNED: readonly (readonly [Route['method'], string])[] = [
  ['POST', '/extract/:query/at'],
  ['POST', '/events/:namespace/:name'],
  ['POST', '/events/:namespace/:name/:version'],
]

export const plannedRoutes: readonly Route[] = PLANNED.map(([method, path]) => ({
  ...{ method, path, summary: 'Not built yet.', parameters: [], open: true, gives: {}, refuses: ['unsupported'] },
  handle() {
    throw new FactError('unsupported', `${method} ${path} is not built yet`)
  },
}))
