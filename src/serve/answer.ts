import { FactError } from '../base/error.ts'
import type { DatabaseReader } from '../database/api.ts'
import { chooseType } from './accept.ts'
import { Parameters } from './parameters.ts'
import type { ReaderContext, Reply, Request, Route } from './route.ts'

/** Finds a request fit for its route and answers it. Throws what is wrong with it, and nothing has been sent then. */
export function answer<C extends ReaderContext>(route: Route<C>, request: Request, context: C): Reply | Promise<Reply> {
  const parameters = new Parameters(request.query)
  if (!route.open) parameters.check([...route.parameters.map(({ name }) => name), 'store'], route.planned)
  checkStore(context.database, request)
  const accepted = chooseType(request.header('accept'), Object.keys(route.gives))
  return route.handle({ request, parameters, accepted }, context)
}

/** A client that says which store it means is not answered by another one. */
function checkStore({ storeName }: DatabaseReader, { header, query }: Request): void {
  for (const named of [header('heartwood-store'), query.get('store') ?? undefined])
    if (named !== undefined && named !== storeName)
      throw new FactError('wrong-store', `this is the store ${storeName}, and the request is meant for ${named}`)
}
