import type { ErrorKind } from '../base/error.ts'
import type { DatabaseReader, Later, ServedDatabase } from '../database/api.ts'
import type { LetterChoice } from '../database/letters.ts'
import type { KafkaReport } from '../ingest/kafka-report.ts'
import type { ReplayedLetters } from '../ingest/replay-letters.ts'
import type { Metrics } from './metrics.ts'
import type { AnswerMoment } from './moment-headers.ts'
import type { About } from './openapi/about.ts'
import type { Parameter } from './openapi/parameter.ts'
import type { Schema } from './openapi/schema.ts'
import type { Parameters } from './parameters.ts'

/** One request, whichever server took it. */
export interface Request {
  readonly method: string
  /** By the names in the route's path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  /** What stands behind the question mark. */
  readonly query: URLSearchParams
  /** By its name in lower case. */
  header(name: string): string | undefined
  readonly body: Uint8Array
}

/** Text, or arrays of bytes that go out as they are. */
export type Chunk = string | readonly Uint8Array[]

/** What a handler answers; it knows nothing of sockets. */
export interface Reply {
  readonly status?: number
  readonly type: string
  /** The moment that the answer is of; absent where it is of none, and then the present is named. */
  readonly moment?: AnswerMoment
  /** `name@version` of a saved query. */
  readonly query?: string
  readonly body:
    | { readonly text: string }
    /** Made while it is sent. With `rows` it goes out in chunks, and they, known at the end, are the trailer `Heartwood-Rows`. `lent` is the
     * same for one who copies each chunk before asking for the next. */
    | { readonly chunks: Iterable<Chunk>; readonly lent?: Iterable<Chunk>; readonly rows?: number | (() => number) }
    /** Sent as they come; an empty one is sent to nobody. */
    | { readonly lines: AsyncIterable<string> }
}

/** What handlers may use beside the request, on whichever thread they are. */
export interface ReaderContext {
  readonly database: DatabaseReader
}

/** What those may use that are on the thread with the sockets. */
export interface Context extends ReaderContext {
  readonly database: ServedDatabase
  /** What `/metrics` tells. */
  readonly metrics: Pick<Metrics, 'type' | 'text'>
  /** Whether all sources have been read to where they ended at the start. */
  readonly ready: () => boolean
  /** How the Kafka source stands; null where none is read, or nothing is known of it. */
  readonly kafka: () => KafkaReport | null
  /** What `/openapi.json` tells beside the routes. */
  readonly about: () => About
  /** What is done by the thread that writes, where this server may ask for it. */
  readonly writes?: Writes
  /** Aborted once the server closes: what would go on for ever ends then. */
  readonly stopping: AbortSignal
}

/** What whoever reaches the port of `--collect` may have written. */
export interface Writes {
  /** Applies dead letters after all. */
  replay(choice: LetterChoice): Later<ReplayedLetters>
  /** Notes for ever that nobody wants them, and why; gives how many. */
  discard(choice: LetterChoice, why: string): Later<number>
  /** Goes on with a Kafka topic of which events can no longer be read; gives what is missing. */
  acceptGap(topic: string): Later<readonly AcceptedGap[]>
}

/** Events that can no longer be read, and how that came. */
export interface AcceptedGap {
  /** `kafka:topic/0` */
  readonly source: string
  /** Offsets: where it stood, and where it goes on. */
  readonly from: number
  readonly to: number
  readonly reason: string
  readonly detail: string
}

export interface Route<C extends ReaderContext = Context> {
  readonly method: 'GET' | 'POST'
  /** `/queries/:name` */
  readonly path: string
  /** What it is for, in one sentence. */
  readonly summary: string
  /** What may stand behind the question mark, beside `store`. */
  readonly parameters: readonly Parameter[]
  /** Names that will mean something, and are refused as `unsupported` until then. */
  readonly planned?: readonly string[]
  /** Whether the handler itself judges the other names, since a saved query declares them. */
  readonly open?: boolean
  /** Which part of the path names the saved query that it runs. */
  readonly runs?: string
  /** What a body may be, by media type; none is read where it is absent. */
  readonly body?: Readonly<Record<string, Schema>>
  /** What the answer may be by media type, the default first; nothing where the route is not built yet. */
  readonly gives: Readonly<Record<string, Schema>>
  /** What it may refuse a request for, beside what any route may. */
  readonly refuses: readonly ErrorKind[]
  /**
   * What an answer follows from beside the URL and the facts, where caches may keep it: nothing, the version of the saved query that it
   * `runs`, or the procedures of the project.
   */
  readonly cached?: 'moment' | 'query' | 'library'
  /** Whether the thread with the sockets may answer it, where that takes next to nothing: it answers at once then, unless it `waits`. */
  readonly brief?: boolean
  /** Whether it takes `after` and `waitMs`. */
  readonly waits?: boolean
  handle(call: Call, context: C): Reply | Promise<Reply>
  /** Answers `follow=true` instead of `handle`, always on the thread that has the sockets; pages come from wherever `handle` runs. */
  follow?(call: Call, context: Context, page: PageText): Reply
}

/** The NDJSON of a page of the same route, by what stands behind the question mark. Throws what answering it throws. */
export type PageText = (query: URLSearchParams) => Promise<string>

/** A request that was found fit for its route. */
export interface Call {
  readonly request: Request
  readonly parameters: Parameters
  /** The one of `gives` that the client likes best. */
  readonly accepted: string
}

export const JSON_TYPE = 'application/json'
export const EDN_TYPE = 'application/edn'
export const CSV_TYPE = 'text/csv'
export const NDJSON_TYPE = 'application/x-ndjson'
export const ARROW_TYPE = 'application/vnd.apache.arrow.stream'
export const PROBLEM_TYPE = 'application/problem+json'

export const jsonReply = (value: unknown, more: Omit<Reply, 'type' | 'body'> = {}): Reply => ({
  ...more,
  type: JSON_TYPE,
  body: { text: `${JSON.stringify(value)}\n` },
})
