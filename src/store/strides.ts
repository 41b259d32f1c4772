import type { Raw } from '../model/column.ts'
import { copyRow, copyRows, type Form, rawOver, rowsBetween, widthOf } from './raw-array.ts'

/** Slots `first`, `first + step` … of a column. */
export interface Stride {
  readonly first: number
  readonly step: number
}

/** Writes `rows` rows of one array, every `step`th from `first` on, to another of the same form or a wider one, from row `at`. */
export function gatherEvery(source: Raw, { first, step }: Stride, rows: number, target: Raw, at: number): void {
  if (step === 1) copyRows(rowsBetween(source, first, first + rows), rows, target, at)
  else if (source.as === 'f64' && target.as === 'f64') everyF64(source.values, first, step, rows, target.values, at)
  else if (source.as === 'i32' && target.as === 'i32') everyI32(source.values, first, step, rows, target.values, at)
  else if (source.as === 'i64' && target.as === 'i64') everyI64(source.values, first, step, rows, target.values, at)
  else for (let i = 0; i < rows; i++) copyRow(source, first + i * step, target, at + i)
}

/** The same for moments. */
export function gatherMoments(
  source: Uint32Array,
  { first, step }: Stride,
  rows: number,
  target: Uint32Array,
  at: number,
): void {
  for (let i = 0, from = first; i < rows; i++, from += step) target[at + i] = source[from]
}

// One copy of the loop for each type of array: a loop that sees several runs at a third.
function everyF64(from: Float64Array, first: number, step: number, rows: number, to: Float64Array, at: number): void {
  for (let i = at, row = first; i < at + rows; i++, row += step) to[i] = from[row]
}

function everyI32(from: Int32Array, first: number, step: number, rows: number, to: Int32Array, at: number): void {
  for (let i = at, row = first; i < at + rows; i++, row += step) to[i] = from[row]
}

function everyI64(from: BigInt64Array, first: number, step: number, rows: number, to: BigInt64Array, at: number): void {
  for (let i = at, row = first; i < at + rows; i++, row += step) to[i] = from[row]
}

let block = new ArrayBuffer(0)

/** Room for the rows of one block, used for one after the other. */
export function blockRoom(form: Form, rows: number): Raw {
  const bytes = rows * widthOf(form)
  if (block.byteLength < bytes) block = new ArrayBuffer(bytes)
  return rawOver(form, block, 0, rows)
}

let moments = new Uint32Array(0)

/** The same for moments. */
export function blockMoments(rows: number): Uint32Array {
  if (moments.length < rows) moments = new Uint32Array(rows)
  return moments
}
