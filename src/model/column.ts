import type { ValueType } from './type.ts'

/**
 * Raw numbers of one type, one per row. Which array it is follows from the data, not from the type alone:
 *
 * - `i32`: dictionary codes (string, enum, uuid, json, keyword), ordinals (ref), days (date), 0 or 1 (boolean)
 * - `f64`: double; long, decimal (scaled) and instant (ms, or micros) while every value is a safe integer
 * - `i64`: long, decimal (scaled) and instant where some value is not
 * - `i128`: decimal (scaled) beyond 64 bits, two lanes a row, low half first, as Arrow's decimal128 has it
 */
export type Raw =
  | { readonly as: 'i32'; readonly values: Int32Array }
  | { readonly as: 'f64'; readonly values: Float64Array }
  | { readonly as: 'i64'; readonly values: BigInt64Array }
  | { readonly as: 'i128'; readonly values: BigInt64Array }

/** Which of the four arrays a type begins with. */
export function firstForm(type: ValueType): 'i32' | 'f64' {
  switch (type.base) {
    case 'double':
    case 'long':
    case 'decimal':
    case 'instant':
      return 'f64'
    default:
      return 'i32'
  }
}

/** The scaled integer in row `i` of an `i128` column. */
export const wideAt = (lanes: BigInt64Array, i: number): bigint =>
  (lanes[2 * i + 1] << 64n) | BigInt.asUintN(64, lanes[2 * i])

/** Writes row `i` of an `i128` column. */
export function setWide(lanes: BigInt64Array, i: number, value: bigint): void {
  lanes[2 * i] = BigInt.asIntN(64, value)
  lanes[2 * i + 1] = value >> 64n
}

/** The raw values of these rows, in their order; of a row below 0, 0. */
export function gathered(raw: Raw, rows: Int32Array): Raw {
  switch (raw.as) {
    case 'i32': {
      const values = new Int32Array(rows.length)
      for (let i = 0; i < rows.length; i++) values[i] = rows[i] < 0 ? 0 : raw.values[rows[i]]
      return { as: 'i32', values }
    }
    case 'f64': {
      const values = new Float64Array(rows.length)
      for (let i = 0; i < rows.length; i++) values[i] = rows[i] < 0 ? 0 : raw.values[rows[i]]
      return { as: 'f64', values }
    }
    case 'i64': {
      const values = new BigInt64Array(rows.length)
      for (let i = 0; i < rows.length; i++) values[i] = rows[i] < 0 ? 0n : raw.values[rows[i]]
      return { as: 'i64', values }
    }
    case 'i128': {
      const values = new BigInt64Array(2 * rows.length)
      for (let i = 0; i < rows.length; i++) {
        if (rows[i] < 0) continue
        values[2 * i] = raw.values[2 * rows[i]]
        values[2 * i + 1] = raw.values[2 * rows[i] + 1]
      }
      return { as: 'i128', values }
    }
  }
}
