import { FactError } from '../base/error.ts'
import type { DatabaseReader } from '../database/api.ts'
import { chooseType } from './accept.ts'
import { Parameters } from './parameters.ts'
import type { Call, ReaderContext, Reply, Request, Route } from './route.ts'

/** Finds a request fit for its route and answers it. Throws what is wrong with it, and nothing has been sent then. */
export const answer = <C extends ReaderContext>(
  route: Route<C>,
  request: Request,
  context: C,
): Reply | Promise<Reply> => route.handle(callOf(route, request, context), context)

/** A request that is fit for its route. Throws what is wrong with it. */
export function callOf<C extends ReaderContext>(route: Route<C>, request: Request, context: C): Call {
  const parameters = new Parameters(request.query)
  if (!route.open) parameters.check([...route.parameters.map(({ name }) => name), 'store'], route.planned)
  checkStore(context.database, request)
  const accepted = chooseType(request.header('accept'), Object.keys(route.gives))
  return { request, parameters, accepted }
}

/** A client that says which store it means is not answered by another one. */
function checkStore({ storeName }: DatabaseReader, { header, query }: Request): void {
  for (const named of [header('heartwood-store'), query.get('store') ?? undefined])
    if (named !== undefined && named !== storeName)
      throw new FactError('wrong-store', `this is the store ${storeName}, and the request is meant for ${named}`)
}
