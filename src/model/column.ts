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
