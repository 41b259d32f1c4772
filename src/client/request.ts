/** What a server said about a request that it refused. Programs go by `kind`, which never changes its name. */
export class RequestError extends Error {
  readonly kind: string
  readonly status: number
  /** The whole `application/problem+json` body. */
  readonly problem: Readonly<Record<string, unknown>>

  constructor(status: number, problem: Readonly<Record<string, unknown>>) {
    super(String(problem['detail'] ?? `the server answered ${status}`))
    this.name = 'RequestError'
    this.kind = String(problem['kind'] ?? 'unknown')
    this.status = status
    this.problem = problem
  }
}

export interface Asking {
  readonly accept: string
  readonly body?: unknown
  readonly signal: AbortSignal | undefined
  /** How often what failed on the way is asked again. */
  readonly retries: number
}

/** Sends a request; again where the network failed or the server was busy. Throws `RequestError` where it was refused. */
export async function ask(url: string, { accept, body, signal, retries }: Asking): Promise<Response> {
  const headers: Record<string, string> = { accept }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init = {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: json(body) }),
    ...(signal && { signal }),
  }
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url, init)
      if (response.ok) return response
      const problem = await response.json().catch(() => ({}))
      const refused = new RequestError(response.status, problem as Record<string, unknown>)
      if (response.status !== 503 || attempt >= retries) throw refused
    } catch (error) {
      if (error instanceof RequestError && error.status !== 503) throw error
      if (attempt >= retries || signal?.aborted) throw error
    }
    await pause(attempt, signal)
  }
}

/** Waits longer after each failed attempt, the first being 0; not for somebody who has given up. */
export function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, Math.min(5000, 100 * 2 ** attempt))
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    signal?.addEventListener('abort', done)
  })
}

/** JSON with a bigint as the number that it is; a date as an instant. */
export function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(each => json(each ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${json(each)}`).join(',')}}`
}

/** A moment: a transaction, a day, or an instant. */
export type Moment = number | string | Date

export const momentText = (asOf: Moment): string => (asOf instanceof Date ? asOf.toISOString() : String(asOf))
