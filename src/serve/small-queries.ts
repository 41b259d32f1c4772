import type { ServedDatabase } from '../database/api.ts'
import { answer } from './answer.ts'
import type { ReaderContext, Reply, Request, Route } from './route.ts'

/** How many runs of a query that turned out large go to readers before it is tried here again: ever more, up to this. */
const MOST_SKIPPED = 4096

interface Skipping {
  left: number
  next: number
}

/**
 * Saved queries that take next to nothing, one entity by its key and some attributes, are answered by the thread that has the sockets:
 * to cross to a reader and back would take several times as long, and a reader stands back behind everybody. Which are that small, the
 * planner expects and a budget ensures; one that is not is left to readers, and not tried again for a while.
 */
export class SmallQueries {
  readonly #context: ReaderContext
  readonly #database: ServedDatabase
  /** By `name` or `name@version`, as asked. */
  readonly #large = new Map<string, Skipping>()

  constructor(database: ServedDatabase) {
    this.#database = database
    this.#context = { database }
  }

  /** The answer, or null where readers are to give it. Throws what is wrong with the request. */
  answer(route: Route, request: Request): Reply | null {
    const { briefly } = this.#database
    // whoever waits for an event may be here no longer
    if (briefly === undefined || route.brief !== true || request.query.has('after')) return null
    const reference = request.params[route.runs!]
    const skipping = this.#large.get(reference)
    if (skipping !== undefined && skipping.left-- > 0) return null
    let tried = false
    const reply = briefly.call(this.#database, reference, () => {
      tried = true
      return answer(route, request, this.#context)
    }) as Reply | null
    if (reply !== null) {
      if (skipping !== undefined) this.#large.delete(reference)
      return reply
    }
    // what was not even tried costs nothing to be asked again, and may have any name
    if (!tried) return null
    const next = Math.min(MOST_SKIPPED, (skipping?.next ?? 1) * 2)
    this.#large.set(reference, { left: next, next })
    return null
  }
}
