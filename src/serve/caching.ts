import type { ServedDatabase } from '../database/api.ts'
import { chooseType } from './accept.ts'
import { type AnswerMoment, momentOf } from './moment-headers.ts'
import type { Reply, Request, Route } from './route.ts'

/** How long a cache may keep what never changes, seconds: a year, as is usual. Only the reader's own, since answers are about people. */
const FOR_EVER = 'private, max-age=31536000, immutable'
/** A cache asks each time, and is told in a word that nothing changed. */
const ASK = 'private, no-cache'

/** What makes one answer of a URL differ from another: the moment, the form, and the version of the query. */
const tagOf = (database: ServedDatabase, { t, settled }: AnswerMoment, form: string, version: string): string =>
  `W/"${database.storeName}.${t}${settled ? '' : '+'}.${form}${version === '' ? '' : `.${version}`}"`

/** The version of whatever a route runs that the URL does not show: of a saved query, or of the procedures that any query may call. */
function versionOf(database: ServedDatabase, route: Route, request: Request): string {
  if (route.runs !== undefined) {
    const [name, version] = request.params[route.runs].split('@')
    return version ?? database.savedQuery(name).version
  }
  return route.cached === 'library' ? database.libraryVersion() : ''
}

/** The moment that a URL names; null where it names several, or one for each source. */
function momentAsked({ query }: Request): string | undefined | null {
  const named = [...query.getAll('asOf'), ...query.getAll('t')]
  return named.length > 1 || query.has('sources') ? null : named[0]
}

const cacheable = (route: Route, { method }: Request): boolean => route.cached !== undefined && method !== 'POST'

/** The tag of what a request would be answered with, where a cache holds just that: then it need not be answered at all. */
export function unchanged(
  database: ServedDatabase,
  route: Route,
  request: Request,
): { readonly tag: string; readonly moment: AnswerMoment } | null {
  const held = request.header('if-none-match')
  const asked = momentAsked(request)
  if (held === undefined || asked === null || !cacheable(route, request)) return null
  try {
    const form = chooseType(request.header('accept'), Object.keys(route.gives))
    const moment = momentOf(database.view(asked))
    const tag = tagOf(database, moment, formOf(form), versionOf(database, route, request))
    const tags = held.split(',').map(each => each.trim().replace(/^(?!W\/)/, 'W/'))
    return tags.includes(tag) ? { tag, moment } : null
  } catch {
    // what is wrong with the request is said where it is answered
    return null
  }
}

/** `application/vnd.apache.arrow.stream` in a word that a tag may have. */
const formOf = (type: string): string => type.split(';')[0].replace(/[^a-z]+/g, '-')

/** The headers by which caches keep an answer: for ever where the URL names all that it follows from, and nothing can be added to it. */
export function cacheHeaders(
  database: ServedDatabase,
  route: Route,
  request: Request,
  { type, moment, query }: Pick<Reply, 'type' | 'moment' | 'query'>,
): Readonly<Record<string, string>> {
  const asked = momentAsked(request)
  if (!cacheable(route, request) || moment === undefined || asked === null) return {}
  const named = asked !== undefined && /^\d+$/.test(asked)
  const pinned = route.cached === 'moment' || (route.runs !== undefined && request.params[route.runs].includes('@'))
  return {
    ETag: tagOf(database, moment, formOf(type), query?.split('@')[1] ?? versionOf(database, route, request)),
    'Cache-Control': named && pinned && moment.settled ? FOR_EVER : ASK,
  }
}

/** The same of what was asked as of now, where an answer follows from nothing but the URL and the facts. */
export const presentCaching = (database: ServedDatabase, moment: AnswerMoment, type: string) => ({
  ETag: tagOf(database, moment, formOf(type), ''),
  'Cache-Control': ASK,
})
