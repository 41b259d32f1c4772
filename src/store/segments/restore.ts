import { parseType } from '../../model/type.ts'
import type { Disk } from '../disk.ts'
import type { Indexes } from '../indexes.ts'
import type { LogPosition } from '../log.ts'
import type { Rows } from '../rows.ts'
import type { Catalog } from './catalog.ts'
import { factsOf, restoreFacts } from './facts-table.ts'
import { filesOf, type Manifest, type Part, type Parts, readManifest } from './manifest.ts'
import { factsName, keysName } from './names.ts'
import { restoreRefusals } from './refusals.ts'
import { damagedSegment, type FileEntry, FOLDER, openTable, readPieces } from './table-file.ts'
import { restoreTransactions } from './transactions-table.ts'
import { decodeValues } from './value-column.ts'

/** A manifest, and the contents of every file that it names, each as its checksum says. */
export interface Segments {
  readonly manifest: Manifest
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Reads the segments of a data folder, or gives undefined where there are none. Throws `damaged`. */
export async function readSegments(disk: Disk, data: string): Promise<Segments | undefined> {
  for (let left = 10; ; left--) {
    const manifest = await readManifest(disk, data)
    if (!manifest) return undefined
    try {
      const entries = filesOf(manifest)
      const files = await Promise.all(entries.map(entry => readPieces(disk, `${data}/${FOLDER}`, entry)))
      return { manifest, files: new Map(entries.map(({ name }, i) => [name, files[i]])) }
    } catch (error) {
      // whoever writes may have replaced them meanwhile
      const now = await readManifest(disk, data)
      if (left === 0 || (now && now.catalog.name === manifest.catalog.name)) throw error
    }
  }
}

/** Fills empty indexes with what segments hold; gives up to where the log stands in them. */
export function restore({ manifest, files }: Segments, indexes: Indexes): LogPosition {
  const catalog = JSON.parse(Buffer.from(files.get(manifest.catalog.name)!).toString('utf8')) as Catalog
  const open = (entry: FileEntry) => openTable(files.get(entry.name)!)
  const each = (name: string, take: (table: ReturnType<typeof openTable>) => void) => {
    for (const entry of rowFiles(manifest.parts[name])) take(open(entry))
  }
  const { schema, dictionary, transactions, sources, texts, stamps } = indexes

  each('strings', ({ batches }) => {
    for (const { rows, columns } of batches) {
      const { values, offsets } = columns.get('text')!
      dictionary.addAll(values as Uint8Array, offsets!, rows)
    }
  })
  for (const { name, keyType } of catalog.kinds) schema.addKind(name, parseType(keyType))
  for (const { type, ...spec } of catalog.attributes) schema.addAttribute({ ...spec, type: parseType(type) })
  transactions.contracts.push(...catalog.contracts)
  for (const { kind, topic, partition, file, state } of catalog.sources) {
    indexes.addSource({ kind, topic, partition, file })
    Object.assign(sources.get(state.name)!, { ...state, next: Number(state.next) })
  }
  for (const [name, text] of catalog.texts) texts.set(name, text)
  for (const [topic, by] of catalog.stamps) stamps.set(topic, by)
  each('transactions', table => restoreTransactions(table, transactions))
  each('refusals', table => restoreRefusals(table, indexes))
  for (const [id, resolution] of catalog.resolutions ?? []) indexes.resolve(id, resolution)
  indexes.letters.published = catalog.published ?? 0
  indexes.gaps.push(...(catalog.gaps ?? []))
  for (const kind of schema.kinds.slice(1))
    each(keysName(kind), ({ batches }) => {
      for (const { rows, columns } of batches)
        indexes.addEntities(kind, decodeValues(kind.keyType, columns.get('key')!, rows), rows)
    })
  for (const attribute of schema.attributes) {
    const parts = attribute.kind.number === 0 ? undefined : manifest.parts[factsName(attribute)]
    if (!parts) continue
    const rowsOf = (entry: FileEntry | null): Rows | null => entry && factsOf(attribute, open(entry).batches[0])
    const factsIn = ({ rows, ended, upTo }: Part) => ({ holds: rowsOf(rows), ended: rowsOf(ended), upTo })
    restoreFacts(indexes, attribute, factsIn(parts.base), parts.recent && factsIn(parts.recent))
  }
  indexes.frontier = catalog.frontier
  const counts = [dictionary.size, transactions.count, indexes.refused.length, manifest.basis]
  const expected = [catalog.strings, catalog.transactions, catalog.refused, catalog.transactions]
  if (counts.join() !== expected.join())
    throw damagedSegment(manifest.catalog.name, `the files hold ${counts.join()} rows, and it says ${expected.join()}`)
  return manifest.log
}

const rowFiles = (parts: Parts | undefined): FileEntry[] =>
  [parts?.base.rows, parts?.recent?.rows].filter(entry => entry !== null && entry !== undefined)
