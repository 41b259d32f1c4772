import { machineClock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { openDatabase } from '../database/database.ts'
import { answer } from '../serve/answer.ts'
import type { Context, Reply, Request, Route } from '../serve/route.ts'
import { problemIn } from './problem.ts'
import { placeOf } from './setting.ts'

/** Who is asked: the server at `url`, else the store in `data` itself. */
export interface Asked {
  readonly data: string
  readonly project?: string
  readonly url?: string
}

/** A request to a route, whoever answers it. */
export interface Question {
  readonly route: Route
  readonly params?: Readonly<Record<string, string>>
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Of the answer. */
  readonly accept?: string
  readonly body?: { readonly type: string; readonly text: string }
}

/** The route of a path among several. */
export function routeOf(routes: readonly Route[], path: string): Route {
  const route = routes.find(each => each.path === path)
  if (!route) throw new Error(`bug: no route ${path}`)
  return route
}

/**
 * The answer of a route, piece by piece: the same from a server and from the store itself, which may be written to meanwhile. Throws what
 * is wrong as a `FactError` of the same kind either way; `unavailable` where a server is not reached.
 */
export function ask(asked: Asked, question: Question): AsyncIterable<string | Uint8Array> {
  return asked.url === undefined ? askStore(asked, question) : askServer(asked.url, question)
}

/** The whole body, and what it says as JSON. */
export async function askJson<X>(
  asked: Asked,
  question: Question,
): Promise<{ readonly text: string; readonly body: X }> {
  const pieces: Buffer[] = []
  for await (const piece of ask(asked, question)) pieces.push(Buffer.from(piece as string))
  const text = Buffer.concat(pieces).toString()
  return { text, body: JSON.parse(text) as X }
}

const searchOf = (query: Question['query'] = {}): URLSearchParams =>
  new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  )

async function* askStore(asked: Asked, question: Question): AsyncGenerator<string | Uint8Array> {
  const { route, params = {}, accept, body } = question
  const database = await openDatabase({ ...placeOf(asked), clock: machineClock, readOnly: true })
  try {
    const headers: Record<string, string | undefined> = { accept, 'content-type': body?.type }
    const request: Request = {
      ...{ method: route.method, params, query: searchOf(question.query), body: Buffer.from(body?.text ?? '') },
      header: name => headers[name],
    }
    const context: Context = {
      database,
      ready: () => true,
      kafka: () => null,
      stopping: AbortSignal.abort(),
      ...NOT_SERVED,
    }
    yield* piecesOf((await answer(route, request, context)).body)
  } finally {
    await database.close()
  }
}

/** What only a server can tell. */
const NOT_SERVED: Pick<Context, 'metrics' | 'about'> = {
  metrics: { type: 'text/plain', text: async () => '' },
  about: () => ({ version: '', limits: {} }),
}

async function* piecesOf(body: Reply['body']): AsyncGenerator<string | Uint8Array> {
  if ('text' in body) yield body.text
  else if ('lines' in body) yield* body.lines
  else
    for (const chunk of body.chunks)
      if (typeof chunk === 'string') yield chunk
      else yield* chunk
}

async function* askServer(url: string, question: Question): AsyncGenerator<string | Uint8Array> {
  const { route, params = {}, accept, body } = question
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]))
  const search = searchOf(question.query)
  const target = `${url.replace(/\/+$/, '')}${path}${search.size > 0 ? `?${search}` : ''}`
  let response: Response
  try {
    response = await fetch(target, {
      method: route.method,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined ? {} : { 'content-type': body.type }),
      },
      ...(body === undefined ? {} : { body: body.text }),
    })
  } catch (error) {
    const { cause, message } = error as Error
    const why =
      cause instanceof Error && cause.message !== '' ? cause.message : ((cause as { code?: string })?.code ?? message)
    throw new FactError('unavailable', `no server is reached at ${url}: ${why}`)
  }
  if (!response.ok) {
    const words = `${target} answered ${response.status}, but not as Heartwood does; is --url right?`
    throw problemIn(await response.text()) ?? new FactError('unavailable', words)
  }
  try {
    if (response.body) yield* response.body
  } catch {
    throw new FactError('unavailable', `the answer of ${target} broke off; what was printed is not all of it`)
  }
}
