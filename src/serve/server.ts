import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import { FactError } from '../base/error.ts'
import type { ServedDatabase } from '../database/api.ts'
import type { Limits } from '../database/limits.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'
import { answer } from './answer.ts'
import { cacheHeaders, unchanged } from './caching.ts'
import { corsOf, type Origins } from './cors.ts'
import { matchDirect } from './direct-paths.ts'
import { EntityFront } from './entity-front.ts'
import { firstPieces, SHORT } from './first-pieces.ts'
import { followed, isFollowing } from './follow.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import { type AnswerMoment, momentHeaders, momentOf } from './moment-headers.ts'
import type { About } from './openapi/about.ts'
import { type Note, plainAnswer } from './plain-answer.ts'
import { BodyRoom } from './plain-body.ts'
import { problemOf } from './problem.ts'
import { callerOf, queryRun } from './query-runs.ts'
import { askReaders, isForReaders, jobOf } from './readers/ask-readers.ts'
import type { ReaderReply } from './readers/piece-stream.ts'
import type { Readers } from './readers/readers.ts'
import { LARGEST_BODY, requestBody } from './request-body.ts'
import { type Chunk, type Context, PROBLEM_TYPE, type Reply, type Request, type Route, type Writes } from './route.ts'
import { methodsByPath, ROUTES, unknownRoute } from './routes.ts'
import {
  type Encoding,
  encodingFor,
  packed,
  sendChunks,
  sendCompressed,
  sendLines,
  sendPieces,
  sendPiecesCompressed,
  WORTH_COMPRESSING,
} from './send.ts'
import { SmallQueries } from './small-queries.ts'
import { LARGEST_HEAD, refuseUnreadable } from './unreadable.ts'
import { warmUp } from './warm-up.ts'

export interface ServerOptions {
  readonly log: Log
  /** Whether the sources have been read to where they ended at the start; true where absent. */
  readonly ready?: () => boolean
  /** What is served; everything that only reads where absent. */
  readonly routes?: readonly Route[]
  /** What `routes` may have written. */
  readonly writes?: Writes
  /** Threads that run queries; without them everything is answered by this one. */
  readonly readers?: Readers
  /** How the Kafka source stands; null where none is read. */
  readonly kafka?: () => KafkaReport | null
  /** Origins whose pages may read answers, `*` for anybody's; none where absent. */
  readonly cors?: Origins
  /** Whether answers are compressed by gzip for whoever takes it; zstd is given to whoever asks for it in any case. */
  readonly gzip?: boolean
  /** Of the program, as `/openapi.json` tells it. */
  readonly version?: string
  /** Whether it makes itself quick before it is ready; not where absent. */
  readonly warm?: boolean
  /** Bytes that the bodies of all requests under way may take together. */
  readonly bodies?: number
  /** Milliseconds that requests get to finish once the server closes. */
  readonly patience?: number
}

export interface HeartwoodServer {
  /** Begins to serve and gives the URL. Port 0 takes a free one. Throws `unavailable` where the port is in use. */
  listen(port: number, host: string): Promise<string>
  /** Takes no more requests, lets those under way finish, and ends. */
  close(): Promise<void>
}

type Headers = Record<string, string | number>

const NO_BODY = new Uint8Array(0)

/** Bytes that the bodies of all requests under way take together, where nothing else is said. */
const BODIES = 256 << 20

/** The only file that knows Express and Node's server: requests in, replies out. What is answered, `ROUTES` say. */
export function createServer(database: ServedDatabase, options: ServerOptions): HeartwoodServer {
  const { log, ready = () => true, kafka = () => null, readers = null, patience = 10_000 } = options
  const { cors = [], gzip = false, version = '0', routes = ROUTES, writes, bodies = BODIES, warm = false } = options
  const stopping = new AbortController()
  let warmed = !warm
  const begun = () => {
    warmed = true
  }
  const unwarmed = (err: unknown) => log.warn({ err }, 'what is asked first will take longer')
  const small = new SmallQueries(database)
  const metrics = new Metrics(database, readers)
  metrics.addKafka(database, kafka)
  const room = new BodyRoom(bodies)
  metrics.addBodies(room)
  const limits = { ...limitsTold(database.limits), bodiesBytes: bodies, ...readers?.limits }
  const about = () => ({ version, limits })
  const context: Context = {
    database,
    metrics,
    ready: () => ready() && warmed,
    kafka,
    about,
    stopping: stopping.signal,
    ...(writes && { writes }),
  }
  const app = expressApp((route, request, response, started) => void serve(route, request, response, started))

  const server = createHttpServer({ maxHeaderSize: LARGEST_HEAD }, (incoming, response) => {
    const started = performance.now()
    response.on('error', error => log.warn({ err: error }, 'a reply could not be sent'))
    try {
      if (cors.length > 0) {
        const { headers, all } = corsOf(cors, incoming)
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        if (all) return void response.writeHead(204).end()
      }
      const url = incoming.url ?? '/'
      const direct = routes === ROUTES ? matchDirect(incoming.method, url) : null
      if (direct === null) return app(incoming, response)
      const request = (body: Uint8Array) => requestOf(incoming, direct.params, new URLSearchParams(direct.search), body)
      if (incoming.method !== 'POST') void serve(direct.route, request(NO_BODY), response, started)
      else
        bodyOf(incoming, response).then(
          body => serve(direct.route, request(body), response, started),
          error => sendProblem(direct.route, error, 'POST', response, started),
        )
    } catch (error) {
      sendProblem(null, error, incoming.method ?? '', response, started)
    }
  })

  server.on('clientError', (error, socket) => {
    const status = refuseUnreadable(error, socket, presentHeaders())
    if (status !== null) metrics.unreadable(status)
  })

  // longer than balancers and clients keep theirs, so that none of them sends a request into a connection that ends
  server.keepAliveTimeout = 65_000

  const noted = (status: number, seconds: number) => metrics.request('GET', '/entity/:id', status, seconds)
  // pages of other origins are told apart by fields that only Node reads
  const answering = (note: Note) => plainAnswer(context, gzip, server.keepAliveTimeout, note)
  const front = routes === ROUTES && cors.length === 0 ? new EntityFront(server, answering(noted)) : null

  const bodyOf = (incoming: IncomingMessage, response: ServerResponse): Promise<Uint8Array> =>
    requestBody(incoming, room, free => void response.once('close', free))

  async function serve(route: Route, request: Request, response: ServerResponse, started: number): Promise<void> {
    let complete = false
    try {
      const known = unchanged(database, route, request)
      if (known !== null) {
        complete = true
        return sendUnchanged(route, known.moment, known.tag, request.method, response, started)
      }
      const client = response.socket?.remoteAddress ?? ''
      const ofReaders = readers !== null && isForReaders(route)
      const reply = isFollowing(route, request)
        ? followed(route, request, context, async page =>
            ofReaders ? readers.run(jobOf(route, page), client).reply : answer(route, page, context),
          )
        : await (ofReaders
            ? (small.answer(route, request) ?? askReaders(readers, route, request, database, response, client))
            : answer(route, request, context))
      complete = reply !== null && (await send(route, reply, request, response, started))
    } catch (error) {
      if (!response.headersSent) sendProblem(route, error, request.method, response, started)
      else {
        // what was sent so far must not look complete
        log.error({ err: error, route: route.path }, 'a reply broke off')
        response.destroy()
      }
    } finally {
      const name = queryRun(database, route, request)
      if (name !== null) notedRun(name, callerOf(request), performance.now() - started, !complete)
    }
  }

  function notedRun(name: string, caller: string, ms: number, failed: boolean): void {
    database.noteRun(name, caller, ms, failed)
    metrics.query(name, ms / 1000, failed)
  }

  /** The reader has it already. */
  function sendUnchanged(
    route: Route,
    moment: AnswerMoment,
    tag: string,
    method: string,
    response: ServerResponse,
    started: number,
  ): void {
    const headers = { ...momentHeaders(database, moment), ETag: tag, 'Server-Timing': timing(started) }
    response.writeHead(304, headers).end()
    metrics.request(method, route.path, 304, (performance.now() - started) / 1000)
  }

  /** False where the reader went away before the end. */
  async function send(
    route: Route,
    reply: Reply | ReaderReply,
    request: Request,
    response: ServerResponse,
    started: number,
  ): Promise<boolean> {
    const { method } = request
    const encoding = encodingFor(request.header('accept-encoding'), gzip)
    const { status = 200, type, query, body } = reply
    const moment = reply.moment ?? momentOf(database.view())
    const headers: Headers = { 'Content-Type': type, ...momentHeaders(database, moment) }
    if (query !== undefined) headers['Heartwood-Query'] = query
    Object.assign(headers, cacheHeaders(database, route, request, reply))
    if (Object.keys(route.gives).length > 1) addVary(response, headers, 'Accept')
    if ('text' in body) sendText(response, status, headers, body.text, started, encoding)
    else if ('lines' in body) {
      headers['Server-Timing'] = timing(started)
      response.writeHead(status, headers)
      response.flushHeaders()
      if (method !== 'HEAD') await sendLines(response, body.lines)
      response.end()
    } else if ('stream' in body) {
      const { stream, counted } = body
      headers['Server-Timing'] = timing(started)
      writeStreamHead(response, status, headers, counted, encoding, method)
      const complete = await (encoding === null
        ? sendPieces(response, stream)
        : sendPiecesCompressed(response, stream, encoding))
      if (!finishStream(route, response, headers, stream.rows, complete)) return false
    } else {
      const chunks = body.chunks[Symbol.iterator]()
      // the first pieces are made before the status is sent: most faults show by then, and a short answer has a length
      const first = firstPieces(chunks, body.rows === undefined ? SHORT : 0)
      if (first.done && body.rows === undefined) {
        sendText(response, status, headers, first.pieces.join(''), started, encoding)
        metrics.request(method, route.path, status, (performance.now() - started) / 1000)
        return true
      }
      headers['Server-Timing'] = timing(started)
      const counted = body.rows !== undefined
      writeStreamHead(response, status, headers, counted, encoding, method)
      const rest = resumed(first.pieces, chunks)
      const complete =
        method === 'HEAD' ||
        (await (encoding === null ? sendChunks(response, rest) : sendCompressed(response, rest, encoding)))
      const rows = typeof body.rows === 'function' ? body.rows() : (body.rows ?? 0)
      if (!finishStream(route, response, headers, rows, complete)) return false
    }
    metrics.request(method, route.path, status, (performance.now() - started) / 1000)
    return true
  }

  /** Ends a stream, or cuts it off; false where it is not complete. */
  function finishStream(
    route: Route,
    response: ServerResponse,
    headers: Headers,
    rows: number,
    complete: boolean,
  ): boolean {
    metrics.stream(route.path, rows, complete)
    if (!complete) response.destroy()
    else {
      if (headers['Trailer'] !== undefined) response.addTrailers({ 'Heartwood-Rows': String(rows) })
      response.end()
    }
    return complete
  }

  function sendProblem(
    route: Route | null,
    error: unknown,
    method: string,
    response: ServerResponse,
    started: number,
  ): void {
    const problem = problemOf(error, (id, err) => log.error({ id, err, route: route?.path }, 'an error of ours'))
    const headers: Headers = { 'Content-Type': PROBLEM_TYPE, ...presentHeaders() }
    if (error instanceof FactError && error.details.retryAfter !== undefined)
      headers['Retry-After'] = error.details.retryAfter
    if (error instanceof WrongMethod) headers['Allow'] = error.allowed.join(', ')
    sendText(response, problem.status, headers, `${JSON.stringify(problem)}\n`, started, null)
    metrics.request(method, route?.path ?? 'none', problem.status, (performance.now() - started) / 1000)
  }

  /** Store and moment, as every answer names them; none where even that fails. */
  function presentHeaders(): Headers {
    try {
      return momentHeaders(database, momentOf(database.view()))
    } catch (err) {
      log.error({ err }, 'the present cannot be named')
      return {}
    }
  }

  /** Express as this server needs it: it finds the route and decodes its path. */
  function expressApp(take: (route: Route, request: Request, response: ServerResponse, started: number) => void) {
    const app = express()
    app.disable('x-powered-by')
    const started = new WeakMap<IncomingMessage, number>()
    app.use((incoming, _response, next) => {
      started.set(incoming, performance.now())
      next()
    })
    for (const route of routes) {
      app[route.method === 'GET' ? 'get' : 'post'](route.path, async (incoming, response) => {
        const body = await bodyOf(incoming, response)
        const query = new URLSearchParams(new URL(incoming.originalUrl, 'http://x').search)
        const request = requestOf(incoming, incoming.params as Record<string, string>, query, body)
        take(route, request, response, started.get(incoming) ?? performance.now())
      })
    }
    for (const [path, methods] of methodsByPath(routes))
      app.all(path, incoming => {
        throw new WrongMethod(incoming.method, incoming.path, methods)
      })
    app.use(incoming => {
      throw unknownRoute(incoming.path, routes)
    })
    app.use((error: unknown, incoming: express.Request, response: express.Response, _next: express.NextFunction) => {
      if (response.headersSent) return void response.destroy()
      sendProblem(null, ofExpress(error), incoming.method, response, started.get(incoming) ?? performance.now())
    })
    return app
  }

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', error => reject(ofListening(error as NodeJS.ErrnoException, host, port)))
        server.listen(port, host, () => {
          const { port: taken } = server.address() as { port: number }
          resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}`)
          // nobody is told of these answers, nor counts them
          if (warm)
            void warmUp(
              database,
              answering(() => {}),
            )
              .catch(unwarmed)
              .finally(begun)
        })
      }),
    close: () =>
      new Promise(resolve => {
        stopping.abort()
        const idle = setInterval(() => server.closeIdleConnections(), 20)
        const last = setTimeout(() => {
          server.closeAllConnections()
          front?.closeAll()
        }, patience)
        front?.closeIdle()
        server.close(() => {
          clearInterval(idle)
          clearTimeout(last)
          resolve()
        })
      }),
  }
}

/** What one request may take, as `/openapi.json` tells it. */
const limitsTold = ({ timeoutMs, memory }: Limits): About['limits'] => ({
  queryTimeoutMs: Number.isFinite(timeoutMs) ? timeoutMs : null,
  queryMemoryBytes: Number.isFinite(memory) ? memory : null,
  bodyBytes: LARGEST_BODY,
})

class WrongMethod extends FactError {
  readonly allowed: readonly string[]
  constructor(method: string, path: string, methods: readonly string[]) {
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods
    super('wrong-method', `${path} does not take ${method}; it takes ${allowed.join(', ')}`)
    this.allowed = allowed
  }
}

function requestOf(
  incoming: IncomingMessage,
  params: Record<string, string>,
  query: URLSearchParams,
  body: Uint8Array,
): Request {
  const { headers, method = 'GET' } = incoming
  const header = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  return { method, params, query, header, body }
}

const timing = (started: number): string => `total;dur=${(performance.now() - started).toFixed(2)}`

function writeStreamHead(
  response: ServerResponse,
  status: number,
  headers: Headers,
  counted: boolean,
  encoding: Encoding | null,
  method: string,
): void {
  addVary(response, headers, 'Accept-Encoding')
  if (encoding !== null) headers['Content-Encoding'] = encoding
  if (counted && method !== 'HEAD') headers['Trailer'] = 'Heartwood-Rows'
  response.writeHead(status, headers)
}

function sendText(
  response: ServerResponse,
  status: number,
  headers: Headers,
  text: string,
  started: number,
  encoding: Encoding | null,
): void {
  const long = text.length >= WORTH_COMPRESSING
  if (long) addVary(response, headers, 'Accept-Encoding')
  const body = long && encoding !== null ? packed(text, encoding) : text
  if (typeof body !== 'string') headers['Content-Encoding'] = encoding!
  headers['Content-Length'] = Buffer.byteLength(body)
  headers['Server-Timing'] = timing(started)
  response.writeHead(status, headers)
  response.end(body)
}

/** One header more by which answers of a URL differ. */
function addVary(response: ServerResponse, headers: Headers, name: string): void {
  const known = headers['Vary'] ?? response.getHeader('Vary')
  headers['Vary'] = known === undefined ? name : `${known}, ${name}`
}

function* resumed(pieces: readonly Chunk[], rest: Iterator<Chunk>): Generator<Chunk> {
  yield* pieces
  try {
    for (let next = rest.next(); !next.done; next = rest.next()) yield next.value
  } finally {
    rest.return?.()
  }
}

/** What Express says of a request, in our words. */
function ofExpress(error: unknown): unknown {
  if (error instanceof FactError || !(error instanceof Error)) return error
  const { status } = error as { status?: number }
  if (error instanceof URIError) return new FactError('argument', 'the path is not percent-encoded UTF-8')
  if (status !== undefined && status >= 400 && status < 500)
    return new FactError('argument', `the request cannot be read: ${error.message}`)
  return error
}

function ofListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new FactError('unavailable', `port ${port} of ${host} is in use; choose another with --port`)
  if (error.code === 'EACCES')
    return new FactError(
      'unavailable',
      `port ${port} of ${host} may not be used by this user; choose one above 1023 with --port`,
    )
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new FactError('unavailable', `${host} is no address of this machine; choose another with --host`)
  return error
}
