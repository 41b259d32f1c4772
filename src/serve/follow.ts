import { textOf } from '../base/bytes.ts'
import { callOf } from './answer.ts'
import type { ReaderReply } from './readers/piece-stream.ts'
import { type Context, NDJSON_TYPE, type Reply, type Request, type Route } from './route.ts'

/** Answers a request of a route. */
type Ask = (request: Request) => Promise<Reply | ReaderReply>

export const isFollowing = ({ follow }: Route, { query }: Request): boolean =>
  follow !== undefined && query.get('follow') === 'true'

/** A reply that goes on for as long as somebody listens; each page of it is asked as any other request. */
export function followed(route: Route, request: Request, context: Context, ask: Ask): Reply {
  const { params } = request
  const header = (name: string) => (name === 'accept' ? NDJSON_TYPE : undefined)
  return route.follow!(callOf(route, request, context), context, async query =>
    wholeText(await ask({ method: 'GET', params, query, header, body: new Uint8Array(0) })),
  )
}

/** All of a reply that is known to be short. */
async function wholeText({ body }: Reply | ReaderReply): Promise<string> {
  if ('text' in body) return body.text
  if ('chunks' in body) return [...body.chunks].join('')
  if (!('stream' in body)) throw new Error('a page that never ends')
  const parts: Uint8Array[] = []
  for await (const { bytes, taken } of body.stream) {
    parts.push(Uint8Array.from(bytes))
    taken()
  }
  return textOf(Buffer.concat(parts))!
}
