import type { ArrowColumn, FileType } from '../../base/arrow.ts'
import type { Raw } from '../../model/column.ts'
import type { ValueType } from '../../model/type.ts'

/** An Arrow type for raw values, and its array. */
export interface Encoded {
  readonly type: FileType
  readonly column: ArrowColumn
}

const HALF = 2 ** 32

/**
 * Raw values as Arrow has them: codes, ordinals, days and 0 or 1 as int32; doubles as float64; whole numbers as int32 where
 * all of them fit, otherwise int64; those beyond 64 bits as decimal128. Which it is stands in the schema of the file; the
 * type of ours in its metadata.
 */
export function encodeValues(type: ValueType, raw: Raw): Encoded {
  switch (raw.as) {
    case 'i32':
      return { type: { as: 'int32' }, column: { values: raw.values, validity: null } }
    case 'f64':
      if (type.base === 'double') return { type: { as: 'float64' }, column: { values: raw.values, validity: null } }
      return encodeIntegers(raw.values)
    case 'i64':
      return { type: { as: 'int64' }, column: { values: raw.values, validity: null } }
    case 'i128':
      return {
        type: { as: 'decimal128', scale: type.base === 'decimal' ? type.digits : 0 },
        column: { values: raw.values, validity: null },
      }
  }
}

/** Safe integers as int32 or int64. */
export function encodeIntegers(values: Float64Array): Encoded {
  let narrow = true
  for (let i = 0; i < values.length; i++) narrow &&= values[i] === (values[i] | 0)
  if (narrow) return { type: { as: 'int32' }, column: { values: new Int32Array(values), validity: null } }
  return { type: { as: 'int64' }, column: { values: longs(values), validity: null } }
}

/** Safe integers as 64-bit ones, by their halves: making a bigint of each takes ten times as long. */
export function longs(values: Float64Array): BigInt64Array {
  const halves = new Int32Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const high = Math.floor(values[i] / HALF)
    halves[2 * i] = values[i] - high * HALF
    halves[2 * i + 1] = high
  }
  return new BigInt64Array(halves.buffer)
}

/** 64-bit integers as doubles, or undefined where one of them is no safe integer. */
export function safeNumbers(values: BigInt64Array): Float64Array | undefined {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  const numbers = new Float64Array(values.length)
  for (let i = 0; i < numbers.length; i++) {
    const value = halves[2 * i + 1] * HALF + (halves[2 * i] >>> 0)
    if (!Number.isSafeInteger(value)) return undefined
    numbers[i] = value
  }
  return numbers
}

/** The inverse of `encodeValues`. */
export function decodeValues(type: ValueType, { values }: ArrowColumn, rows: number): Raw {
  if (values instanceof Float64Array) return { as: 'f64', values }
  if (values instanceof Int32Array) {
    const whole = type.base === 'long' || type.base === 'decimal' || type.base === 'instant'
    return whole ? { as: 'f64', values: new Float64Array(values) } : { as: 'i32', values }
  }
  const lanes = values as BigInt64Array
  if (lanes.length === 2 * rows) return { as: 'i128', values: lanes }
  const numbers = safeNumbers(lanes)
  return numbers ? { as: 'f64', values: numbers } : { as: 'i64', values: lanes }
}
