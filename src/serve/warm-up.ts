import { FactError } from '../base/error.ts'
import type { SavedQueryInfo, ServedDatabase } from '../database/api.ts'
import type { PlainAnswer } from './entity-front.ts'
import { firstPieces, SHORT } from './first-pieces.ts'
import type { Request } from './route.ts'
import { queryRoutes } from './routes/query.ts'
import { plainName } from './saved-arguments.ts'
import { SmallQueries } from './small-queries.ts'

/** Milliseconds that it takes at most. */
const MOST_MS = 400
/** Milliseconds after which whoever asks meanwhile has a turn. */
const TURN_MS = 4
/** Milliseconds within which an answer is as quick as need be. */
const QUICK_MS = 0.15
/** Entities that are asked for, of each of so many kinds. */
const ENTITIES = 32
const KINDS = 8
/** Times that a query is tried which this thread leaves to readers: at first, any takes too long for it. */
const TRIES = 16

/** Asks for something once; false where that is not for this thread. */
type Ask = () => boolean

const [, , one] = queryRoutes
const NO_BODY = new Uint8Array(0)

/**
 * Asks for what this thread will be asked for, entities and small saved queries, and throws the answers away: code that runs for the first
 * time takes a hundred times as long, and of requests that come at full rate each would wait for all before it.
 */
export async function warmUp(database: ServedDatabase, answer: PlainAnswer): Promise<void> {
  const ids = idsOf(database)
  if (ids.length === 0) return
  const queries = (await database.savedQueries()).filter(({ error }) => error === null)
  let slow = [entityAsker(ids, answer), ...queries.map(info => queryAsker(database, info, ids))]
  const end = performance.now() + MOST_MS
  while (slow.length > 0) {
    const still: Ask[] = []
    for (const ask of slow) {
      if (performance.now() > end) return
      if (!isQuick(ask)) still.push(ask)
      await new Promise(resolve => setImmediate(resolve))
    }
    slow = still
  }
}

/** Asks until a turn is over. True where there is nothing to be gained by more. */
function isQuick(ask: Ask): boolean {
  const started = performance.now()
  let times = 0
  do {
    if (!ask()) return true
    times++
  } while (performance.now() - started < TURN_MS)
  return performance.now() - started < QUICK_MS * times
}

/** Some entities of each kind. */
const idsOf = (database: ServedDatabase): string[] =>
  database
    .view()
    .schema.kinds.slice(1, KINDS + 1)
    .flatMap(({ name }) => {
      const page = { kind: name, limit: ENTITIES, after: undefined, filters: [], options: {} }
      return database.listing(page, undefined).found.entities.map(({ id }) => id)
    })

function entityAsker(ids: readonly string[], answer: PlainAnswer): Ask {
  let i = 0
  return () => answer({ id: encodeURIComponent(ids[i++ % ids.length]), search: '', encodings: '' }) !== null
}

/** Each parameter without a default is given keys in turn, since most queries that are small begin with one. */
function queryAsker(database: ServedDatabase, { name, params }: SavedQueryInfo, ids: readonly string[]): Ask {
  const small = new SmallQueries(database)
  const wanted = params.filter(param => param.default === null)
  const keys = ids.map(id => id.slice(id.indexOf(':') + 1))
  let i = 0
  let left = TRIES
  return () => {
    const key = keys[i++ % keys.length]
    const query = new URLSearchParams(Object.fromEntries(wanted.map(param => [plainName(param.name), key])))
    const request: Request = { method: 'GET', params: { name }, query, header: () => undefined, body: NO_BODY }
    try {
      const reply = small.answer(one, request)
      if (reply === null) return left-- > 0
      if ('chunks' in reply.body) firstPieces(reply.body.chunks[Symbol.iterator](), SHORT)
      return true
    } catch (error) {
      if (error instanceof FactError) return left-- > 0
      throw error
    }
  }
}
