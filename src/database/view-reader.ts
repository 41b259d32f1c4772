import type { PullMap } from '../model/answer.ts'
import { entityNumber } from '../model/entity-id.ts'
import { parseEntityId } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { beyond, type Moment, parseMoment } from '../model/moment.ts'
import type { T } from '../model/transaction.ts'
import {
  checkPull,
  explainQuery,
  Memory,
  type Pace,
  type ParsedQuery,
  parsePull,
  parseQuery,
  pullMany,
  type RunOptions,
  runQuery,
  type Stated,
  transformsOf,
} from '../query/query.ts'
import type {
  Answered,
  AnsweredPlan,
  AnsweredRows,
  DatabaseReader,
  EntityBody,
  EntityHistory,
  EntityOptions,
  EntityProblem,
  ExplainRequest,
  ExtractChoice,
  Extracted,
  ListingRequest,
  LoggedTransaction,
  Page,
  QueryRequest,
  ReadEntity,
  SavedQueryInfo,
  Shard,
  Viewed,
} from './api.ts'
import { readEntities, readEntity } from './entity.ts'
import { readHistory } from './entity-history.ts'
import { entityJson } from './entity-json.ts'
import { listEntities } from './entity-listing.ts'
import type { Hooks, QueryVersions } from './query-versions.ts'
import { openSources } from './sources.ts'
import { readTransactions } from './transaction-log.ts'

/** Texts of queries that are kept parsed. */
const PARSED = 500

/** Whatever a view is enough for: entities and queries, on the thread that writes and on those that only read. */
export abstract class ViewReader implements DatabaseReader {
  abstract readonly storeName: string
  /** The view of a moment. Throws `invalid-as-of` for a `t` that does not exist yet. */
  protected abstract viewOf(moment: Moment): FactView
  protected abstract readonly queries: QueryVersions
  /** What contracts say of an attribute, for queries about `$schema`. */
  protected abstract readonly stated: Stated
  /** Of a query that begins now; `timeoutMs` is what its request asks for. */
  protected abstract hooks(timeoutMs?: number): Hooks
  readonly #parsed = new Map<string, ParsedQuery>()

  view(asOf?: string | number): FactView {
    return this.viewOf(parseMoment(asOf))
  }

  transactions(first: T, end: T, limit: number): LoggedTransaction[] {
    return readTransactions(this.view(Math.min(end - 1, first + limit - 1, this.view().t)), first)
  }

  firstAt(moment: string): T {
    const asked = parseMoment(moment)
    const { t } = this.view()
    if ('t' in asked && asked.t > t + 1) throw beyond(asked.t, t)
    if ('t' in asked) return Math.max(1, asked.t)
    return 'now' in asked ? t + 1 : this.viewOf({ instant: asked.instant - 1 }).t + 1
  }

  entity(id: string, asOf: string | number | undefined, options?: EntityOptions): ReadEntity {
    return readEntity(this.view(asOf), id, options)
  }

  entityJson(id: string, asOf: string | number | undefined): Viewed<string> {
    const view = this.view(asOf)
    return { view, found: entityJson(view, id) }
  }

  entities(
    ids: readonly string[],
    asOf: string | number | undefined,
    options: EntityOptions,
  ): Viewed<(EntityBody | EntityProblem)[]> {
    const view = this.view(asOf)
    return { view, found: readEntities(view, ids, options) }
  }

  listing(
    request: ListingRequest,
    asOf: string | number | undefined,
  ): Viewed<{ entities: EntityBody[]; next: string | null }> {
    const view = this.view(asOf)
    return { view, found: listEntities(view, request) }
  }

  history(id: string, asOf: string | number | undefined, attributes: string | undefined): EntityHistory {
    return readHistory(this.view(asOf), id, attributes)
  }

  pull(pattern: string, ids: readonly string[], asOf: string | number | undefined): Viewed<(PullMap | null)[]> {
    const view = this.view(asOf)
    const parsed = parsePull(pattern)
    checkPull(parsed, view.schema)
    const entities = ids.map(id => {
      const { kind, ordinal } = parseEntityId(view, id)
      return ordinal < 0 ? -1 : entityNumber(kind.number, ordinal)
    })
    return {
      view,
      found: pullMany(view, parsed, entities, {
        pace: this.#pace(),
        transforms: transformsOf(this.queries.library.procedures),
      }),
    }
  }

  abstract applied(topic: string, partition: number, offset: bigint): boolean

  #pace(): Pace {
    const { stop, memory } = this.hooks()
    const taken = new Memory(memory)
    return { stop, reserve: bytes => taken.reserve(bytes) }
  }

  query(request: QueryRequest): Answered {
    const { query, options, view } = this.#prepared(request)
    return { answer: runQuery(query, options), view }
  }

  explain(request: ExplainRequest): AnsweredPlan {
    const { query, options, view } = this.#prepared(request)
    return { explained: explainQuery(query, { ...options, run: request.run ?? false }), view }
  }

  #prepared(request: QueryRequest): { query: ParsedQuery; options: RunOptions; view: FactView } {
    const { sources, rows } = openSources(request.sources ?? {}, request.asOf, asOf => this.view(asOf))
    const query = this.#parse(request.query)
    const { args = {}, limit, offset, timeoutMs } = request
    const options = {
      ...{ sources, rows, args, stated: this.stated, library: this.queries.library },
      ...this.hooks(timeoutMs),
      ...(limit === undefined ? {} : { limit }),
      ...(offset === undefined ? {} : { offset }),
    }
    return { query, options, view: sources.get('$')! }
  }

  #parse(text: string): ParsedQuery {
    const known = this.#parsed.get(text)
    if (known) return known
    const query = parseQuery(text)
    if (this.#parsed.size >= PARSED) this.#parsed.delete(this.#parsed.keys().next().value!)
    this.#parsed.set(text, query)
    return query
  }

  savedQuery(reference: string): SavedQueryInfo {
    return this.queries.find(reference).info
  }

  runSaved(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    shard: Shard | null,
    page: Page = {},
  ): Answered & { readonly info: SavedQueryInfo; readonly args: Readonly<Record<string, unknown>> } {
    return this.queries.run(name, args, this.view(asOf), shard, { ...this.hooks(), ...page })
  }

  runSavedRows(
    name: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    asOf: string | number | undefined,
  ): AnsweredRows {
    return this.queries.runRows(name, rows, this.view(asOf), this.hooks())
  }

  explainSaved(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    run: boolean,
  ): AnsweredPlan & { readonly info: SavedQueryInfo } {
    return this.queries.explain(name, args, this.view(asOf), run, this.hooks())
  }

  extract(
    name: string,
    args: Readonly<Record<string, unknown>>,
    asOf: string | number | undefined,
    choice: ExtractChoice,
  ): Extracted {
    return this.queries.extract(name, args, this.view(asOf), choice, () => this.hooks())
  }
}
