import { FactError } from '../base/error.ts'
import type { ServedDatabase } from '../database/api.ts'
import { presentCaching } from './caching.ts'
import type { PlainAnswer } from './entity-front.ts'
import { momentHeaders, momentOf } from './moment-headers.ts'
import { problemOf } from './problem.ts'
import { JSON_TYPE, PROBLEM_TYPE } from './route.ts'
import { encodingFor, WORTH_COMPRESSING } from './send.ts'

/** Told of each answer: its status, and how many seconds it took. */
export type Note = (status: number, seconds: number) => void

/**
 * Answers `GET /entity/:id` as of now with all that goes back on the connection, as the route would have it sent. What only the route can do,
 * and every fault but that an entity is not known, is left to it.
 */
export function plainAnswer(database: ServedDatabase, gzip: boolean, keepAliveMs: number, note: Note): PlainAnswer {
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

  /** Status, fields that the moment decides, and body. */
  function found(path: string): readonly [string, string, string] {
    const id = path.includes('%') ? decodeURIComponent(path) : path
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

  function notFound(error: FactError): readonly [string, string, string] {
    const fields = fieldsOf(PROBLEM_TYPE, momentHeaders(database, momentOf(database.view())))
    return ['404 Not Found', fields, `${JSON.stringify(problemOf(error, () => {}))}\n`]
  }

  return (path, encodings) => {
    const started = performance.now()
    try {
      const [status, fields, body] = orElse(() => found(path), notFound)
      const long = body.length >= WORTH_COMPRESSING
      if (long && encodingFor(encodings, gzip) !== null) return null
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

function orElse<X>(work: () => X, notFound: (error: FactError) => X): X {
  try {
    return work()
  } catch (error) {
    if (error instanceof FactError && error.kind === 'not-found') return notFound(error)
    throw error
  }
}

const fieldsOf = (type: string, headers: Readonly<Record<string, string>>): string =>
  Object.entries({ 'Content-Type': type, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
