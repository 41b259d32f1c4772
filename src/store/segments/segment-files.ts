import { FactError } from '../../base/error.ts'
import type { Attribute, Kind } from '../../model/schema.ts'
import type { T } from '../../model/transaction.ts'
import type { Disk } from '../disk.ts'
import type { Indexes } from '../indexes.ts'
import type { LogPosition } from '../log.ts'
import { copyRow, unwrittenRaw } from '../raw-array.ts'
import type { Rows } from '../rows.ts'
import type { Catalog } from './catalog.ts'
import { factsTable } from './facts-table.ts'
import { filesOf, type Manifest, type Parts, removeOthers, writeManifest } from './manifest.ts'
import { factsName, keysName } from './names.ts'
import { refusalsTable } from './refusals.ts'
import { type FileEntry, FOLDER, type Table, writePieces, writeTable } from './table-file.ts'
import { textsTable } from './texts.ts'
import { transactionsTable } from './transactions-table.ts'
import { encodeValues } from './value-column.ts'

/** How much log may stand behind the segments, bytes. */
export interface SegmentPace {
  /** While writing: at least so much, and an eighth of the log. */
  readonly least: number
  /** At a clean stop. */
  readonly atStop: number
}

export const SEGMENT_PACE: SegmentPace = { least: 32 << 20, atStop: 256 << 10 }

/** What came since is written anew as a whole when it passes this share of what was there (store rule 23). */
const SHARE = 1 / 4
const FORMAT = 1

/** Writes the segments of a store, in the background of its one writer: one set of files for one basis, then the manifest that names them. */
export class SegmentFiles {
  readonly #disk: Disk
  readonly #data: string
  readonly #indexes: Indexes
  readonly #pace: SegmentPace
  #manifest: Manifest | undefined
  #writing: Promise<void> | undefined
  /** Why the last attempt failed, or null: a store goes on without segments. */
  fault: string | null = null

  constructor(disk: Disk, data: string, indexes: Indexes, manifest: Manifest | undefined, pace: SegmentPace) {
    this.#disk = disk
    this.#data = data
    this.#indexes = indexes
    this.#manifest = manifest
    this.#pace = pace
  }

  get #folder(): string {
    return `${this.#data}/${FOLDER}`
  }

  /** Bytes of all files that the manifest names. */
  get bytes(): number {
    return this.#manifest ? filesOf(this.#manifest).reduce((sum, { bytes }) => sum + bytes, 0) : 0
  }

  /** Whether so much log stands behind the segments, of so much in all, that they should be written. */
  due(total: number, stopping: boolean): boolean {
    if (this.#writing) return false
    const behind = total - (this.#manifest?.log.total ?? 0)
    if (behind === 0) return false
    return behind >= (stopping ? this.#pace.atStop : Math.max(this.#pace.least, total / 8))
  }

  /** Begins to write what the store held when the catalog was taken; `log` is where its last frame ended, and is durable. */
  begin(catalog: Catalog, log: LogPosition): void {
    const writing = this.#write(catalog, log)
      .then(() => {
        this.fault = null
      })
      .catch(error => {
        // no segments are lost that are needed: the log has everything
        if (!(error instanceof FactError) && (error as NodeJS.ErrnoException).code === undefined) throw error
        this.fault = (error as Error).message
      })
      .finally(() => {
        this.#writing = undefined
      })
    this.#writing = writing
    // whoever stops the store hears of it
    writing.catch(() => {})
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** Removes what a crash left. */
  async clean(): Promise<void> {
    await removeOthers(this.#disk, this.#data, this.#manifest)
  }

  async #write(catalog: Catalog, log: LogPosition): Promise<void> {
    const disk = this.#disk
    const folder = this.#folder
    const { schema, dictionary, transactions, refused } = this.#indexes
    const basis = catalog.transactions
    const number = log.sequence
    await disk.makeFolder(folder)
    const parts: Record<string, Parts> = {}
    const save = (name: string, table: Table): Promise<FileEntry> =>
      writeTable(disk, folder, `${name}-${number}.arrow`, table)
    const list = async (name: string, count: number, table: (start: number, end: number) => Table) => {
      const grown = await this.#grown(name, count, (suffix, start) => save(name + suffix, table(start, count)))
      if (grown) parts[name] = grown
    }
    await list('strings', catalog.strings, (start, end) => textsTable(dictionary, start, end))
    await list('transactions', basis, (start, end) => transactionsTable(transactions, start, end))
    await list('refusals', catalog.refused, (start, end) => refusalsTable(refused.slice(start, end)))
    for (const { name, extent } of catalog.kinds) {
      const kind = schema.kind(name)
      await list(keysName(kind), extent, (start, end) => this.#keysTable(kind, start, end))
    }
    for (const { ident } of catalog.attributes) {
      const attribute = schema.attribute(ident)
      const facts = await this.#facts(attribute, basis, (suffix, table) => save(factsName(attribute) + suffix, table))
      if (facts) parts[factsName(attribute)] = facts
    }
    const text = Buffer.from(JSON.stringify(catalog))
    const catalogFile = await writePieces(disk, folder, `catalog-${number}.json`, [text])
    await disk.syncFolder(folder)
    await disk.syncFolder(this.#data)
    const store = `${log.storeId}.${log.branch}`
    const manifest: Manifest = { format: FORMAT, store, basis, log, catalog: catalogFile, parts }
    await writeManifest(disk, this.#data, manifest)
    this.#manifest = manifest
    await removeOthers(disk, this.#data, manifest)
  }

  /** A list that only grows: what was written of it, and what came since. */
  async #grown(
    name: string,
    count: number,
    save: (suffix: string, start: number) => Promise<FileEntry>,
  ): Promise<Parts | undefined> {
    const before = this.#manifest?.parts[name]
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

  #keysTable(kind: Kind, start: number, end: number): Table {
    const all = this.#indexes.rawKeys(kind)
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
  async #facts(
    attribute: Attribute,
    basis: T,
    save: (suffix: string, table: Table) => Promise<FileEntry>,
  ): Promise<Parts | undefined> {
    const column = this.#indexes.column(attribute)
    const before = this.#manifest?.parts[factsName(attribute)]
    const part = async (suffix: string, { holds, ended }: { holds: Rows; ended: Rows }) => {
      const count = holds.from.length + ended.from.length
      // both tables before anything is awaited: the column goes on
      const tables = [factsTable(attribute, holds, false), factsTable(attribute, ended, true)]
      const rows = holds.from.length === 0 ? null : await save(suffix, tables[0])
      return {
        rows,
        ended: ended.from.length === 0 ? null : await save(`${suffix}-ended`, tables[1]),
        count,
        upTo: basis,
      }
    }
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
}
