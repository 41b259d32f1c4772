import { compareStrings, compareValues } from '../model/value.ts'
import { ordered } from './filter.ts'
import type { Run } from './relation.ts'
import { boxed, type Vector } from './vector.ts'

/** Numbers in the order of a column's values. */
type Keys = Int32Array | Float64Array | BigInt64Array

export interface SortColumn {
  readonly vector: Vector
  readonly descending: boolean
}

/**
 * Row numbers in the total order of values, by the first column, then by the next …; null where they are in that order already.
 * What ties are left is equal rows. Later columns are looked at only where earlier ones tie.
 */
export function sortedRows(columns: readonly SortColumn[], rows: number, run: Run): Int32Array | null {
  const keys: Keys[] = []
  const keysOf = (column: number): Keys => (keys[column] ??= sortKeys(columns[column], rows, run))
  const order = new Int32Array(rows)
  for (let i = 0; i < rows; i++) order[i] = i
  let moved = false

  const refine = (low: number, high: number, column: number): void => {
    if (high - low < 2 || column === columns.length) return
    if (high - low > 1000) run.stop()
    const by = keysOf(column)
    if (!isAscending(by, order, low, high)) {
      moved = true
      sortPart(by, order, low, high)
    }
    for (let start = low; start < high; ) {
      let end = start + 1
      while (end < high && by[order[end]] === by[order[start]]) end++
      refine(start, end, column + 1)
      start = end
    }
  }
  refine(0, rows, 0)
  return moved ? order : null
}

function isAscending(keys: Keys, order: Int32Array, low: number, high: number): boolean {
  for (let i = low + 1; i < high; i++) if (keys[order[i - 1]] > keys[order[i]]) return false
  return true
}

function sortPart(keys: Keys, order: Int32Array, low: number, high: number): void {
  const part = order.subarray(low, high)
  if (keys instanceof BigInt64Array || !sortPacked(keys, part)) {
    part.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b))
  }
}

/** Sorts key and row as one double, natively, where both fit its 53 bits: five times as fast as by a comparison (20,000 rows: 1.5 ms, 8 ms). */
function sortPacked(keys: Int32Array | Float64Array, part: Int32Array): boolean {
  let [low, high, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < part.length; i++) {
    const key = keys[part[i]]
    if (!Number.isInteger(key)) return false
    if (key < low) low = key
    if (key > high) high = key
    if (part[i] > last) last = part[i]
  }
  const unit = last + 1
  if ((high - low + 1) * unit > Number.MAX_SAFE_INTEGER) return false
  const packed = new Float64Array(part.length)
  for (let i = 0; i < part.length; i++) packed[i] = (keys[part[i]] - low) * unit + part[i]
  packed.sort()
  for (let i = 0; i < part.length; i++) part[i] = packed[i] % unit
  return true
}

function sortKeys({ vector, descending }: SortColumn, rows: number, run: Run): Keys {
  const keys = ascendingKeys(vector, rows, run)
  if (!descending) return keys
  // a 64-bit number turned round stays one: -x - 1
  return keys instanceof BigInt64Array ? keys.map(key => ~key) : Float64Array.from(keys as Float64Array, key => -key)
}

function ascendingKeys(vector: Vector, rows: number, run: Run): Keys {
  if (vector.as === 'any') {
    const values = boxed(vector, rows, run)
    const order = values.map((_, i) => i).sort((a, b) => compareValues(values[a], values[b]))
    const ranks = new Float64Array(rows)
    for (let i = 1; i < rows; i++) {
      ranks[order[i]] = ranks[order[i - 1]] + (compareValues(values[order[i - 1]], values[order[i]]) === 0 ? 0 : 1)
    }
    return ranks
  }
  if (vector.as === 'i32' && !ordered(vector.type)) return textRanks(vector.values, rows, run)
  return vector.values
}

/** Texts are ranked once for each code. */
function textRanks(codes: Int32Array, rows: number, run: Run): Float64Array {
  const rank = new Map<number, number>()
  for (let i = 0; i < rows; i++) rank.set(codes[i], 0)
  const texts = [...rank.keys()]
    .map(code => ({ code, text: run.strings.text(code) }))
    .sort((a, b) => compareStrings(a.text, b.text))
  for (const [i, { code }] of texts.entries()) rank.set(code, i)
  const ranks = new Float64Array(rows)
  for (let i = 0; i < rows; i++) ranks[i] = rank.get(codes[i]) as number
  return ranks
}
