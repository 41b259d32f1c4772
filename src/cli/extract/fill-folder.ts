import { mkdirSync, readdirSync } from 'node:fs'
import { FactError } from '../../base/error.ts'
import { count, counted } from '../output.ts'
import { bar, progressLine } from '../progress.ts'
import { checkSame, type Manifest, readManifest, wholeShards, writeManifest } from './manifest.ts'
import type { WrittenShard } from './shard-file.ts'

/** What is told while shards are written. */
export interface Watching {
  onRows(rows: number): void
  onShard(shard: WrittenShard): void
}

/** What a run goes on with: the manifest of the extract that was begun in its folder, null in a new one, and of which version and moment it is. */
export interface Begun {
  readonly before: Manifest | null
  readonly reference: string
  readonly asOf: string | undefined
}

/** Where the extract of a query was begun in the folder, it stays of one version and one moment. Throws `usage` for a folder of something else. */
export function beginFolder(name: string, { out, asOf }: { readonly out: string; readonly asOf?: string }): Begun {
  const before = manifestIn(out)
  if (before === null) return { before, reference: name, asOf }
  const reference = name.includes('@') ? name : `${name}@${before.version}`
  return { before, reference, asOf: asOf ?? String(before.t) }
}

function manifestIn(out: string): Manifest | null {
  mkdirSync(out, { recursive: true })
  const before = readManifest(out)
  if (before === null && readdirSync(out).length > 0)
    throw new FactError('usage', `${out} is not empty, and no extract that was begun; choose another --out`)
  return before
}

/** Has those shards written that are not there as they were, keeps the manifest, and tells what was done. Throws `usage` for another extract. */
export async function fillFolder(
  out: string,
  before: Manifest | null,
  about: Omit<Manifest, 'complete' | 'rows' | 'shards'>,
  write: (missing: readonly number[], watching: Watching) => Promise<void>,
): Promise<void> {
  const { of, t } = about
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
  await write(missing, {
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
  console.log(`wrote ${counted(manifest.rows, 'row')} as of t ${t} in ${counted(of, 'file')}${again} to ${out}`)
}
