import type { Writable } from 'node:stream'
import type { DatabaseReader } from '../../database/api.ts'
import { whenApplied } from '../applied.ts'
import { Parameters } from '../parameters.ts'
import { READER_ROUTES } from '../reader-routes.ts'
import type { Request, Route } from '../route.ts'
import type { ReaderReply } from './piece-stream.ts'
import type { Request as ReaderRequest, Readers } from './readers.ts'
import { CARRIED } from './wire.ts'

const FOR_READERS: ReadonlySet<unknown> = new Set(READER_ROUTES)

export const isForReaders = (route: Route): boolean => FOR_READERS.has(route)

/** A request as it is sent to a reader. */
export function jobOf(route: Route, { method, params, query, header, body }: Request): ReaderRequest {
  const headers: Record<string, string> = {}
  for (const name of CARRIED) {
    const value = header(name)
    if (value !== undefined) headers[name] = value
  }
  return {
    ...{ route: `${route.method} ${route.path}`, method, params, headers, search: query.toString() },
    body: body.length === 0 ? null : new Uint8Array(body),
  }
}

/**
 * The answer of a reader; null where the client went away before it. `client` is whoever shares its turns in the queue. Whoever goes away while it comes ends the query too.
 * Throws `busy` where too many wait, and whatever the reader throws.
 */
export async function askReaders(
  readers: Readers,
  route: Route,
  request: Request,
  database: DatabaseReader,
  response: Writable,
  client: string,
): Promise<ReaderReply | null> {
  if (route.waits) await whenApplied(database, new Parameters(request.query))
  if (response.destroyed) return null
  const asked = readers.run(jobOf(route, request), client)
  const gone = () => {
    if (!response.writableFinished) asked.cancel()
  }
  response.once('close', gone)
  try {
    return await asked.reply
  } catch (error) {
    if (response.destroyed) return null
    throw error
  }
}
