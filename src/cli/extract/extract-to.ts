import { mkdirSync, readdirSync } from 'node:fs'
import { FactError } from '../../base/error.ts'
import type { Database } from '../../database/api.ts'
import { showInstant } from '../../model/instant.ts'
import { showType } from '../../model/type.ts'
import type { Filter } from '../../query/query.ts'
import { readFilters } from '../../serve/extract-choice.ts'
import { count, counted } from '../output.ts'
import { bar, progressLine } from '../progress.ts'
import { placeOf } from '../setting.ts'
import type { ShardFormat } from './formats.ts'
import { checkSame, type Manifest, readManifest, wholeShards, writeManifest } from './manifest.ts'
import type { ShardJob } from './shard-file.ts'
import { writeShards } from './write-shards.ts'

export interface ExtractOptions {
  data: string
  project?: string
  asOf?: string
  shards: number
  threads: number
  out: string
  format: ShardFormat
  columns?: string
  filters?: string
  arg: Record<string, unknown>
}

/** Writes the shards of a saved query into a folder, or those that are not there yet, and a manifest of them. */
export async function extractTo(database: Database, name: string, options: ExtractOptions): Promise<void> {
  const { out, shards: of, format, threads } = options
  const columns = options.columns?.split(',').map(each => each.trim()) ?? null
  const filters: readonly Filter[] = options.filters === undefined ? [] : readFilters(options.filters)
  mkdirSync(out, { recursive: true })
  const before = readManifest(out)
  if (before === null && readdirSync(out).length > 0)
    throw new FactError('usage', `${out} is not empty, and no extract that was begun; choose another --out`)
  // one moment for all shards, whatever is written meanwhile, and the same when it is completed later
  const asOf = options.asOf ?? (before === null ? undefined : String(before.t))
  const reference = before === null || name.includes('@') ? name : `${name}@${before.version}`
  const {
    view,
    info,
    args,
    columns: shapes,
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
  if (before !== null) checkSame(out, before, about)
  const done = before === null ? [] : await wholeShards(out, before)
  const kept = done.length
  const save = (): Manifest => {
    const rows = done.reduce((sum, shard) => sum + shard.rows, 0)
    const manifest = { ...about, complete: done.length === of, rows, shards: done.sort((a, b) => a.shard - b.shard) }
    writeManifest(out, manifest)
    return manifest
  }
  save()
  const line = progressLine(process.stderr)
  let rows = done.reduce((sum, shard) => sum + shard.rows, 0)
  const show = () => line.show(`${bar(done.length / of)}${done.length} of ${counted(of, 'shard')}, ${count(rows)} rows`)
  const missing = Array.from({ length: of }, (_, shard) => shard).filter(
    shard => !done.some(other => other.shard === shard),
  )
  const job: ShardJob = {
    ...{ query: `${info.name}@${info.version}`, args: options.arg, t: view.t, of, columns, filters, format, out },
  }
  await writeShards(database, placeOf(options), job, missing, threads, {
    onRows(more) {
      rows += more
      show()
    },
    onShard(shard) {
      done.push(shard)
      save()
      show()
    },
  })
  line.clear()
  const manifest = save()
  const again = kept === 0 ? '' : ` (${kept} of them were there already)`
  console.log(`wrote ${counted(manifest.rows, 'row')} as of t ${view.t} in ${counted(of, 'file')}${again} to ${out}`)
}
