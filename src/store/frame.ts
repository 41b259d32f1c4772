import { hash, randomBytes } from 'node:crypto'
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { assert } from '../base/assert.ts'
import { ByteReader, ByteWriter } from '../base/bytes.ts'

/*
 * A frame is what one fsync makes durable; it counts whole or not at all (store rule 13). All numbers are little endian.
 *
 *    0  4  magic "HWF1"
 *    4  2  format version, 1
 *    6  2  flags, 0
 *    8 16  store id
 *   24  4  branch
 *   28  8  sequence, from 1
 *   36  4  t before the first transaction of the frame
 *   40  4  count of transactions
 *   44  4  length of the public part
 *   48  4  length of the personal part
 *   52 32  chain value of the frame before; zeros in the first
 *   84  4  crc32 of the body
 *   88  4  crc32 of the header up to here
 *   92     public part: table of blocks, then records (record.ts)
 *          personal part: the blocks, one for each subject, each led by a salt of 16 bytes
 *
 * The table of blocks: count, then for each subject code + 1 (0: nobody's), cipher (0: none), compression (0: none,
 * 1: zstd), length of the content, length as stored, and a commitment: SHA-256 over salt and content.
 *
 * The chain value of a frame is SHA-256 over its header up to the checksums and its public part. Personal bytes enter it
 * only as commitments, so that they can be erased without breaking the chain; the crc32 over bytes only finds torn tails.
 */
export const HEADER_SIZE = 92
export const FORMAT_VERSION = 1
const MAGIC = 0x31465748
const CHAINED = 84
const SALT = 16
const WORTH_COMPRESSING = 4096

/** The subject of nobody in particular. */
export const NOBODY = -1

export interface FrameHeader {
  readonly version: number
  readonly storeId: string
  readonly branch: number
  readonly sequence: number
  /** The t before the frame. */
  readonly before: number
  /** Of transactions. */
  readonly count: number
  readonly publicLength: number
  readonly personalLength: number
  /** Of the frame before, 64 hex digits. */
  readonly previous: string
  readonly bodyCrc: number
}

export const FIRST_CHAIN = '0'.repeat(64)

/** Gathers the records of one frame, public bytes apart from those of each subject. */
export class FrameBuilder {
  readonly records = new ByteWriter(1 << 16)
  readonly #blocks = new Map<number, ByteWriter>()

  /** Where the personal bytes of a subject go. */
  personal(subject: number): ByteWriter {
    let block = this.#blocks.get(subject)
    if (!block) {
      block = new ByteWriter(subject === NOBODY ? 1 << 16 : 512)
      this.#blocks.set(subject, block)
    }
    return block
  }

  get empty(): boolean {
    return this.records.length === 0
  }

  /** The bytes of the frame, and its chain value. The builder is empty afterwards. */
  seal(header: Pick<FrameHeader, 'storeId' | 'branch' | 'sequence' | 'before' | 'count' | 'previous'>): {
    bytes: Buffer
    chain: string
  } {
    const table = new ByteWriter(1 << 12)
    const stored: Buffer[] = []
    table.varint(this.#blocks.size)
    for (const [subject, block] of this.#blocks) {
      const salt = randomBytes(SALT)
      const content = block.view()
      const compress = content.length >= WORTH_COMPRESSING
      const bytes = compress
        ? zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
        : content
      table.varint(subject + 1)
      table.u8(0)
      table.u8(compress ? 1 : 0)
      table.varint(content.length)
      table.varint(SALT + bytes.length)
      table.bytes(hash('sha256', Buffer.concat([salt, content]), 'buffer'))
      stored.push(salt, bytes)
    }
    const body = Buffer.concat([table.view(), this.records.view(), ...stored])
    const publicLength = table.length + this.records.length
    const writer = new ByteWriter(HEADER_SIZE)
    writer.u32(MAGIC)
    writer.u16(FORMAT_VERSION)
    writer.u16(0)
    writer.bytes(Buffer.from(header.storeId, 'hex'))
    writer.u32(header.branch)
    writer.u64(BigInt(header.sequence))
    writer.u32(header.before)
    writer.u32(header.count)
    writer.u32(publicLength)
    writer.u32(body.length - publicLength)
    writer.bytes(Buffer.from(header.previous, 'hex'))
    assert(writer.length === CHAINED, 'frame header drawn wrong')
    const chain = chainOf(writer.view(), body.subarray(0, publicLength))
    writer.u32(crc32(body))
    writer.u32(crc32(writer.view()))
    this.records.clear()
    this.#blocks.clear()
    return { bytes: Buffer.concat([writer.view(), body]), chain }
  }
}

const chainOf = (header: Uint8Array, publicPart: Uint8Array): string =>
  hash('sha256', Buffer.concat([header.subarray(0, CHAINED), publicPart]), 'hex')

/** Reads a header, or gives undefined where the bytes are none: too few, another magic, or a wrong checksum. */
export function readHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < HEADER_SIZE) return undefined
  const reader = new ByteReader(bytes)
  if (reader.u32() !== MAGIC) return undefined
  const version = reader.u16()
  reader.u16()
  const header = {
    version,
    storeId: reader.bytes(16).toString('hex'),
    branch: reader.u32(),
    sequence: Number(reader.u64()),
    before: reader.u32(),
    count: reader.u32(),
    publicLength: reader.u32(),
    personalLength: reader.u32(),
    previous: reader.bytes(32).toString('hex'),
    bodyCrc: reader.u32(),
  }
  return crc32(bytes.subarray(0, HEADER_SIZE - 4)) === reader.u32() ? header : undefined
}

/** A frame whose checksums hold, with its parts opened. */
export interface OpenFrame {
  readonly header: FrameHeader
  readonly chain: string
  readonly records: ByteReader
  personal(subject: number): ByteReader
}

/** Opens a frame from the bytes of its header and body, or gives undefined where the body's checksum does not hold. */
export function openFrame(header: FrameHeader, bytes: Uint8Array): OpenFrame | undefined {
  const body = bytes.subarray(HEADER_SIZE)
  if (body.length !== header.publicLength + header.personalLength || crc32(body) !== header.bodyCrc) return undefined
  const publicPart = body.subarray(0, header.publicLength)
  const records = new ByteReader(publicPart)
  const blocks = new Map<number, { bytes: Buffer; compressed: boolean; commitment: Buffer }>()
  const count = records.varint()
  let at = header.publicLength
  for (let i = 0; i < count; i++) {
    const subject = records.varint() - 1
    const cipher = records.u8()
    assert(cipher === 0, `cipher ${cipher} is not known to format version ${FORMAT_VERSION}`)
    const compressed = records.u8() === 1
    records.varint()
    const length = records.varint()
    const commitment = records.bytes(32)
    blocks.set(subject, { bytes: Buffer.from(body.buffer, body.byteOffset + at, length), compressed, commitment })
    at += length
  }
  const opened = new Map<number, ByteReader>()
  const personal = (subject: number): ByteReader => {
    let reader = opened.get(subject)
    if (!reader) {
      const block = blocks.get(subject)
      assert(block, `frame ${header.sequence} has no block for subject ${subject}`)
      const content = block.bytes.subarray(SALT)
      reader = new ByteReader(block.compressed ? zstdDecompressSync(content) : content)
      opened.set(subject, reader)
    }
    return reader
  }
  return { header, chain: chainOf(bytes.subarray(0, HEADER_SIZE), publicPart), records, personal }
}

/** Whether every personal block is what its commitment says; `verify` asks, opening does not. Gives the subjects at fault. */
export function brokenCommitments(header: FrameHeader, bytes: Uint8Array): number[] {
  const body = bytes.subarray(HEADER_SIZE)
  const table = new ByteReader(body.subarray(0, header.publicLength))
  const broken: number[] = []
  let at = header.publicLength
  for (let left = table.varint(); left > 0; left--) {
    const subject = table.varint() - 1
    table.u8()
    const compressed = table.u8() === 1
    table.varint()
    const length = table.varint()
    const commitment = table.bytes(32)
    const stored = body.subarray(at, at + length)
    const content = compressed
      ? Buffer.concat([stored.subarray(0, SALT), zstdDecompressSync(stored.subarray(SALT))])
      : stored
    if (!hash('sha256', content, 'buffer').equals(commitment)) broken.push(subject)
    at += length
  }
  return broken
}
