import { crc32 } from 'node:zlib'
import { assert } from '../base/assert.ts'
import { ByteReader, ByteWriter } from '../base/bytes.ts'
import type { T } from '../model/transaction.ts'

/*
 * The end of a log file that is full (store rule 15). All numbers are little endian.
 *
 *    0  4  magic "HWS1"
 *    4  4  format version, 1
 *    8  4  length of the body
 *   12  4  crc32 of the body
 *   16  4  crc32 of the header up to here
 *   20     body: JSON, see `Footer`
 *    +  4  length of all of this
 *    +  4  magic "HWS1", so that it can be found from the end of the file
 */
const MAGIC = 0x31535748
const VERSION = 1
const HEADER = 20
const TRAILER = 8
/** Bytes of a footer at most, as far as reading from the end goes. */
export const FOOTER_TRAILER = TRAILER

/** What a sealed file holds, so that an archive of such files can be searched without reading them. */
export interface Footer {
  readonly store: string
  /** Sequence of the first and the last frame. */
  readonly frames: readonly [number, number]
  /** The first and the last t; the first is larger where there is none. */
  readonly t: readonly [T, T]
  /** Positions of each source: from, and before which. */
  readonly positions: Readonly<Record<string, readonly [string, string]>>
  /** Chain value of the last frame, which is a digest of this file and of all before it (frame.ts). */
  readonly chain: string
  /** The same of the file before; zeros in the first. */
  readonly previous: string
}

export function writeFooter(footer: Footer): Buffer {
  const body = Buffer.from(JSON.stringify(footer))
  const writer = new ByteWriter(HEADER + body.length + TRAILER)
  writer.u32(MAGIC)
  writer.u32(VERSION)
  writer.u32(body.length)
  writer.u32(crc32(body))
  writer.u32(crc32(writer.view()))
  assert(writer.length === HEADER, 'log footer drawn wrong')
  writer.bytes(body)
  writer.u32(writer.length + TRAILER)
  writer.u32(MAGIC)
  return Buffer.from(writer.view())
}

/** Reads a footer that fills these bytes, or gives undefined where they are none. */
export function readFooter(bytes: Uint8Array): Footer | undefined {
  if (bytes.length < HEADER + TRAILER) return undefined
  const reader = new ByteReader(bytes)
  if (reader.u32() !== MAGIC || reader.u32() !== VERSION) return undefined
  const length = reader.u32()
  const bodyCrc = reader.u32()
  if (crc32(bytes.subarray(0, HEADER - 4)) !== reader.u32() || bytes.length !== HEADER + length + TRAILER)
    return undefined
  const body = reader.bytes(length)
  if (crc32(body) !== bodyCrc || reader.u32() !== bytes.length || reader.u32() !== MAGIC) return undefined
  return JSON.parse(body.toString('utf8')) as Footer
}

/** How long a footer is that ends with these last bytes of a file, or 0. */
export function footerLength(end: Uint8Array): number {
  if (end.length < TRAILER) return 0
  const reader = new ByteReader(end.subarray(end.length - TRAILER))
  const length = reader.u32()
  return reader.u32() === MAGIC ? length : 0
}
