import type { Database } from '../../database/api.ts'
import { showInstant } from '../../model/instant.ts'
import { showType } from '../../model/type.ts'
import type { Filter } from '../../query/query.ts'
import { readFilters } from '../../serve/extract-choice.ts'
import { placeOf } from '../setting.ts'
import { beginFolder, fillFolder } from './fill-folder.ts'
import type { ShardFormat } from './formats.ts'
import type { ShardJob } from './shard-file.ts'
import { writeShards } from './write-shards.ts'

export interface ExtractOptions {
  data: string
  project?: string
  url?: string
  asOf?: string
  shards: number
  threads: number
  out: string
  format: ShardFormat
  columns?: string
  filters?: string
  arg: Record<string, unknown>
}

/** The names that `--columns` has, and what `--filters` says. Throws `argument`. */
export const choiceOf = ({ columns, filters }: ExtractOptions) => ({
  columns: columns?.split(',').map(each => each.trim()) ?? null,
  filters: filters === undefined ? ([] as readonly Filter[]) : readFilters(filters),
})

/** Writes the shards of a saved query into a folder, or those that are not there yet, and a manifest of them. */
export async function extractTo(database: Database, name: string, options: ExtractOptions): Promise<void> {
  const { out, shards: of, format, threads } = options
  const { columns, filters } = choiceOf(options)
  const { before, reference, asOf } = beginFolder(name, options)
  const {
    view,
    info,
    args,
    columns: shapes,
    // one moment for all shards, whatever is written meanwhile
  } = database.extract(reference, options.arg, database.view(asOf).t, {
    shard: { index: 0, of },
    columns,
    filters,
  })
  const about = {
    query: info.name,
    version: info.version,
    args,
    store: database.storeName,
    t: view.t,
    instant: showInstant(view.instant),
    settled: view.settled,
    format,
    of,
    columns: shapes.map(({ name: column, type, nullable }) => ({ name: column, type: showType(type), nullable })),
    filters,
  }
  const job: ShardJob = {
    ...{ query: `${info.name}@${info.version}`, args: options.arg, t: view.t, of, columns, filters, format, out },
  }
  await fillFolder(out, before, about, (missing, watching) =>
    writeShards(database, placeOf(options), job, missing, threads, watching),
  )
}
