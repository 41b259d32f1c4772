import { arrowSchema } from '../base/arrow.ts'
import type { Database, SavedQueryInfo, Shard } from '../database/api.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { showType } from '../model/type.ts'
import { answerFields, arrowAnswer, provenanceMetadata } from './arrow-answer.ts'
import { checkShards, MOST_SHARDS } from './shard.ts'

/** Texts of arguments by name, as a URL has them; a collection has several. */
export type ArgumentTexts = Readonly<Record<string, string | readonly string[]>>

export interface PlanRequest {
  readonly info: SavedQueryInfo
  readonly args: ArgumentTexts
  readonly asOf: string | undefined
  readonly shards: number
  /** Whether to count rows and bytes, which costs as much as the extract itself. */
  readonly count: boolean
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
  readonly version: string
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

/**
 * Plans an extract: pins the moment, and names every shard by a link that is complete. Throws `argument` for a number of shards out of
 * range, `cannot-shard` where the query has no entity to shard by, and whatever the query itself may throw.
 */
export function planExtract(
  database: Database,
  request: PlanRequest,
): { readonly plan: ExtractPlan; readonly view: FactView } {
  const { info, args, shards, count } = request
  checkShards(shards, 'shards')
  const view = database.view(request.asOf)
  const named = `${info.name}@${info.version}`
  const run = (shard: Shard) => database.runSaved(named, args, String(view.t), shard)
  // columns follow from the query alone, so the smallest shard tells them as well as all
  const { answer, args: bound } = run({ index: 0, of: MOST_SHARDS })
  const provenance = { view, query: info.name, version: info.version, args: JSON.stringify(bound), shard: null }
  const counts = count
    ? Array.from({ length: shards }, (_, shard) => countShard(run({ index: shard, of: shards }).answer, provenance))
    : null
  const fields = answerFields(answer)
  const plan: ExtractPlan = {
    query: info.name,
    version: info.version,
    args: bound,
    t: view.t,
    instant: showInstant(view.instant),
    settled: view.settled,
    columns: answer.columns.map(({ find, type, nullable }, i) => ({
      name: fields[i].name,
      find,
      type: showType(type),
      nullable,
    })),
    arrowSchema: Buffer.from(arrowSchema(fields, provenanceMetadata(provenance))).toString('base64'),
    totalRecords: counts?.reduce((sum, { rows }) => sum + rows, 0) ?? null,
    totalBytes: counts?.reduce((sum, { bytes }) => sum + bytes, 0) ?? null,
    ordered: true,
    shards: Array.from({ length: shards }, (_, shard) => {
      const link = `${encodeURIComponent(info.name)}@${info.version}?${shardQuery(database, request, view.t, shard)}`
      const ticket = Buffer.from(`/extract/${link}`).toString('base64')
      return { shard, of: shards, uri: `../${link}`, ticket, rows: counts?.[shard].rows ?? null }
    }),
  }
  return { plan, view }
}

type Run = ReturnType<Database['runSaved']>

function countShard(
  answer: Run['answer'],
  provenance: Parameters<typeof arrowAnswer>[1],
): { readonly rows: number; readonly bytes: number } {
  let bytes = 0
  for (const chunks of arrowAnswer(answer, provenance)) for (const chunk of chunks) bytes += chunk.length
  return { rows: answer.rows, bytes }
}

/** The parameters of a shard's link: shard, moment, store and every argument, defaults included, since a default may change. */
function shardQuery(
  database: Database,
  { info, args, shards }: PlanRequest,
  t: number,
  shard: number,
): URLSearchParams {
  const query = new URLSearchParams({ shard: String(shard), of: String(shards), t: String(t) })
  const names = info.params.map(({ name }) => name.replace(/^\?/, ''))
  if (!names.includes('store')) query.append('store', database.storeName)
  info.params.forEach((parameter, i) => {
    for (const text of textsOf(args[names[i]] ?? parameter.default)) query.append(names[i], text)
  })
  return query
}

/** A default may be EDN that JSON has no word for, such as a set; that is no text of a URL, and the version of the query pins it. */
function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return value === undefined || value === null || typeof value === 'object' ? [] : [String(value)]
}
