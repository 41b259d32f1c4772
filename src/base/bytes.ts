import { assert } from './assert.ts'

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Text of UTF-8 bytes, or undefined where they are not valid UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Appends numbers and texts to a buffer that grows. Integers are LEB128 varints, signed ones zigzag first
 * (as in Protocol Buffers); other numbers are little endian.
 */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Bytes that it holds without growing. */
  get capacity(): number {
    return this.#bytes.length
  }

  /** The bytes themselves, with room for so many more behind `length`: for whoever writes them himself and then says up to where. */
  claim(more: number): Buffer {
    this.#reserve(more)
    return this.#bytes
  }

  wrote(length: number): void {
    assert(length >= this.#length && length <= this.#bytes.length, 'more was written than was claimed')
    this.#length = length
  }

  /** What was written so far; valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#length = this.#bytes.writeUInt16LE(value, this.#length)
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#length = this.#bytes.writeUInt32LE(value, this.#length)
  }

  u64(value: bigint): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length)
  }

  f64(value: number): void {
    this.#reserve(8)
    this.#length = this.#bytes.writeDoubleLE(value, this.#length)
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    if (!(value >= 0 && Number.isSafeInteger(value))) assert(false, `varint of ${value}`)
    this.#reserve(LONGEST_NUMBER)
    this.#length = putVarint(this.#bytes, this.#length, value)
  }

  /** Any integer, exact. */
  integer(value: number | bigint): void {
    if (value < 2 ** 52 && value >= -(2 ** 52)) {
      this.#reserve(LONGEST_NUMBER)
      this.#length = putInteger(this.#bytes, this.#length, Number(value))
      return
    }
    this.#reserve(48)
    this.#length = putZigzag(this.#bytes, this.#length, BigInt(value))
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Its length, then the bytes. */
  block(value: Uint8Array): void {
    this.varint(value.length)
    this.bytes(value)
  }

  /** The same for bytes from `start` up to `end`; short ones cost less this way than as a view. */
  range(value: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length > 64) {
      this.block(value.subarray(start, end))
      return
    }
    this.#reserve(length + 1)
    let at = this.#length
    this.#bytes[at++] = length
    for (let i = start; i < end; i++) this.#bytes[at++] = value[i]
    this.#length = at
  }

  /** UTF-8 with its length in bytes before it. Lone surrogates, which UTF-8 cannot hold, become U+FFFD. */
  text(value: string): void {
    const { length } = value
    if (length < 64) {
      this.#reserve(length + 1)
      const start = this.#length + 1
      let i = 0
      for (; i < length; i++) {
        const unit = value.charCodeAt(i)
        if (unit >= 0x80) break
        this.#bytes[start + i] = unit
      }
      if (i === length) {
        this.#bytes[this.#length] = length
        this.#length += length + 1
        return
      }
    }
    this.block(utf8(value))
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Bytes of the longest number that `putVarint` and `putInteger` write. */
export const LONGEST_NUMBER = 10

/** Writes a varint into bytes that were claimed; gives where it ends. The value is not checked. */
export function putVarint(to: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest >= 0x80000000) {
    to[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest >= 0x80) {
    to[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  to[at] = rest
  return at + 1
}

/** The same for any integer of 63 bits. */
export function putInteger(to: Uint8Array, at: number, value: number): number {
  if (value < 2 ** 52 && value >= -(2 ** 52)) return putVarint(to, at, value >= 0 ? value * 2 : -value * 2 - 1)
  return putZigzag(to, at, BigInt(value))
}

function putZigzag(to: Uint8Array, at: number, value: bigint): number {
  let rest = value >= 0n ? value << 1n : (-value << 1n) - 1n
  let end = at
  while (rest >= 0x80n) {
    to[end++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  to[end] = Number(rest)
  return end + 1
}

/** Reads what a `ByteWriter` wrote. Running over the end is damage that a checksum should have found, so it asserts. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get at(): number {
    return this.#at
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  u8(): number {
    assert(this.#at < this.#bytes.length, 'read beyond the end')
    return this.#bytes[this.#at++]
  }

  u16(): number {
    this.#at += 2
    return this.#bytes.readUInt16LE(this.#at - 2)
  }

  u32(): number {
    this.#at += 4
    return this.#bytes.readUInt32LE(this.#at - 4)
  }

  u64(): bigint {
    this.#at += 8
    return this.#bytes.readBigUInt64LE(this.#at - 8)
  }

  f64(): number {
    this.#at += 8
    return this.#bytes.readDoubleLE(this.#at - 8)
  }

  varint(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++]
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let unit = 128
    do {
      byte = this.u8()
      value += (byte & 0x7f) * unit
      unit *= 128
    } while (byte >= 0x80)
    return value
  }

  /** A number where it is a safe integer, otherwise a bigint. */
  integer(): number | bigint {
    const start = this.#at
    const first = this.#bytes[start]
    if (first < 0x80) {
      this.#at++
      return first & 1 ? -((first + 1) >>> 1) : first >>> 1
    }
    let shift = 0
    while (this.u8() >= 0x80) shift += 7
    const end = this.#at
    this.#at = start
    if (shift < 49) {
      const zigzag = this.varint()
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
    let zigzag = 0n
    for (let i = end - 1; i >= start; i--) zigzag = (zigzag << 7n) | BigInt(this.#bytes[i] & 0x7f)
    this.#at = end
    const value = (zigzag & 1n) === 0n ? zigzag >> 1n : -((zigzag + 1n) >> 1n)
    return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value
  }

  /** Passes over the next bytes; gives where they begin in `buffer`. */
  skip(length: number): number {
    const start = this.#at
    if (!(length >= 0 && start + length <= this.#bytes.length)) assert(false, 'read beyond the end')
    this.#at = start + length
    return start
  }

  /** All bytes that are read from; `at` and `skip` are places in them. */
  get buffer(): Buffer {
    return this.#bytes
  }

  /** A view on the next bytes, not a copy. */
  bytes(length: number): Buffer {
    assert(length >= 0 && this.#at + length <= this.#bytes.length, 'read beyond the end')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  block(): Buffer {
    return this.bytes(this.varint())
  }

  text(): string {
    const bytes = this.block()
    return bytes.length < 32 ? bytes.toString('utf8') : lenient.decode(bytes)
  }
}
