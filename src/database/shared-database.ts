import type { FactView } from '../model/fact-view.ts'
import type { Moment } from '../model/moment.ts'
import type { Stated } from '../query/query.ts'
import type { Seen } from '../store/seen.ts'
import { openShared, type SharedReader, type SharedStore } from '../store/shared-store.ts'
import { type Limits, limited } from './limits.ts'
import type { Hooks } from './query-versions.ts'
import { type FindKept, type SharedQueries, ToldQueries } from './shared-queries.ts'
import { ViewReader } from './view-reader.ts'

/** What one thread gives another so that it can answer queries over the same store. Sent once, with the list of what is transferred. */
export interface SharedDatabase {
  readonly store: SharedStore
  readonly storeName: string
  /** What contracts say of attributes, by their names. */
  readonly stated: Readonly<Record<string, ReturnType<Stated>>>
  readonly queries: SharedQueries
  readonly limits: Limits
}

const NOBODY: ReturnType<Stated> = { owner: null, contracts: [] }

/**
 * A database that another thread writes. It is read between `begin` and `end`, of one moment; `renew` says that nothing of a view is in
 * hand, and lets the writer use again what was replaced before.
 */
export class DatabaseOverMemory extends ViewReader {
  readonly storeName: string
  protected readonly queries: ToldQueries
  protected readonly stated: Stated
  readonly #store: SharedReader
  readonly #limits: Limits
  readonly #stop: () => void
  #seen: Seen

  /** `find` asks for the text of a version that was in force once; `stop` throws where the query at work is to end. */
  constructor({ store, storeName, stated, queries, limits }: SharedDatabase, find: FindKept, stop: () => void) {
    super()
    this.storeName = storeName
    this.stated = ident => stated[ident] ?? NOBODY
    this.#store = openShared(store)
    this.#limits = limits
    this.#stop = stop
    this.#seen = this.#store.seen
    this.queries = new ToldQueries(
      this.#store.read({ now: true }, view => view.schema),
      find,
      stop,
    )
    this.queries.learn(queries)
  }

  /** From now on these queries and procedures are in force. */
  learn(queries: SharedQueries): void {
    this.queries.learn(queries)
  }

  /** Everything until `end` is answered as if the store had no more than what is seen. */
  begin(seen: Seen): void {
    this.#seen = seen
    this.#store.begin()
  }

  renew(): void {
    this.#store.renew()
  }

  end(): void {
    this.#store.end()
  }

  protected viewOf(moment: Moment): FactView {
    return this.#store.view(moment, this.#seen)
  }

  /** Whoever sends a request here has waited for that. */
  applied(): boolean {
    return true
  }

  protected hooks(timeoutMs?: number): Hooks {
    const { stop, memory } = limited(this.#limits, timeoutMs)
    const interrupted = this.#stop
    return {
      memory,
      stop() {
        interrupted()
        stop()
      },
    }
  }

  /** Ends for good. */
  close(): void {
    this.queries.close()
    this.#store.close()
  }
}
