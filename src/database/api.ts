import type { FactError } from '../base/error.ts'
import type { LentMemory } from '../base/lent-memory.ts'
import type { Answer, PullMap } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import type { T } from '../model/transaction.ts'
import type { ColumnShape, Explained, Filter } from '../query/query.ts'
import type { Limits } from './limits.ts'
import type { QueryRuns } from './query-usage.ts'
import type { Status } from './shown-status.ts'

/** Whatever a source of a query may be (surface §4). */
export interface SourceSpec {
  /** As the user wrote it: an instant, a `t`, or absent for the present. */
  readonly asOf?: string | number
  /** Every assertion and retraction up to that moment, instead of what holds. */
  readonly history?: boolean
  /** Only what began after this instant or `t`; of a history, what happened after it. */
  readonly since?: string | number
  /** Rows instead of facts, each a list of values as arguments have them; and the types of their places as contracts write them. */
  readonly rows?: readonly unknown[]
  readonly types?: readonly string[]
}

/** The shard of an extract: entities whose number is `index` modulo `of`. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** Which rows of an answer are wanted, in its order; of those that the query itself leaves. */
export interface Page {
  readonly limit?: number
  readonly offset?: number
}

/** What an extract leaves of a saved query's answer. */
export interface ExtractChoice {
  readonly shard: Shard
  /** Names of columns in the order wanted, null for all. */
  readonly columns: readonly string[] | null
  readonly filters: readonly Filter[]
}

/** An answer in parts, each made when it is asked for: together its rows, in order. */
export interface Extracted {
  readonly view: FactView
  readonly info: SavedQueryInfo
  /** With the defaults of those that were not given. */
  readonly args: Readonly<Record<string, unknown>>
  readonly columns: readonly ColumnShape[]
  /** `whole` makes one part of all, for formats that cannot be written in parts. */
  parts(whole?: boolean): Iterable<Answer>
  /** The same for one who is done with each part before the next is asked for: that is made in the same memory. */
  lent(memory: LentMemory): Iterable<Answer>
}

/** The body of `POST /query`, whichever way it came. */
export interface QueryRequest {
  /** EDN text of the query. */
  readonly query: string
  /** JSON values by parameter name with or without `?`, or in the order of `:in`. Already EDN text where it is `{$edn: "…"}`. */
  readonly args?: Readonly<Record<string, unknown>> | readonly unknown[]
  readonly asOf?: string | number
  readonly sources?: Readonly<Record<string, SourceSpec>>
  readonly limit?: number
  readonly offset?: number
  readonly timeoutMs?: number
}

/** The body of `POST /explain`. */
export interface ExplainRequest extends QueryRequest {
  /** Whether the query is run too, so that real rows stand beside the expected ones. */
  readonly run?: boolean
}

/** How a query is run, and the view of `$`. */
export interface AnsweredPlan {
  readonly explained: Explained
  readonly view: FactView
}

export interface Answered {
  readonly answer: Answer
  /** The view of `$`: its `t`, instant and settled go with the answer. */
  readonly view: FactView
}

/** The answers of one saved query to several rows of arguments, in their order. */
export interface AnsweredRows {
  readonly answers: readonly Answer[]
  /** Of each answer; known without one too. */
  readonly columns: readonly ColumnShape[]
  readonly view: FactView
  readonly info: SavedQueryInfo
}

export interface SavedQueryInfo {
  readonly name: string
  /** First 16 hex digits of a SHA-256 over the canonical text of the query and of every rule that it reaches. */
  readonly version: string
  readonly doc: string
  readonly params: readonly {
    readonly name: string
    readonly type: string
    readonly default: unknown
    readonly doc: string
  }[]
  /** `?c`, or null where the query cannot be sharded. */
  readonly shardBy: string | null
  /** Of its result: rows, maps with the keys of `:keys`, the values of one column, one row, one map, or one value. */
  readonly result: 'rows' | 'maps' | 'values' | 'row' | 'map' | 'value'
  readonly columns: readonly {
    readonly name: string
    readonly find: string
    readonly type: string
    readonly nullable: boolean
  }[]
  /** Words that say what is wrong with the file, or null. While it has a fault, the version before it stays in force. */
  readonly error: string | null
}

export interface AttributeInfo {
  readonly ident: string
  readonly type: string
  readonly many: boolean
  readonly doc: string
  readonly owner: string | null
  readonly contracts: readonly string[]
  /** Facts that hold, and facts that ended. */
  readonly live: number
  readonly history: number
  readonly index: boolean
  readonly unique: boolean
}

export interface DeadLetter {
  /** Stable, ascending. */
  readonly id: number
  /** When it was refused, ISO-8601. */
  readonly at: string
  readonly reason: string
  readonly detail: string
  readonly path: string | null
  readonly contract: string | null
  readonly origin: Readonly<Record<string, unknown>>
  readonly key: string | null
  readonly headers: Readonly<Record<string, string>>
  /** The value as text where it is valid UTF-8, otherwise null and `base64` has the bytes. */
  readonly value: string | null
  readonly base64: string | null
  /** What became of it; absent while it waits. */
  readonly resolved?: { readonly at: string; readonly t: T } | { readonly at: string; readonly discarded: string }
}

export const LETTER_STATES = ['waiting', 'applied', 'discarded', 'all'] as const
export type LetterState = (typeof LETTER_STATES)[number]

export interface DeadLetterFilter {
  /** Only those that wait where absent. */
  readonly state?: LetterState
  readonly reason?: string
  readonly topic?: string
  /** Only letters with a larger id. */
  readonly after?: number
  readonly limit: number
}

export interface DeadLetterPage {
  readonly items: readonly DeadLetter[]
  readonly total: number
  readonly counts: Readonly<Record<string, number>>
  /** Give it back as `after`; null at the end. */
  readonly next: number | null
}

/** The moment of an answer, as bodies show it. */
export interface ShownMoment {
  readonly t: T
  /** ISO-8601, as `at`. */
  readonly instant: string
  readonly settled: boolean
  /** The moment asked. */
  readonly at: string
}

export interface ShownT {
  readonly t: T
  readonly instant: string
}

/** How to read an entity; all attributes where nothing is said. */
export interface EntityOptions {
  /** Comma lists of `:ns/name`, `ns/name`, `name`, `ref{…}` and `ns/_name`. */
  readonly attributes?: string | readonly string[]
  /** A pull pattern as EDN text, instead of all the rest. */
  readonly pull?: string
  /** Since when each value is known. */
  readonly ages?: boolean
  /** An ISO-8601 duration: older values are treated as missing. */
  readonly maxAge?: string
}

export interface EntityBody {
  readonly id: string
  readonly entity: number
  /** By name of the attribute; a `PullMap` where a pattern was given. */
  readonly attributes: Readonly<Record<string, unknown>> | PullMap
  readonly since?: Readonly<Record<string, ShownT | readonly ShownT[]>>
}

export type ReadEntity = EntityBody & ShownMoment

/** An entity among several that is not known at the moment. */
export interface EntityProblem {
  readonly id: string
  readonly kind: 'not-found'
  readonly knownFrom: ShownT | null
}

export interface ListingRequest {
  readonly kind: string
  /** Number or id of the entity after which to go on. */
  readonly after: string | undefined
  readonly limit: number
  /** Names of attributes with the value that each must have. */
  readonly filters: readonly (readonly [string, string])[]
  readonly options: EntityOptions
}

/** Where an event stood. */
export type ShownOrigin =
  | {
      readonly contract: string
      readonly topic: string
      readonly partition: number | string
      readonly offset: number | string
    }
  | { readonly contract: string; readonly file: string; readonly line: number | string }

export interface ShownInterval {
  readonly attribute: string
  readonly value: unknown
  readonly from: ShownT
  /** Null where it holds. */
  readonly to: ShownT | null
  /** Of the event that began it. */
  readonly origin: ShownOrigin
}

export type EntityHistory = ShownMoment & {
  readonly id: string
  readonly entity: number
  readonly intervals: readonly ShownInterval[]
}

export interface LoggedFact {
  readonly id: string
  readonly entity: number
  readonly attribute: string
  readonly value: unknown
  readonly op: 'assert' | 'retract'
}

export interface LoggedTransaction {
  readonly t: T
  readonly instant: string
  readonly recordTime: string
  readonly eventTime: string | null
  readonly contract: string
  readonly origin: ShownOrigin
  readonly facts: readonly LoggedFact[]
}

export interface ContractInfo {
  readonly name: string
  readonly version: string
  readonly fingerprint: string
  readonly doc: string
  readonly owner: string
  readonly topic: string
  /** When the store took in its first event, ISO-8601; null where it never did. */
  readonly published: string | null
  /** Events that were applied, and refused, under it. */
  readonly seen: number
  readonly refused: number
}

/** What `heartwood stats` and `GET /metrics` tell. Counts and bytes. */
export interface Stats {
  readonly store: string
  readonly t: T
  readonly instant: string | null
  readonly frontier: string | null
  readonly entities: number
  readonly facts: number
  readonly live: number
  readonly history: number
  readonly deadLetters: number
  readonly late: number
  readonly heldBack: number
  readonly superseded: number
  readonly strings: number
  /** Of the columns, the dictionary, the identity index and what is known about transactions; off the heap. */
  readonly bytesInMemory: number
  readonly bytesAFact: number
  /** Bytes of memory that the machine has left, and about how many facts of this kind they hold. */
  readonly bytesLeft: number
  readonly factsLeft: number
  readonly bytesOnDisk: number
  readonly bytesOfLog: number
  readonly bytesOfSegments: number
  readonly kinds: Readonly<Record<string, number>>
  /** Facts that hold, and facts that ended, by attribute. */
  readonly attributes: Readonly<Record<string, { readonly live: number; readonly history: number }>>
}

/** An answer with the view that it comes from. */
export interface Viewed<X> {
  readonly view: FactView
  readonly found: X
}

/**
 * What needs nothing but views, and so is answered on any thread that reads the store. Methods that take words of a user throw `FactError`
 * with a kind of surface §4.
 */
export interface DatabaseReader {
  /** `<id>.<branch>` */
  readonly storeName: string

  /** The view of a moment; absent is now. */
  view(asOf?: string | number): FactView

  /** One entity by `customer:17850` or its number. */
  entity(id: string, asOf: string | number | undefined, options?: EntityOptions): ReadEntity

  /** All of one entity as the JSON text of what `entity` gives. */
  entityJson(id: string, asOf: string | number | undefined): Viewed<string>

  /** Several in order of their ids, at one moment. */
  entities(
    ids: readonly string[],
    asOf: string | number | undefined,
    options: EntityOptions,
  ): Viewed<(EntityBody | EntityProblem)[]>

  /** Entities of a kind in order of their numbers. */
  listing(
    request: ListingRequest,
    asOf: string | number | undefined,
  ): Viewed<{ entities: EntityBody[]; next: string | null }>

  history(id: string, asOf: string | number | undefined, attributes: string | undefined): EntityHistory

  /** The transactions from `first` on, at most `limit` and none at or after `end`. */
  transactions(first: T, end: T, limit: number): LoggedTransaction[]

  /** The first transaction at or after a moment; one more than the last where there is none yet. */
  firstAt(moment: string): T

  /** What a pattern gives for each entity; null where that is nothing. */
  pull(pattern: string, ids: readonly string[], asOf: string | number | undefined): Viewed<(PullMap | null)[]>

  /** Whether the record at this place, or a later one, was dealt with and is visible. */
  applied(topic: string, partition: number, offset: bigint): boolean

  query(request: QueryRequest): Answered

  /** The plan of a query: as text, as a tree, and with warnings. Throws what running it would, faults of the data only with `run`. */
  explain(request: ExplainRequest): AnsweredPlan

  /** The version in force of `name`, or that of `name@version`. Throws `unknown-query`, or what is wrong with its file. */
  savedQuery(reference: string): SavedQueryInfo

  /** Runs a saved query by `name` or `name@version`; args by name. With a shard: ordered and restricted as an extract; with a page: ordered and cut. */
  runSaved(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    shard: Shard | null,
    page?: Page,
  ): Answered & { readonly info: SavedQueryInfo; readonly args: Readonly<Record<string, unknown>> }

  /** Runs it once for each row of arguments, all at one moment and within the limits of one run. An error says in which row. */
  runSavedRows(
    name: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    asOf: string | number | undefined,
  ): AnsweredRows

  /** What a saved query finds in one shard, ordered by its entity. The same parts for ever. */
  extract(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    choice: ExtractChoice,
  ): Extracted

  /** The plan of a saved query, by `name` or `name@version`. */
  explainSaved(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    run: boolean,
  ): AnsweredPlan & { readonly info: SavedQueryInfo }
}

/** There at once, or a little later where another thread has to be asked. */
export type Later<X> = X | Promise<X>

/** A database as HTTP sees it, whichever thread writes it. */
export interface ServedDatabase extends DatabaseReader {
  /**
   * Does work that runs this saved query, if that is next to nothing: null where it is not, or where this thread would have to wait for
   * another. Absent where all queries are run by this thread.
   */
  briefly?<X>(reference: string, work: () => X): X | null
  /** A fingerprint of all that `procedures/` adds to the language. */
  libraryVersion(): string
  /** What one query may take. */
  readonly limits: Limits
  completeThrough(): Later<string | null>
  contractList(): Later<readonly ContractInfo[]>
  contract(name: string, version: string, format: 'json' | 'jsonschema'): Later<Readonly<Record<string, unknown>>>
  status(): Later<Status>
  savedQueries(): Later<readonly SavedQueryInfo[]>
  noteRun(name: string, caller: string, ms: number, failed: boolean): void
  queryRuns(name: string): Later<QueryRuns>
  attributes(): Later<readonly AttributeInfo[]>
  deadLetters(filter: DeadLetterFilter): Later<DeadLetterPage>
  stats(): Later<Stats>
}

/**
 * An open store as the command line sees it, and HTTP where one thread does everything. Everything that reads goes through a `FactView`.
 * All methods that take words of a user throw `FactError` with a kind of surface §4.
 */
export interface Database extends DatabaseReader, ServedDatabase {
  /** The earliest timestamp that some partition may still deliver, ISO-8601; null where there is no partition. */
  completeThrough(): string | null

  contractList(): readonly ContractInfo[]

  /** One contract as JSON, or the JSON Schema of its events. Throws `not-found` with the nearest names. */
  contract(name: string, version: string, format: 'json' | 'jsonschema'): Readonly<Record<string, unknown>>

  status(): Status

  savedQueries(): readonly SavedQueryInfo[]

  /** Counts a run of a saved query by its plain name, and how many milliseconds it took. */
  noteRun(name: string, caller: string, ms: number, failed: boolean): void

  /** How often it was run, and by whom. */
  queryRuns(name: string): QueryRuns

  /** What is wrong with files of `queries/` and `procedures/`, with their places. */
  projectFaults(): readonly FactError[]

  /** Reads the files of `queries/` and `procedures/` that changed. Gives the words of every fault that is new. */
  reloadQueries(): readonly string[]

  attributes(): readonly AttributeInfo[]
  deadLetters(filter: DeadLetterFilter): DeadLetterPage
  stats(): Stats
}
