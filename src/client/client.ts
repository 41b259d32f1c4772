/** `heartwood/client`: a server's entities, queries and extracts. */
import { type Column, restored } from './cells.ts'
import { Extract, type Plan } from './extract.ts'
import { ask, json, type Moment, momentText } from './request.ts'
import type { SavedQuery } from './typescript-text.ts'

export type { Column } from './cells.ts'
export { Extract, type Plan } from './extract.ts'
export { type Moment, RequestError } from './request.ts'
export { BrokenStream } from './shard-batches.ts'
export { queryTypes, type SavedQuery } from './typescript-text.ts'

export interface Entity {
  readonly id: string
  readonly entity: number
  readonly t: number
  readonly instant: string
  readonly settled: boolean
  readonly at: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface QueryAnswer<Result> {
  readonly t: number
  readonly instant: string
  readonly settled: boolean
  readonly columns: readonly Column[]
  /** In the shape of the query's `:find`. A long is a number where that is exact, and beyond a bigint; a decimal is its text. */
  readonly result: Result
  readonly rows: number
}

interface Common {
  readonly asOf?: Moment
  readonly signal?: AbortSignal
}

export interface QueryOptions extends Common {
  readonly sources?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly limit?: number
  readonly offset?: number
  readonly timeoutMs?: number
}

/** `['country', '=', 'France']`, `['price', '>=', 3]`, `['country', 'in', ['France', 'Italy']]`, `['born', 'null']`. */
export type Filter = readonly [column: string, op: string, value?: unknown]

export interface ExtractOptions extends Common {
  /** One by default. */
  readonly shards?: number
  readonly columns?: readonly string[]
  readonly filters?: readonly Filter[]
  /** Whether the plan counts the rows, which costs as much as the extract. */
  readonly count?: boolean
}

const JSON_TYPE = 'application/json'

/** Asks one server. What fails on the way is asked `retries` times again. */
export class HeartwoodClient {
  readonly url: string
  readonly #retries: number

  constructor(url: string, { retries = 4 }: { readonly retries?: number } = {}) {
    this.url = url.replace(/\/$/, '')
    this.#retries = retries
  }

  /** All that is known of `customer:17850`, or some of its attributes. Throws `RequestError` of kind `not-found`. */
  entity(
    id: string | number,
    { asOf, attributes, signal }: Common & { readonly attributes?: readonly string[] } = {},
  ): Promise<Entity> {
    const search = new URLSearchParams({ id: String(id) })
    if (asOf !== undefined) search.set('asOf', momentText(asOf))
    if (attributes !== undefined) search.set('attributes', attributes.join(','))
    return this.#json(`/entity?${search}`, signal)
  }

  /** The saved queries, with their parameters and columns. */
  queries(signal?: AbortSignal): Promise<readonly SavedQuery[]> {
    return this.#json('/queries', signal)
  }

  /** Runs a Datalog query. */
  async query<Result = readonly (readonly unknown[])[]>(
    query: string,
    args: Readonly<Record<string, unknown>> | readonly unknown[] = {},
    { asOf, signal, ...options }: QueryOptions = {},
  ): Promise<QueryAnswer<Result>> {
    const moment = asOf === undefined ? {} : { asOf: momentText(asOf) }
    const answer = await this.#json<QueryAnswer<unknown>>('/query', signal, { query, args, ...moment, ...options })
    return { ...answer, result: restored(answer.result, answer.columns) as Result }
  }

  /** Runs a saved query, `name` or `name@version`. */
  async saved<Result = readonly (readonly unknown[])[]>(
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    { asOf, signal }: Common = {},
  ): Promise<QueryAnswer<Result>> {
    const search = parameters(args)
    if (asOf !== undefined) search.set('asOf', momentText(asOf))
    const answer = await this.#json<QueryAnswer<unknown>>(`/queries/${encodeURIComponent(name)}?${search}`, signal)
    return { ...answer, result: restored(answer.result, answer.columns) as Result }
  }

  /** Plans an extract of a saved query; the moment is pinned here, so that all shards are of one. */
  extract(name: string, args: Readonly<Record<string, unknown>> = {}, options: ExtractOptions = {}): Promise<Extract> {
    return this.#plan(`/extract/${encodeURIComponent(name)}/plan`, parameters(args), options)
  }

  /** Plans an extract of a whole kind of entities. */
  entities(
    kind: string,
    {
      attributes,
      ...options
    }: Omit<ExtractOptions, 'columns' | 'filters'> & { readonly attributes?: readonly string[] } = {},
  ): Promise<Extract> {
    const search = new URLSearchParams()
    if (attributes !== undefined) search.set('attributes', attributes.join(','))
    return this.#plan(`/extract/entities/${encodeURIComponent(kind)}/plan`, search, options)
  }

  async #plan(path: string, search: URLSearchParams, options: ExtractOptions): Promise<Extract> {
    const { shards = 1, asOf, columns, filters, count = false, signal } = options
    search.set('shards', String(shards))
    if (asOf !== undefined) search.set('asOf', momentText(asOf))
    if (columns !== undefined) search.set('columns', columns.join(','))
    if (filters !== undefined && filters.length > 0) search.set('filters', json(filters))
    if (count) search.set('count', 'true')
    const plan = await this.#json<Plan>(`${path}?${search}`, signal)
    return new Extract(plan, `${this.url}${path}`, this.#retries)
  }

  async #json<Body>(path: string, signal: AbortSignal | undefined, body?: unknown): Promise<Body> {
    const response = await ask(this.url + path, { accept: JSON_TYPE, body, signal, retries: this.#retries })
    return (await response.json()) as Body
  }
}

/** Arguments as parameters of a URL; a list is given several times. */
function parameters(args: Readonly<Record<string, unknown>>): URLSearchParams {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(args))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined)
        search.append(name.replace(/^\?/, ''), each instanceof Date ? each.toISOString() : String(each))
  return search
}
