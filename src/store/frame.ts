import { createHash, hash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, zstdCompress, zstdDecompressSync } from 'node:zlib'
import { assert } from '../base/assert.ts'
import { ByteReader, ByteWriter } from '../base/bytes.ts'

/*
 * A frame is what one fsync makes durable; it counts whole or not at all (store rule 13). All numbers are little endian.
 *
 *    0  4  magic "HWF1"
 *    4  2  format version, 1
 *    6  2  flags: 1 where the body is compressed (zstd)
 *    8 16  store id
 *   24  4  branch
 *   28  8  sequence, from 1
 *   36  4  t before the first transaction of the frame
 *   40  4  count of transactions
 *   44  4  length of the public part
 *   48 32  chain value of the frame before; zeros in the first
 *   80  4  length of the personal part
 *   84  4  length of the body as it is stored
 *   88  4  crc32 of the body as it is stored
 *   92  4  crc32 of the header up to here
 *   96     body: the public part and the personal part, compressed as one where the flags say so
 *
 *          public part: table of blocks, then records (record-format.ts)
 *          personal part: the blocks, one for each subject, each a salt of 16 bytes and its content
 *
 * The table of blocks: count, then for each subject code + 1 (0: nobody's), cipher (0: none), length with the salt, and a
 * commitment: SHA-256 over salt and content.
 *
 * The chain value of a frame is SHA-256 over its header up to byte 80 and its public part. Personal bytes enter it only as
 * commitments, so that they can be erased, and the rest be stored anew, without breaking the chain; the crc32 over bytes
 * only finds torn tails.
 */
export const HEADER_SIZE = 96
export const FORMAT_VERSION = 1
const MAGIC = 0x31465748
const CHAINED = 80
const COMPRESSED = 1
const SALT = 16
const WORTH_COMPRESSING = 1024
/** Larger buffers of a subject are not kept for the next frame. */
const LARGEST_KEPT = 1 << 16

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
  /** Of the body in the file. */
  readonly storedLength: number
  readonly compressed: boolean
  /** Of the frame before, 64 hex digits. */
  readonly previous: string
  readonly bodyCrc: number
}

export const FIRST_CHAIN = '0'.repeat(64)

/** Gathers the records of one frame, public bytes apart from those of each subject. */
export class FrameBuilder {
  readonly records = new ByteWriter(1 << 16)
  readonly #nobody = new ByteWriter(1 << 16)
  readonly #blocks = new Map<number, ByteWriter>()
  /** Of the record before, or nobody's: those of one subject often follow one another. */
  #lastSubject: number | undefined
  #lastBlock: ByteWriter = this.#nobody
  /** Writers of earlier frames, empty. */
  readonly #idle: ByteWriter[] = []
  readonly #body = new ByteWriter(1 << 16)

  /** Where the personal bytes of a subject go. */
  personal(subject: number): ByteWriter {
    if (subject === this.#lastSubject) return this.#lastBlock
    let block = this.#blocks.get(subject)
    if (!block) {
      block = subject === NOBODY ? this.#nobody : (this.#idle.pop() ?? new ByteWriter(1024))
      // the salt, which is known when the frame is sealed
      block.claim(SALT)
      block.wrote(SALT)
      this.#blocks.set(subject, block)
    }
    this.#lastSubject = subject
    this.#lastBlock = block
    return block
  }

  /** Bytes of the frame at most, but for its head. */
  get length(): number {
    let length = HEADER_SIZE + this.records.length
    for (const block of this.#blocks.values()) length += block.length + 64
    return length
  }

  get empty(): boolean {
    return this.records.length === 0
  }

  /**
   * The bytes of the frame, and its chain value. The builder is empty at once and takes the records of the next frame, which is sealed
   * only after this one. Bytes are compressed by another thread: of all that it takes to make a frame durable that is the longest piece.
   */
  async seal(
    header: Pick<FrameHeader, 'storeId' | 'branch' | 'sequence' | 'before' | 'count' | 'previous'>,
  ): Promise<{ readonly bytes: Buffer; readonly chain: string }> {
    const body = this.#body
    body.clear()
    this.#writeTable(body)
    body.bytes(this.records.view())
    const publicLength = body.length
    for (const block of this.#blocks.values()) body.bytes(block.view())
    const personalLength = body.length - publicLength
    this.#clear()
    const compressed = body.length >= WORTH_COMPRESSING
    const stored = compressed ? await compress(body.view()) : body.view()

    const writer = new ByteWriter(HEADER_SIZE)
    writer.u32(MAGIC)
    writer.u16(FORMAT_VERSION)
    writer.u16(compressed ? COMPRESSED : 0)
    writer.bytes(Buffer.from(header.storeId, 'hex'))
    writer.u32(header.branch)
    writer.u64(BigInt(header.sequence))
    writer.u32(header.before)
    writer.u32(header.count)
    writer.u32(publicLength)
    writer.bytes(Buffer.from(header.previous, 'hex'))
    assert(writer.length === CHAINED, 'frame header drawn wrong')
    const chain = chainOf(writer.view(), body.view().subarray(0, publicLength))
    writer.u32(personalLength)
    writer.u32(stored.length)
    writer.u32(crc32(stored))
    writer.u32(crc32(writer.view()))
    return { bytes: Buffer.concat([writer.view(), stored]), chain }
  }

  /** Salts each block, and writes what the table says of it. */
  #writeTable(table: ByteWriter): void {
    const salts = randomBytes(SALT * this.#blocks.size)
    let salted = 0
    table.varint(this.#blocks.size)
    for (const [subject, block] of this.#blocks) {
      const bytes = block.view()
      bytes.set(salts.subarray(salted, (salted += SALT)))
      table.varint(subject + 1)
      table.u8(0)
      table.varint(bytes.length)
      table.bytes(hash('sha256', bytes, 'buffer'))
    }
  }

  #clear(): void {
    for (const block of this.#blocks.values()) {
      block.clear()
      if (block !== this.#nobody && block.capacity <= LARGEST_KEPT) this.#idle.push(block)
    }
    this.#blocks.clear()
    this.#lastSubject = undefined
    this.records.clear()
  }
}

const zstd = promisify(zstdCompress)

const compress = (bytes: Uint8Array): Promise<Buffer> =>
  zstd(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
    chunkSize: (bytes.length >>> 1) + 1024,
  })

const chainOf = (header: Uint8Array, publicPart: Uint8Array): string =>
  createHash('sha256').update(header.subarray(0, CHAINED)).update(publicPart).digest('hex')

/** Reads a header, or gives undefined where the bytes are none: too few, another magic, or a wrong checksum. */
export function readHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < HEADER_SIZE) return undefined
  const reader = new ByteReader(bytes)
  if (reader.u32() !== MAGIC) return undefined
  const version = reader.u16()
  const compressed = (reader.u16() & COMPRESSED) !== 0
  const header = {
    version,
    compressed,
    storeId: reader.bytes(16).toString('hex'),
    branch: reader.u32(),
    sequence: Number(reader.u64()),
    before: reader.u32(),
    count: reader.u32(),
    publicLength: reader.u32(),
    previous: reader.bytes(32).toString('hex'),
    personalLength: reader.u32(),
    storedLength: reader.u32(),
    bodyCrc: reader.u32(),
  }
  return crc32(bytes.subarray(0, HEADER_SIZE - 4)) === reader.u32() ? header : undefined
}

interface Block {
  readonly subject: number
  /** Salt and content. */
  readonly bytes: Buffer
  readonly commitment: Buffer
}

/** A frame whose checksums hold, with its parts opened. */
export interface OpenFrame {
  readonly header: FrameHeader
  readonly chain: string
  readonly records: ByteReader
  readonly blocks: readonly Block[]
  personal(subject: number): ByteReader
}

/** Opens a frame from the bytes of its header and body, or gives undefined where the body's checksum does not hold. */
export function openFrame(header: FrameHeader, bytes: Uint8Array): OpenFrame | undefined {
  const stored = bytes.subarray(HEADER_SIZE)
  if (stored.length !== header.storedLength || crc32(stored) !== header.bodyCrc) return undefined
  const { publicLength, personalLength } = header
  const body = header.compressed ? decompress(stored, publicLength + personalLength) : Buffer.from(stored)
  assert(body.length === publicLength + personalLength, `frame ${header.sequence} has a body of another length`)
  const publicPart = body.subarray(0, publicLength)
  const records = new ByteReader(publicPart)
  const blocks = readBlocks(records, body.subarray(publicLength))
  const readers = new Map<number, ByteReader>()
  const personal = (subject: number): ByteReader => {
    const reader = readers.get(subject)
    if (!reader) assert(false, `frame ${header.sequence} has no block for subject ${subject}`)
    return reader
  }
  for (const { subject, bytes } of blocks) readers.set(subject, new ByteReader(bytes.subarray(SALT)))
  return { header, chain: chainOf(bytes.subarray(0, HEADER_SIZE), publicPart), records, blocks, personal }
}

function readBlocks(table: ByteReader, personal: Buffer): Block[] {
  const blocks: Block[] = []
  let at = 0
  for (let left = table.varint(); left > 0; left--) {
    const subject = table.varint() - 1
    const cipher = table.u8()
    assert(cipher === 0, `cipher ${cipher} is not known to format version ${FORMAT_VERSION}`)
    const bytes = personal.subarray(at, (at += table.varint()))
    blocks.push({ subject, bytes, commitment: table.bytes(32) })
  }
  return blocks
}

const decompress = (bytes: Uint8Array, length: number): Buffer =>
  zstdDecompressSync(bytes, { chunkSize: Math.max(length + 1, 64), maxOutputLength: Math.max(length, 1) })

/** The subjects whose personal block is not what its commitment says; `verify` asks, opening does not. */
export const brokenCommitments = (frame: OpenFrame): number[] =>
  frame.blocks
    .filter(({ bytes, commitment }) => !hash('sha256', bytes, 'buffer').equals(commitment))
    .map(({ subject }) => subject)
