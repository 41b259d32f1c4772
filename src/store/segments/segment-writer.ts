import type { Attribute, Kind } from '../../model/schema.ts'
import type { T } from '../../model/transaction.ts'
import type { Contents } from '../contents.ts'
import type { Disk } from '../disk.ts'
import type { LogPosition } from '../log.ts'
import { copyRow, unwrittenRaw } from '../raw-array.ts'
import type { Rows } from '../rows.ts'
import type { Catalog } from './catalog.ts'
import { factsTable } from './facts-table.ts'
import { type Manifest, type Parts, removeOthers, writeManifest } from './manifest.ts'
import { factsName, keysName } from './names.ts'
import { Saving } from './saving.ts'
import { type FileEntry, FOLDER, piecesOf, type Table } from './table-file.ts'
import { textsTable } from './texts.ts'
import { transactionsTable } from './transactions-table.ts'
import { encodeValues } from './value-column.ts'

/** What came since is written anew as a whole when it passes this share of what was there (store rule 23). */
const SHARE = 1 / 4
const FORMAT = 1

/** One set of files for one basis. */
export interface SegmentJob {
  /** The data folder. */
  readonly data: string
  /** What was written before. */
  readonly before: Manifest | undefined
  readonly catalog: Catalog
  /** Where the last frame ended that the catalog knows of; it is durable. */
  readonly log: LogPosition
  /** Dead letters, which only the thread that writes the log has: their files are there already. */
  readonly refusals: Parts | undefined
}

/**
 * Writes what a store held when the catalog was taken, then the manifest that names it; gives that. `contents` may have gone on since, also
 * on another thread: `resting` is called whenever nothing of them is in hand.
 */
export async function writeSegments(
  disk: Disk,
  contents: Contents,
  job: SegmentJob,
  resting: () => void = () => {},
): Promise<Manifest> {
  const { data, catalog, log } = job
  const folder = `${data}/${FOLDER}`
  const saving = new Saving(disk, folder)
  const save = (name: string, table: Table): Promise<FileEntry> => {
    const pieces = piecesOf(table)
    resting()
    return saving.begin(`${name}-${log.sequence}.arrow`, pieces)
  }
  const parts = await saveParts(contents, job, save).finally(() => saving.settled())
  const text = Buffer.from(JSON.stringify(catalog))
  const catalogFile = await saving.begin(`catalog-${log.sequence}.json`, [text])
  await saving.settled()
  await disk.syncFolder(folder)
  await disk.syncFolder(data)
  const store = `${log.storeId}.${log.branch}`
  const manifest: Manifest = { format: FORMAT, store, basis: catalog.transactions, log, catalog: catalogFile, parts }
  await writeManifest(disk, data, manifest)
  await removeOthers(disk, data, manifest)
  return manifest
}

/** Has everything saved that came since it was written before; gives all files but the catalog, which may still be on their way. */
async function saveParts(
  contents: Contents,
  { before, catalog, refusals }: SegmentJob,
  save: (name: string, table: Table) => Promise<FileEntry>,
): Promise<Record<string, Parts>> {
  const { schema, dictionary, transactions } = contents
  const basis = catalog.transactions
  const parts: Record<string, Parts> = {}
  const list = async (name: string, count: number, table: (start: number, end: number) => Table) => {
    const grown = await grownParts(before?.parts[name], count, (suffix, start) =>
      save(name + suffix, table(start, count)),
    )
    if (grown) parts[name] = grown
  }
  await list('strings', catalog.strings, (start, end) => textsTable(dictionary, start, end))
  await list('transactions', basis, (start, end) => transactionsTable(transactions, start, end))
  if (refusals) parts.refusals = refusals
  for (const { name, extent } of catalog.kinds) {
    const kind = schema.kind(name)
    await list(keysName(kind), extent, (start, end) => keysTable(contents, kind, start, end))
  }
  for (const { ident } of catalog.attributes) {
    const attribute = schema.attribute(ident)
    const name = factsName(attribute)
    const facts = await factParts(contents, attribute, basis, before?.parts[name], (suffix, table) =>
      save(name + suffix, table),
    )
    if (facts) parts[name] = facts
  }
  return parts
}

/** A list that only grows: what was written of it, and what came since. */
export async function grownParts(
  before: Parts | undefined,
  count: number,
  save: (suffix: string, start: number) => Promise<FileEntry>,
): Promise<Parts | undefined> {
  if (count === 0) return undefined
  const start = before?.base.upTo ?? 0
  if (before && (before.recent ?? before.base).upTo === count) return before
  const since = count - start
  const part = async (suffix: string, from: number) => ({
    rows: await save(suffix, from),
    ended: null,
    count: count - from,
    upTo: count,
  })
  if (before && since <= start * SHARE) return { base: before.base, recent: await part('-recent', start) }
  return { base: await part('', 0), recent: null }
}

function keysTable(contents: Contents, kind: Kind, start: number, end: number): Table {
  const all = contents.rawKeys(kind)
  const keys = unwrittenRaw(all.as, end - start)
  for (let row = start; row < end; row++) copyRow(all, row, keys, row - start)
  const { type, column } = encodeValues(kind.keyType, keys)
  return {
    fields: [{ name: 'key', type, nullable: false }],
    metadata: new Map([['heartwood.first', String(start)]]),
    batches: [{ rows: end - start, columns: [column] }],
  }
}

/** Facts of an attribute as of `basis`: those as of the basis of its base, and what began and ended since. */
async function factParts(
  contents: Contents,
  attribute: Attribute,
  basis: T,
  before: Parts | undefined,
  save: (suffix: string, table: Table) => Promise<FileEntry>,
): Promise<Parts | undefined> {
  const column = contents.column(attribute)
  const part = async (suffix: string, { holds, ended }: { holds: Rows; ended: Rows }) => {
    const count = holds.from.length + ended.from.length
    const rows = holds.from.length === 0 ? null : await save(suffix, factsTable(attribute, holds, false))
    return {
      rows,
      ended: ended.from.length === 0 ? null : await save(`${suffix}-ended`, factsTable(attribute, ended, true)),
      count,
      upTo: basis,
    }
  }
  // both before anything is awaited: the column goes on
  const since = (after: T) => ({
    holds: column.holdingSince(after, basis),
    ended: column.endedBetween(after, basis),
  })
  if (before) {
    const { base, recent } = before
    const changes = since(base.upTo)
    const count = changes.holds.from.length + changes.ended.from.length
    if (count === 0) return before
    const last = (recent ?? base).upTo
    if (!changes.holds.from.some(t => t > last) && !changes.ended.to.some(t => t > last)) return before
    if (count <= base.count * SHARE) return { base, recent: await part('-recent', changes) }
  }
  const all = since(0)
  return all.holds.from.length + all.ended.from.length === 0 ? undefined : { base: await part('', all), recent: null }
}
