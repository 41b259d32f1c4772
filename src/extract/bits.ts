import type { ArrowColumn } from '../base/arrow.ts'

/** How many bytes a row of bits needs. */
const bytesFor = (rows: number): number => (rows + 7) >> 3

/** Which rows have a value; null where all have one. */
export function validityOf(present: Uint8Array | null, from: number, to: number): ArrowColumn['validity'] {
  if (present === null) return null
  const bits = new Uint8Array(bytesFor(to - from))
  let valid = 0
  for (let i = from; i < to; i++) {
    if (present[i] === 0) continue
    bits[(i - from) >> 3] |= 1 << ((i - from) & 7)
    valid++
  }
  return { bits, nulls: to - from - valid }
}

/** A bit for each row, from numbers that are 0 or 1. */
export function bitsOf(values: Int32Array, from: number, to: number): Uint8Array {
  const bits = new Uint8Array(bytesFor(to - from))
  for (let i = from; i < to; i++) bits[(i - from) >> 3] |= (values[i] & 1) << ((i - from) & 7)
  return bits
}
