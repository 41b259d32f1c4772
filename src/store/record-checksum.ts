import { crc32 } from 'node:zlib'
import type { RawRecord } from '../model/transaction.ts'

const NONE = Buffer.from([0])
const SOME = Buffer.from([1])

/**
 * Tells one record of a place from another: CRC-32 over key, value and headers as they were sent, each with its length. Timestamps are
 * compared beside it.
 */
export function recordChecksum({ key, value, headers }: Pick<RawRecord, 'key' | 'value' | 'headers'>): number {
  let sum = withBytes(withBytes(0, key), value)
  for (const name of Object.keys(headers).sort())
    sum = withBytes(withBytes(sum, Buffer.from(name)), Buffer.from(headers[name]))
  return sum
}

function withBytes(sum: number, bytes: Uint8Array | null): number {
  if (bytes === null) return crc32(NONE, sum)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(bytes.length)
  return crc32(bytes, crc32(length, crc32(SOME, sum)))
}
