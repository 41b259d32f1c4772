import { FactError } from '../../base/error.ts'
import { jsonBody } from '../json-body.ts'
import { list, object, text, whole } from '../openapi/schema.ts'
import { type Call, type Context, JSON_TYPE, jsonReply, type Reply, type Route } from '../route.ts'
import { writesOf } from '../writes-of.ts'

/** `POST /accept-gap` `{"topic":"shop.sale"}` */
async function handle({ request }: Call, context: Context): Promise<Reply> {
  const { topic } = jsonBody(request, ['topic'])
  if (typeof topic !== 'string' || topic === '')
    throw new FactError('argument', 'topic is the name of a Kafka topic: {"topic":"shop.sale"}')
  try {
    return jsonReply({ gaps: await writesOf(context).acceptGap(topic) })
  } catch (error) {
    // brokers that do not answer now may do so soon
    if (error instanceof FactError && error.kind === 'unavailable') throw new FactError('not-ready', error.message)
    throw error
  }
}

const GAP = object({ source: text, from: whole, to: whole, reason: text, detail: text })

export const acceptGapRoute: Route = {
  ...{ method: 'POST', path: '/accept-gap', handle },
  summary: 'Goes on with a Kafka topic whose events can no longer be read on from where they were read last.',
  ...{ parameters: [], body: { [JSON_TYPE]: object({ topic: text }) } },
  gives: { [JSON_TYPE]: object({ gaps: list(GAP) }) },
  refuses: ['not-found', 'not-ready', 'disk-full', 'store-full', 'unsupported'],
}
