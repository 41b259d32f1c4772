/** Origins whose pages may read answers (`https://…`), or `*` for those of anybody. */
export type Origins = readonly string[]

/** What a page may read beside the body. */
const EXPOSED = [
  ...['Heartwood-T', 'Heartwood-Instant', 'Heartwood-Settled', 'Heartwood-Store', 'Heartwood-Query'],
  ...['Server-Timing', 'ETag', 'Retry-After'],
].join(', ')
const ALLOWED = 'Accept, Content-Type, Heartwood-Store, Heartwood-Caller, If-None-Match'
/** Seconds for which a browser need not ask again. */
const REMEMBERED = '7200'

/** What a request says of itself, names of headers in lower case. */
export interface CrossOrigin {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/**
 * Cross-origin requests as the Fetch standard has them: headers that name an origin that may read the answer. `all` says that they are all
 * the answer: a browser asks before it sends.
 */
export function corsOf(
  origins: Origins,
  { method, headers }: CrossOrigin,
): { readonly headers: Readonly<Record<string, string>>; readonly all: boolean } {
  const { origin, 'access-control-request-method': asked } = headers
  const anybody = origins.includes('*')
  // other origins must not be shown what a cache kept for this one
  const vary: Record<string, string> = anybody ? {} : { Vary: 'Origin' }
  if (typeof origin !== 'string' || !(anybody || origins.includes(origin))) return { headers: vary, all: false }
  const allowed = { 'Access-Control-Allow-Origin': anybody ? '*' : origin, 'Access-Control-Expose-Headers': EXPOSED }
  if (method !== 'OPTIONS' || asked === undefined) return { headers: { ...vary, ...allowed }, all: false }
  const asking = {
    'Access-Control-Allow-Methods': 'GET, HEAD, POST',
    'Access-Control-Allow-Headers': ALLOWED,
    'Access-Control-Max-Age': REMEMBERED,
  }
  return { headers: { ...vary, ...allowed, ...asking }, all: true }
}
