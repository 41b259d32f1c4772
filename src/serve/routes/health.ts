import { FactError } from '../../base/error.ts'
import { object, oneOf, text } from '../openapi/schema.ts'
import { JSON_TYPE, jsonReply, type Route } from '../route.ts'

/** Alive: it answers. */
const health: Route = {
  ...{ method: 'GET', path: '/health', summary: 'Whether it is alive.', parameters: [], refuses: [] },
  gives: { [JSON_TYPE]: object({ status: oneOf('ok') }) },
  handle: () => jsonReply({ status: 'ok' }),
}

/** Ready: what the sources held at the start has been read. */
const ready: Route = {
  ...{ method: 'GET', path: '/ready', summary: 'Whether the sources were read to where they ended at the start.' },
  ...{ parameters: [], gives: { [JSON_TYPE]: object({ status: oneOf('ready') }) }, refuses: ['not-ready'] },
  handle(_, context) {
    if (!context.ready())
      throw new FactError(
        'not-ready',
        'still reading what the sources held when this service started, or just about to be',
      )
    return jsonReply({ status: 'ready' })
  },
}

const metrics: Route = {
  ...{ method: 'GET', path: '/metrics', summary: 'Counts and times in the text format of Prometheus.' },
  ...{ parameters: [], gives: { 'text/plain': text }, refuses: [] },
  handle: async (_, context) => ({ type: context.metrics.type, body: { text: await context.metrics.text() } }),
}

export const healthRoutes: readonly Route[] = [health, ready, metrics]
