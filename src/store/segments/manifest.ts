import { crc32 } from 'node:zlib'
import { FactError } from '../../base/error.ts'
import type { T } from '../../model/transaction.ts'
import type { Disk } from '../disk.ts'
import type { LogPosition } from '../log.ts'
import { damagedSegment, type FileEntry, FOLDER } from './table-file.ts'

const NAME = 'manifest'
const FORMAT = 1
const FIRST_LINE = /^heartwood-manifest (\d+) ([0-9a-f]{8})\n/

/** Rows of one thing up to a basis, in one file or none, and where it is a column of facts in two. */
export interface Part {
  /** Facts that hold, or all rows of what is no column. */
  readonly rows: FileEntry | null
  /** Facts that ended. */
  readonly ended: FileEntry | null
  readonly count: number
  /** Up to which t, or where rows are counted otherwise up to which row, the part reaches. */
  readonly upTo: number
}

/** What was written at once, and what came since; see `docs/store.md`. */
export interface Parts {
  readonly base: Part
  readonly recent: Part | null
}

/** Names one durable basis and every file of the segments that belong to it (store rule 23). */
export interface Manifest {
  readonly format: number
  readonly store: string
  readonly basis: T
  /** Up to where the log stands in the segments. */
  readonly log: LogPosition
  readonly catalog: FileEntry
  /** By name: `strings`, `transactions`, `refusals`, `keys-<kind>`, and `facts-<attribute>`. */
  readonly parts: Readonly<Record<string, Parts>>
}

/** The manifest of a data folder, or undefined where there is none. Throws `damaged`. */
export async function readManifest(disk: Disk, data: string): Promise<Manifest | undefined> {
  const path = `${data}/${FOLDER}/${NAME}`
  const bytes = await disk.read(path)
  if (!bytes) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  const [line, format, sum] = FIRST_LINE.exec(text) ?? []
  if (line === undefined || crc32(text.slice(line.length)) !== Number.parseInt(sum, 16))
    throw damagedSegment(path, 'it does not agree with its checksum')
  if (Number(format) !== FORMAT)
    throw new FactError(
      'unavailable',
      `${path} has format version ${format}; this Heartwood reads version ${FORMAT}. Delete the folder ${FOLDER}, and it is made anew from the log`,
    )
  return JSON.parse(text.slice(line.length)) as Manifest
}

/** Replaces the manifest in one step. */
export async function writeManifest(disk: Disk, data: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 1)}\n`
  const first = `heartwood-manifest ${FORMAT} ${crc32(text).toString(16).padStart(8, '0')}\n`
  await disk.replace(`${data}/${FOLDER}/${NAME}`, Buffer.from(first + text))
}

/** Every file that a manifest names. */
export function filesOf({ catalog, parts }: Manifest): FileEntry[] {
  const files = [catalog]
  for (const { base, recent } of Object.values(parts))
    for (const part of [base, recent]) for (const file of [part?.rows, part?.ended]) if (file) files.push(file)
  return files
}

/** Removes what no manifest names: what a crash left, or what the last one replaced. */
export async function removeOthers(disk: Disk, data: string, manifest: Manifest | undefined): Promise<void> {
  const named = new Set([NAME, ...(manifest ? filesOf(manifest).map(({ name }) => name) : [])])
  const folder = `${data}/${FOLDER}`
  for (const name of await disk.list(folder)) if (!named.has(name)) await disk.remove(`${folder}/${name}`)
}
