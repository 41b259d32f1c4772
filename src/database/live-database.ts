import { FactError } from '../base/error.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Moment } from '../model/moment.ts'
import type { Stated } from '../query/query.ts'
import type { Seen } from '../store/seen.ts'
import { openShared, type SharedReader } from '../store/shared-store.ts'
import type { Database, ServedDatabase } from './api.ts'
import { type Limits, limited } from './limits.ts'
import type { Hooks } from './query-versions.ts'
import type { SharedDatabase } from './shared-database.ts'
import { type SharedQueries, ToldQueries } from './shared-queries.ts'
import { ViewReader } from './view-reader.ts'

/** What only the thread that writes can tell: nothing of it stands in shared memory. */
export const ASKED = [
  'completeThrough',
  'contractList',
  'contract',
  'status',
  'savedQueries',
  'queryRuns',
  'attributes',
  'deadLetters',
  'stats',
] as const
export type AskedMethod = (typeof ASKED)[number]

/** What a query may take on the thread that has the sockets, where others wait behind it. */
const BRIEF: Limits = { timeoutMs: 5, memory: 1 << 20 }
/** Rows that it may be expected to look at. */
const BRIEF_ROWS = 1000

/** Asks the thread that writes: its database's method of that name. */
export type AskWriter = <M extends AskedMethod>(
  method: M,
  ...args: Parameters<Database[M]>
) => Promise<ReturnType<Database[M]>>

/** One run of a saved query, as `noteRun` takes it. */
export type Run = Parameters<Database['noteRun']>

/** What goes to the thread that writes. */
export interface WriterLink {
  readonly ask: AskWriter
  note(run: Run): void
}

/**
 * A database that another thread writes, for the thread that has the sockets: whatever is asked now is answered over the same memory at
 * once, and what is not there the writer is asked for. A view is good until the turn of the event loop ends in which it was made; what it
 * gave may be kept.
 */
export class LiveDatabase extends ViewReader implements ServedDatabase {
  readonly storeName: string
  protected readonly queries: ToldQueries
  protected readonly stated: Stated
  readonly #store: SharedReader
  readonly limits: Limits
  readonly #link: WriterLink
  #visible: ReadonlyMap<string, bigint>
  #told: SharedQueries
  #reading = false
  #brief = false
  readonly #briefly: Limits

  /** `brief` is what a query may take that is run here. */
  constructor(shared: SharedDatabase, visible: ReadonlyMap<string, bigint>, link: WriterLink, brief: Limits = BRIEF) {
    super()
    this.#briefly = brief
    this.storeName = shared.storeName
    this.stated = ident => shared.stated[ident] ?? { owner: null, contracts: [] }
    this.#store = openShared(shared.store)
    this.limits = shared.limits
    this.#link = link
    this.#visible = visible
    this.#told = shared.queries
    const schema = this.#store.read({ now: true }, view => view.schema)
    // older versions are run by readers, who ask for their texts
    this.queries = new ToldQueries(
      schema,
      () => undefined,
      () => {},
    )
    this.queries.learn(shared.queries)
  }

  libraryVersion(): string {
    return this.#told.libraryVersion
  }

  /** Up to where the store is seen by now. */
  get seen(): Seen {
    return this.#store.seen
  }

  protected viewOf(moment: Moment): FactView {
    if (!this.#reading) {
      this.#reading = true
      this.#store.begin()
      setImmediate(this.#end)
    }
    return this.#store.view(moment)
  }

  readonly #end = (): void => {
    this.#reading = false
    this.#store.end()
  }

  protected hooks(timeoutMs?: number): Hooks {
    return this.#brief ? { ...limited(this.#briefly, timeoutMs), most: BRIEF_ROWS } : limited(this.limits, timeoutMs)
  }

  briefly<X>(reference: string, work: () => X): X | null {
    const [name, version] = reference.split('@')
    // older versions are known to readers alone, and procedures have a thread of their own
    if (version !== undefined && version !== this.queries.find(name).info.version) return null
    if (this.queries.find(name).library.procedures.size > 0) return null
    this.#brief = true
    try {
      return work()
    } catch (error) {
      if (error instanceof FactError && (error.kind === 'timeout' || error.kind === 'memory')) return null
      throw error
    } finally {
      this.#brief = false
    }
  }

  /** Queries and procedures in force. */
  sharedQueries(): SharedQueries {
    return this.#told
  }

  /** The writer read other files. */
  learn(queries: SharedQueries): void {
    this.#told = queries
    this.queries.learn(queries)
  }

  /** The writer made visible what it read of its sources, by the first place of each that is not. */
  show(visible: ReadonlyMap<string, bigint>): void {
    this.#visible = visible
  }

  applied(topic: string, partition: number, offset: bigint): boolean {
    return (this.#visible.get(`kafka:${topic}/${partition}`) ?? 0n) > offset
  }

  noteRun(...run: Run): void {
    this.#link.note(run)
  }

  completeThrough: ServedDatabase['completeThrough'] = () => this.#link.ask('completeThrough')
  contractList: ServedDatabase['contractList'] = () => this.#link.ask('contractList')
  contract: ServedDatabase['contract'] = (...args) => this.#link.ask('contract', ...args)
  status: ServedDatabase['status'] = () => this.#link.ask('status')
  savedQueries: ServedDatabase['savedQueries'] = () => this.#link.ask('savedQueries')
  queryRuns: ServedDatabase['queryRuns'] = name => this.#link.ask('queryRuns', name)
  attributes: ServedDatabase['attributes'] = () => this.#link.ask('attributes')
  deadLetters: ServedDatabase['deadLetters'] = filter => this.#link.ask('deadLetters', filter)
  stats: ServedDatabase['stats'] = () => this.#link.ask('stats')

  /** Ends for good. */
  close(): void {
    this.queries.close()
    this.#store.close()
  }
}
