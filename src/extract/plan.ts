import { arrowSchema } from '../base/arrow.ts'
import type { DatabaseReader, SavedQueryInfo, Shard } from '../database/api.ts'
import type { Answer } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { showType } from '../model/type.ts'
import type { Filter } from '../query/query.ts'
import { arrowParts, type Provenance, provenanceMetadata, type Shape, shapeFields } from './arrow-answer.ts'
import { checkShards } from './shard.ts'

/** Texts of arguments by name, as a URL has them; a collection has several. */
export type ArgumentTexts = Readonly<Record<string, string | readonly string[]>>

export interface PlanRequest {
  readonly info: SavedQueryInfo
  readonly args: ArgumentTexts
  readonly asOf: string | undefined
  readonly shards: number
  /** Whether to count rows and bytes, which costs as much as the extract itself. */
  readonly count: boolean
  /** Names of columns in the order wanted, null for all. */
  readonly columns: readonly string[] | null
  readonly filters: readonly Filter[]
  /** The JSON of the filters as it was given, for the links. */
  readonly filtersText: string | undefined
}

export interface PlannedShard {
  readonly shard: number
  readonly of: number
  /** Relative to the URL of the plan. */
  readonly uri: string
  readonly ticket: string
  readonly rows: number | null
}

/** What a reader needs to fetch all shards of one extract at one moment (surface §4). */
export interface ExtractPlan {
  readonly query: string
  readonly version: string | null
  readonly args: Readonly<Record<string, unknown>>
  readonly t: number
  readonly instant: string
  readonly settled: boolean
  readonly columns: readonly {
    readonly name: string
    readonly find: string
    readonly type: string
    readonly nullable: boolean
  }[]
  readonly arrowSchema: string
  readonly totalRecords: number | null
  readonly totalBytes: number | null
  readonly ordered: true
  readonly shards: readonly PlannedShard[]
}

/** What a plan is made of, whatever is extracted. */
export interface Plannable {
  readonly query: string
  /** Null where no saved query stands behind it. */
  readonly version: string | null
  readonly args: Readonly<Record<string, unknown>>
  readonly view: Provenance['view']
  readonly columns: readonly (Shape & { readonly find: string })[]
  readonly shards: number
  readonly count: boolean
  parts(shard: Shard): Iterable<Answer>
  /** Of a shard, behind `/extract/`. */
  link(shard: Shard): string
  /** From the URL of the plan to that of `/extract/`. */
  readonly up: string
}

/** A plan of shards. Throws `argument` for a number of shards out of range. */
export async function makePlan(from: Plannable): Promise<ExtractPlan> {
  const { query, version, args, view, columns, shards: of } = from
  checkShards(of, 'shards')
  const provenance = { view, query, version, args: JSON.stringify(args), shard: null }
  const counts: ShardCount[] = []
  if (from.count)
    for (let index = 0; index < of; index++)
      counts.push(await countShard(columns, from.parts({ index, of }), { ...provenance, shard: `${index}/${of}` }))
  return {
    ...{ query, version, args, t: view.t, instant: showInstant(view.instant), settled: view.settled },
    columns: columns.map(({ name, find, type, nullable }) => ({ name, find, type: showType(type), nullable })),
    arrowSchema: Buffer.from(arrowSchema(shapeFields(columns), provenanceMetadata(provenance))).toString('base64'),
    totalRecords: from.count ? counts.reduce((sum, { rows }) => sum + rows, 0) : null,
    totalBytes: from.count ? counts.reduce((sum, { bytes }) => sum + bytes, 0) : null,
    ordered: true,
    shards: Array.from({ length: of }, (_, index) => {
      const link = from.link({ index, of })
      const ticket = Buffer.from(`/extract/${link}`).toString('base64')
      return { shard: index, of, uri: `${from.up}${link}`, ticket, rows: counts[index]?.rows ?? null }
    }),
  }
}

/**
 * Plans an extract: pins the moment, and names every shard by a link that is complete. Throws `argument` for a number of shards out of
 * range, `cannot-shard` where the query has no entity to shard by, and whatever the query itself may throw.
 */
export async function planExtract(
  database: DatabaseReader,
  request: PlanRequest,
): Promise<{ readonly plan: ExtractPlan; readonly view: FactView }> {
  const { info, args, shards, count, columns, filters } = request
  const view = database.view(request.asOf)
  const named = `${info.name}@${info.version}`
  const run = (shard: Shard) => database.extract(named, args, String(view.t), { shard, columns, filters })
  const whole = run({ index: 0, of: 1 })
  const plan = await makePlan({
    ...{
      query: info.name,
      version: info.version,
      args: whole.args,
      view,
      columns: whole.columns,
      shards,
      count,
      up: '../',
    },
    parts: shard => run(shard).parts(),
    link: shard =>
      `${encodeURIComponent(info.name)}@${info.version}?${shardQuery(database, request, view.t, shard.index)}`,
  })
  return { plan, view }
}

interface ShardCount {
  readonly rows: number
  readonly bytes: number
}

/** Makes a shard and throws it away. Others get their turn between its parts. */
async function countShard(
  columns: readonly Shape[],
  parts: Iterable<Answer>,
  provenance: Provenance,
): Promise<ShardCount> {
  const { chunks, lent = chunks, rows } = arrowParts(columns, parts, provenance)
  let bytes = 0
  for (const chunk of lent) {
    for (const piece of chunk) bytes += piece.length
    await new Promise(resolve => setImmediate(resolve))
  }
  return { rows: rows(), bytes }
}

/** The parameters of a shard's link: shard, moment, store and every argument, defaults included, since a default may change. */
function shardQuery(
  database: DatabaseReader,
  { info, args, shards, columns, filtersText }: PlanRequest,
  t: number,
  shard: number,
): URLSearchParams {
  const query = new URLSearchParams({ shard: String(shard), of: String(shards), t: String(t) })
  const names = info.params.map(({ name }) => name.replace(/^\?/, ''))
  if (!names.includes('store')) query.append('store', database.storeName)
  info.params.forEach((parameter, i) => {
    for (const text of textsOf(args[names[i]] ?? parameter.default)) query.append(names[i], text)
  })
  if (columns !== null) query.append('columns', columns.join(','))
  if (filtersText !== undefined) query.append('filters', filtersText)
  return query
}

/** A default may be EDN that JSON has no word for, such as a set; that is no text of a URL, and the version of the query pins it. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return value === undefined || value === null || typeof value === 'object' ? [] : [String(value)]
}
