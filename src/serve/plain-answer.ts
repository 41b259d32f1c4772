import { FactError } from '../base/error.ts'
import { answer } from './answer.ts'
import { cacheHeaders, presentCaching } from './caching.ts'
import type { PlainAnswer } from './entity-front.ts'
import { momentHeaders, momentOf } from './moment-headers.ts'
import type { PlainRequest } from './plain-request.ts'
import { problemOf } from './problem.ts'
import { type Context, JSON_TYPE, PROBLEM_TYPE, type Request } from './route.ts'
import { entityRoutes } from './routes/entity.ts'
import { encodingFor, WORTH_COMPRESSING } from './send.ts'

/** Told of each answer: its status, and how many seconds it took. */
export type Note = (status: number, seconds: number) => void

/** Status, the fields that depend on what was asked, and body. */
type Answered = readonly [status: string, fields: string, body: string]

const [, byId] = entityRoutes
const NO_BODY = new Uint8Array(0)

/**
 * Answers `GET /entity/:id` with all that goes back on the connection, as the route would have it sent. What has to wait, and every fault but
 * that an entity is not known, is left to the route.
 */
export function plainAnswer(context: Context, gzip: boolean, keepAliveMs: number, note: Note): PlainAnswer {
  const { database } = context
  const connection = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1000}\r\n\r\n`
  let [second, date] = [0, '']
  let [t, instant, settled, moment] = [-1, 0, false, '']

  function dated(): string {
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) {
      second = now
      date = `Date: ${new Date(now * 1000).toUTCString()}\r\n`
    }
    return date
  }

  /** All of an entity as of now, which most ask for. */
  function whole(id: string): Answered {
    const { view, found } = database.entityJson(id, undefined)
    // most answers are of the same moment as the one before
    if (view.t !== t || view.instant !== instant || view.settled !== settled) {
      const at = momentOf(view)
      moment = fieldsOf(JSON_TYPE, { ...momentHeaders(database, at), ...presentCaching(database, at, JSON_TYPE) })
      t = view.t
      instant = view.instant
      settled = view.settled
    }
    return ['200 OK', moment, `${found}\n`]
  }

  function chosen(id: string, search: string): Answered | null {
    const query = new URLSearchParams(search)
    if (query.has('after')) return null
    const request: Request = { method: 'GET', params: { id }, query, header: () => undefined, body: NO_BODY }
    const reply = answer(byId, request, context)
    if (reply instanceof Promise || !('text' in reply.body)) return null
    const at = reply.moment ?? momentOf(database.view())
    const headers = { ...momentHeaders(database, at), ...cacheHeaders(database, byId, request, reply) }
    return ['200 OK', fieldsOf(reply.type, headers), reply.body.text]
  }

  function answered({ id: path, search, encodings }: PlainRequest): Answered | null {
    // it may be long and much work, and would be made once more to be compressed
    if (search !== '' && encodingFor(encodings, gzip) !== null) return null
    const id = path.includes('%') ? decodeURIComponent(path) : path
    try {
      return search === '' ? whole(id) : chosen(id, search)
    } catch (error) {
      if (!(error instanceof FactError) || error.kind !== 'not-found') throw error
      const fields = fieldsOf(PROBLEM_TYPE, momentHeaders(database, momentOf(database.view())))
      return ['404 Not Found', fields, `${JSON.stringify(problemOf(error, () => {}))}\n`]
    }
  }

  return request => {
    const started = performance.now()
    try {
      const found = answered(request)
      if (found === null) return null
      const [status, fields, body] = found
      const long = body.length >= WORTH_COMPRESSING
      if (long && encodingFor(request.encodings, gzip) !== null) return null
      const length = Buffer.byteLength(body)
      const ms = performance.now() - started
      note(Number(status.slice(0, 3)), ms / 1000)
      const vary = long ? 'Vary: Accept-Encoding\r\n' : ''
      const timing = `Server-Timing: total;dur=${ms.toFixed(2)}\r\n`
      const head = `HTTP/1.1 ${status}\r\n${fields}${vary}Content-Length: ${length}\r\n${timing}${dated()}${connection}`
      return { text: head + body, ascii: length === body.length }
    } catch {
      // the route meets it again, and says it
      return null
    }
  }
}

const fieldsOf = (type: string, headers: Readonly<Record<string, string>>): string =>
  Object.entries({ 'Content-Type': type, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
