import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FactError } from '../../base/error.ts'
import type { WrittenShard } from './shard-file.ts'

/** What a folder of shards holds, and of what; `_manifest.json` beside them. */
export interface Manifest {
  readonly query: string
  readonly version: string
  readonly args: Readonly<Record<string, unknown>>
  readonly store: string
  readonly t: number
  readonly instant: string
  readonly settled: boolean
  readonly format: string
  readonly of: number
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  readonly filters: readonly unknown[]
  /** True once every shard is there. */
  readonly complete: boolean
  readonly rows: number
  readonly shards: readonly WrittenShard[]
}

/** Spark and others pass over what begins with an underscore. */
const FILE = '_manifest.json'

export function readManifest(out: string): Manifest | null {
  const path = join(out, FILE)
  if (!existsSync(path)) return null
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new FactError('usage', `${path} is no manifest of an extract; choose another --out`)
  }
}

/** Replaced as a whole, so that it is never half written. */
export function writeManifest(out: string, manifest: Manifest): void {
  const path = join(out, FILE)
  writeFileSync(`${path}.part`, `${JSON.stringify(manifest, null, 2)}\n`)
  renameSync(`${path}.part`, path)
}

const SAME = ['query', 'version', 'args', 'store', 't', 'format', 'of', 'columns', 'filters'] as const

/** Throws `usage` where a folder holds shards of something else. */
export function checkSame(out: string, before: Manifest, now: Omit<Manifest, 'shards' | 'complete' | 'rows'>): void {
  for (const part of SAME) {
    const [was, is] = [before[part], now[part]].map(value => JSON.stringify(value))
    if (was !== is)
      throw new FactError(
        'usage',
        `${out} holds an extract whose ${part} is ${was}, and not ${is}; choose another --out`,
      )
  }
}

/** Those shards of a manifest whose files are there as they were written. */
export async function wholeShards(out: string, { shards }: Manifest): Promise<WrittenShard[]> {
  const whole: WrittenShard[] = []
  for (const shard of shards) {
    const path = join(out, shard.file)
    if (!existsSync(path) || statSync(path).size !== shard.bytes) continue
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    if (hash.digest('hex') === shard.sha256) whole.push(shard)
  }
  return whole
}
