import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../database/api.ts'
import type { ArrowBody } from '../../extract/arrow-answer.ts'
import type { Filter } from '../../query/query.ts'
import type { ShardFormat } from './formats.ts'
import { shardBody } from './shard-format.ts'

/** What all shards of an extract have in common. */
export interface ShardJob {
  /** `name@version` */
  readonly query: string
  readonly args: Readonly<Record<string, unknown>>
  readonly t: number
  readonly of: number
  readonly columns: readonly string[] | null
  readonly filters: readonly Filter[]
  readonly format: ShardFormat
  readonly out: string
}

/** A file that is whole. */
export interface WrittenShard {
  readonly shard: number
  readonly file: string
  readonly rows: number
  readonly bytes: number
  /** Hex digits of its SHA-256. */
  readonly sha256: string
}

const five = (n: number): string => String(n).padStart(5, '0')

export const shardFile = ({ query, of, format }: Pick<ShardJob, 'query' | 'of' | 'format'>, shard: number): string =>
  `${query.replace(/@.*/, '')}-${five(shard)}-of-${five(of)}.${format}`

/** Writes one shard to its file. Half a file never has the name of a whole one. `onRows` is told of rows as they are written. */
export function writeShard(
  database: Database,
  job: ShardJob,
  shard: number,
  onRows: (rows: number) => void,
): WrittenShard {
  const { query, args, t, of, columns, filters, format, out } = job
  const extracted = database.extract(query, args, t, { shard: { index: shard, of }, columns, filters })
  const { view, info } = extracted
  const about = { query: info.name, version: info.version, args: JSON.stringify(extracted.args) }
  const body = shardBody(extracted, format, { ...about, view, shard: `${shard}/${of}` })
  return { shard, ...writeBody(out, shardFile(job, shard), body, onRows) }
}

/** Writes a file that has its name once it is whole and synced. */
export function writeBody(
  out: string,
  file: string,
  { chunks, lent = chunks, rows }: ArrowBody,
  onRows: (rows: number) => void,
): Omit<WrittenShard, 'shard'> {
  const part = join(out, `${file}.part`)
  const hash = createHash('sha256')
  let [bytes, told] = [0, 0]
  const fd = openSync(part, 'w')
  try {
    for (const chunk of lent) {
      for (const piece of chunk) {
        hash.update(piece)
        for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at)
        bytes += piece.length
      }
      onRows(rows() - told)
      told = rows()
    }
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(part, join(out, file))
  return { file, rows: rows(), bytes, sha256: hash.digest('hex') }
}
