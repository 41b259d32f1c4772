import { BLOCK, type Run } from './relation.ts'
import { isWhole, type Vector } from './vector.ts'

const ranges = new WeakMap<Vector, { readonly low: number; readonly width: number } | 'wide'>()

/** Least value and width where all are whole numbers that lie close together, so that an array can be the table. Of a whole column found out once. */
export function rangeOf(
  vector: Codes,
  rows: number,
  run: Run,
): { readonly low: number; readonly width: number } | undefined {
  const whole = rows === vector.values.length && isWhole(vector)
  const known = whole ? ranges.get(vector) : undefined
  if (known !== undefined) return known === 'wide' ? undefined : known
  const found = smallRange(vector.values, rows, run)
  if (whole) ranges.set(vector, found ?? 'wide')
  return found
}

type Codes = Extract<Vector, { readonly as: 'i32' | 'f64' }>

function smallRange(
  values: Int32Array | Float64Array,
  rows: number,
  run: Run,
): { low: number; width: number } | undefined {
  if (rows === 0) return { low: 0, width: 1 }
  const range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, whole: true }
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    if (values instanceof Int32Array) rangeOfI32(values, start, end, range)
    else rangeOfF64(values, start, end, range)
    if (!range.whole) return undefined
  }
  const width = range.high - range.low + 1
  return width <= 4 * rows + 1024 ? { low: range.low, width } : undefined
}

interface Range {
  low: number
  high: number
  whole: boolean
}

function rangeOfI32(values: Int32Array, start: number, end: number, range: Range): void {
  let { low, high } = range
  for (let i = start; i < end; i++) {
    const x = values[i]
    if (x < low) low = x
    if (x > high) high = x
  }
  range.low = low
  range.high = high
}

function rangeOfF64(values: Float64Array, start: number, end: number, range: Range): void {
  let { low, high } = range
  let whole = true
  for (let i = start; i < end; i++) {
    const x = values[i]
    if (x < low) low = x
    if (x > high) high = x
    if (Math.floor(x) !== x) whole = false
  }
  range.low = low
  range.high = high
  range.whole = whole && Number.isFinite(low) && Number.isFinite(high)
}
