import { crc32 } from 'node:zlib'
import { type ArrowColumn, type ArrowField, ArrowStream, readArrowFile } from '../../base/arrow.ts'
import { FactError } from '../../base/error.ts'
import type { Disk } from '../disk.ts'

/** The folder of segments within the data folder. */
export const FOLDER = 'segments'

/** A file as the manifest names it. */
export interface FileEntry {
  readonly name: string
  readonly bytes: number
  readonly crc32: number
}

/** Rows of a file that is to be written, one array for each field. */
export interface Table {
  readonly fields: readonly ArrowField[]
  readonly metadata: ReadonlyMap<string, string>
  /** Several where the texts of one would pass 2 GB. */
  readonly batches: Iterable<{ readonly rows: number; readonly columns: readonly ArrowColumn[] }>
}

/** Damage of a file of segments, and what helps. */
export const damagedSegment = (file: string, what: string): FactError =>
  new FactError(
    'damaged',
    `${file} is damaged: ${what}. Nothing was changed; the log is the truth: delete the folder ${FOLDER} and start again, and it is made anew`,
    { file, offset: 0, t: 0 },
  )

/** The bytes of a file, in order. */
export function piecesOf({ fields, metadata, batches }: Table): Uint8Array[] {
  const stream = new ArrowStream(fields, metadata, 'file')
  const pieces = [...stream.schema()]
  for (const { rows, columns } of batches) pieces.push(...stream.batch(rows, columns))
  pieces.push(...stream.finish())
  return pieces
}

/** What a manifest says of a file. */
export function entryOf(name: string, pieces: readonly Uint8Array[]): FileEntry {
  let sum = 0
  let bytes = 0
  for (const piece of pieces) {
    sum = crc32(piece, sum)
    bytes += piece.length
  }
  return { name, bytes, crc32: sum }
}

/** The bytes of a file, whose length and checksum are as the manifest says. Throws `damaged`. */
export async function readPieces(disk: Disk, folder: string, entry: FileEntry): Promise<Uint8Array> {
  const path = `${folder}/${entry.name}`
  const size = await disk.size(path)
  if (size === undefined) throw damagedSegment(path, 'the manifest names it, and it is not there')
  if (size !== entry.bytes) throw damagedSegment(path, `it has ${size} bytes, and the manifest says ${entry.bytes}`)
  const bytes = await disk.readAt(path, 0, size)
  if (crc32(bytes) !== entry.crc32) throw damagedSegment(path, 'it does not agree with its checksum')
  return bytes
}

/** The batches of a file, as views on its bytes. */
export function openTable(bytes: Uint8Array): ReturnType<typeof readArrowFile> {
  // views of eight bytes begin at multiples of eight
  return readArrowFile(bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes))
}
