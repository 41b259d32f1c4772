import { FactError } from '../../base/error.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** Alive: it answers. */
const health: Route = {
  ...{ method: 'GET', path: '/health', parameters: [], produces: [JSON_TYPE] },
  handle: () => jsonReply({ status: 'ok' }),
}

/** Ready: what the sources held at the start has been read. */
const ready: Route = {
  ...{ method: 'GET', path: '/ready', parameters: [], produces: [JSON_TYPE] },
  handle(_, context) {
    if (!context.ready())
      throw new FactError('not-ready', 'still reading what the sources held when this service started')
    return jsonReply({ status: 'ready' })
  },
}

const metrics: Route = {
  ...{ method: 'GET', path: '/metrics', parameters: [], produces: ['text/plain'] },
  handle: async (_, context) => ({ type: context.metrics.type, body: { text: await context.metrics.text() } }),
}

export const healthRoutes: readonly Route[] = [health, ready, metrics]
