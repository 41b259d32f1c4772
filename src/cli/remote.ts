import { FactError } from '../base/error.ts'
import { problemIn } from './problem.ts'

/** A request to a running server. */
export interface Asked {
  readonly method?: 'GET' | 'POST'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly accept?: string
}

/** What a server answers. Throws its problem as the error that a store of our own would give, and `unavailable` where nobody answers. */
export async function askServer(url: string, path: string, { method = 'GET', body, accept }: Asked): Promise<Response> {
  let response: Response
  try {
    response = await fetch(new URL(path, url.endsWith('/') ? url : `${url}/`), {
      method,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error }
    throw new FactError('unavailable', `no server answers at ${url}: ${cause?.message ?? message}`)
  }
  if (response.ok) return response
  const words = `${url} answers ${response.status}, and is no Heartwood`
  throw problemIn(await response.text()) ?? new FactError('unavailable', words)
}

/** The pieces of a body as they come. Throws `unavailable` where the connection breaks before its end. */
export async function* piecesOf(response: Response, url: string): AsyncGenerator<readonly Uint8Array[]> {
  try {
    for await (const chunk of response.body ?? []) yield [chunk]
  } catch (error) {
    throw new FactError(
      'unavailable',
      `the answer of ${url} broke off, and what came is not whole: ${(error as Error).message}`,
    )
  }
}
