import { compareKeywords, compareStrings, compareValues } from '../../model/value.ts'
import { ordered } from '../columns/filter.ts'
import { knownRun } from '../columns/ordinal-run.ts'
import { BLOCK, type Run } from '../columns/relation.ts'
import { countingSort, type Keys, sortByKeys, wholeRange } from '../columns/sort.ts'
import { boxed, type Vector } from '../columns/vector.ts'

export interface SortColumn {
  readonly vector: Vector
  readonly descending: boolean
}

/**
 * Row numbers in the total order of values, by the first column, then by the next …; null where they are in that order already.
 * What ties are left is equal rows. Later columns are looked at only where earlier ones tie.
 */
export function sortedRows(columns: readonly SortColumn[], rows: number, run: Run): Int32Array | null {
  if (columns.length === 0 || rows < 2) return null
  const keys: Keys[] = []
  const keysOf = (column: number): Keys => (keys[column] ??= sortKeys(columns[column], rows, run))
  const first = ascent(keysOf(0), rows, run)
  if (first === 'strict' || (first === 'weak' && ascendTogether(columns.length, keysOf, rows, run))) return null
  run.reserve(4 * rows)
  const order = new Int32Array(rows)
  for (let i = 0; i < rows; i++) order[i] = i
  if (rows > 64 && columns.length <= MOST_COUNTED && countedAll(columns.length, keysOf, order, run)) {
    return isIdentity(order) ? null : order
  }
  const refine = (low: number, high: number, column: number): void => {
    const by = keysOf(column)
    if (high - low > BLOCK) run.stop()
    if (!isAscending(by, order, low, high)) sortByKeys(by, order.subarray(low, high), run)
    if (column + 1 === columns.length) return
    let work = 0
    for (let start = low; start < high; ) {
      let end = start + 1
      const key = by[order[start]]
      while (end < high && by[order[end]] === key) end++
      if (end - start > 1) refine(start, end, column + 1)
      work += end - start
      if (work >= BLOCK) {
        run.stop()
        work = 0
      }
      start = end
    }
  }
  refine(0, rows, 0)
  return isIdentity(order) ? null : order
}

/** More columns than these are rarely all needed to tell rows apart. */
const MOST_COUNTED = 3

/** Sorts by all columns at once, the last one first, where each can be counted. */
function countedAll(columns: number, keysOf: (column: number) => Keys, order: Int32Array, run: Run): boolean {
  const ranges: { low: number; width: number }[] = []
  for (let column = 0; column < columns; column++) {
    const by = keysOf(column)
    const range = by instanceof BigInt64Array ? undefined : wholeRange(by, order, run)
    if (range === undefined || range.width > 4 * order.length + 1024) return false
    ranges.push(range)
  }
  for (let column = columns - 1; column >= 0; column--)
    countingSort(keysOf(column) as Float64Array, order, ranges[column], run)
  return true
}

/** Whether rows of which the first column never goes down go up by the others too. What a walk or a merge brings mostly does. */
function ascendTogether(columns: number, keysOf: (column: number) => Keys, rows: number, run: Run): boolean {
  if (columns === 1) return true
  const first = keysOf(0)
  const second = keysOf(1)
  for (let start = 1; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) {
      if (first[i - 1] !== first[i] || second[i - 1] < second[i]) continue
      if (second[i - 1] > second[i] || !ascendsFrom(2, columns, keysOf, i)) return false
    }
  }
  return true
}

function ascendsFrom(column: number, columns: number, keysOf: (column: number) => Keys, row: number): boolean {
  for (let c = column; c < columns; c++) {
    const keys = keysOf(c)
    if (keys[row - 1] !== keys[row]) return keys[row - 1] < keys[row]
  }
  return true
}

/** Whether keys go up from row to row, always or but for equal ones. */
function ascent(keys: Keys, rows: number, run: Run): 'strict' | 'weak' | 'none' {
  if (keys instanceof Int32Array && knownRun(keys) !== undefined) return 'strict'
  let strict = true
  for (let start = 1; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) {
      if (keys[i - 1] > keys[i]) return 'none'
      if (keys[i - 1] === keys[i]) strict = false
    }
  }
  return strict ? 'strict' : 'weak'
}

function isIdentity(order: Int32Array): boolean {
  for (let i = 0; i < order.length; i++) if (order[i] !== i) return false
  return true
}

function isAscending(keys: Keys, order: Int32Array, low: number, high: number): boolean {
  for (let i = low + 1; i < high; i++) if (keys[order[i - 1]] > keys[order[i]]) return false
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
    let looked = 0
    const order = values
      .map((_, i) => i)
      .sort((a, b) => {
        if (++looked % BLOCK === 0) run.stop()
        return compareValues(values[a], values[b])
      })
    const ranks = new Float64Array(rows)
    for (let i = 1; i < rows; i++) {
      ranks[order[i]] = ranks[order[i - 1]] + (compareValues(values[order[i - 1]], values[order[i]]) === 0 ? 0 : 1)
    }
    return ranks
  }
  if (vector.as === 'i32' && !ordered(vector.type)) {
    return textRanks(vector.values, rows, vector.type.base === 'keyword' ? compareKeywords : compareStrings, run)
  }
  return vector.values
}

/** Texts are ranked once for each code. */
function textRanks(codes: Int32Array, rows: number, compare: (a: string, b: string) => number, run: Run): Int32Array {
  let most = 0
  for (let i = 0; i < rows; i++) if (codes[i] > most) most = codes[i]
  // the dictionary may be far larger than the column
  if (most > 16 * rows + 65_536) return sparseRanks(codes, rows, compare, run)
  const rank = new Int32Array(most + 1)
  const texts: { code: number; text: string }[] = []
  for (let i = 0; i < rows; i++) {
    if (rank[codes[i]] !== 0) continue
    rank[codes[i]] = 1
    texts.push({ code: codes[i], text: run.strings.text(codes[i]) })
    if (texts.length % BLOCK === 0) run.stop()
  }
  sortTexts(texts, compare, run)
  for (let i = 0; i < texts.length; i++) rank[texts[i].code] = i
  const ranks = new Int32Array(rows)
  for (let i = 0; i < rows; i++) ranks[i] = rank[codes[i]]
  return ranks
}

function sparseRanks(codes: Int32Array, rows: number, compare: (a: string, b: string) => number, run: Run): Int32Array {
  const rank = new Map<number, number>()
  for (let i = 0; i < rows; i++) rank.set(codes[i], 0)
  const texts = [...rank.keys()].map(code => ({ code, text: run.strings.text(code) }))
  sortTexts(texts, compare, run)
  for (const [i, { code }] of texts.entries()) rank.set(code, i)
  return Int32Array.from({ length: rows }, (_, i) => rank.get(codes[i]) as number)
}

function sortTexts(
  texts: { readonly code: number; readonly text: string }[],
  compare: (a: string, b: string) => number,
  run: Run,
): void {
  let looked = 0
  texts.sort((a, b) => {
    if (++looked % BLOCK === 0) run.stop()
    return compare(a.text, b.text)
  })
}
