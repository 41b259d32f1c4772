import { Decimal } from '../../model/decimal.ts'
import { showType } from '../../model/type.ts'
import { EntityRef, Instant, isList, Keyword, LocalDate, Sym, type Value, ValueMap } from '../../model/value.ts'
import { familyOf } from '../functions/comparable.ts'
import { NumberTable } from './number-table.ts'
import { rangeOf } from './range.ts'
import { BLOCK, type Run } from './relation.ts'
import { boxed, type Vector } from './vector.ts'

/**
 * Gives each different value (or combination of values) of some rows a number from 0, in order of first appearance: what joins,
 * distinct rows and groups are made of. `find` then numbers other rows in the same way, -1 where their value has none.
 */
export interface Numbering {
  /** One per row. */
  readonly ids: Int32Array
  /** How many different ones there are. */
  readonly count: number
  /** The vectors must have what `comparableForms` made of them. */
  find(vectors: readonly Vector[], rows: number, run: Run): Int32Array
}

/** The first row of each number, where numbers were given out in order of appearance. */
export function firstRows(ids: Int32Array, count: number, run: Run): Int32Array {
  const first = new Int32Array(count)
  let next = 0
  for (let i = 0; i < ids.length && next < count; i++) {
    if (i % BLOCK === 0) run.stop()
    if (ids[i] === next) first[next++] = i
  }
  return first
}

/** Numbers rows by all of these vectors together; of no vectors, all rows are the same. */
export function numberRows(vectors: readonly Vector[], rows: number, run: Run): Numbering {
  if (vectors.length === 0) {
    return {
      ids: new Int32Array(rows),
      count: Math.min(rows, 1),
      find: (_, others) => new Int32Array(others).fill(rows > 0 ? 0 : -1),
    }
  }
  if (vectors.length === 2) {
    const grid = numberGrid(vectors[0], vectors[1], rows, run)
    if (grid !== undefined) return grid
  }
  let all = numberVector(vectors[0], rows, run)
  for (const vector of vectors.slice(1)) all = combine(all, numberVector(vector, rows, run), rows, run)
  return all
}

/** Two columns of codes that lie close together: each pair has a place in a grid, and the columns need no numbers of their own. */
function numberGrid(a: Vector, b: Vector, rows: number, run: Run): Numbering | undefined {
  if (a.as !== 'i32' || b.as !== 'i32' || rows === 0) return undefined
  const [x, y] = [rangeOf(a, rows, run), rangeOf(b, rows, run)]
  if (x === undefined || y === undefined || x.width * y.width > 4 * rows + 1024) return undefined
  run.reserve(4 * rows)
  const slots = new Int32Array(x.width * y.width).fill(-1)
  const ids = new Int32Array(rows)
  let count = 0
  const origin = x.low * y.width + y.low
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    count = numberPlaces(a.values, b.values, y.width, origin, slots, ids, start, end, count)
  }
  return {
    ids,
    count,
    find([c, d], others, again) {
      const found = new Int32Array(others)
      for (let i = 0; i < others; i++) {
        if (i % BLOCK === 0) again.stop()
        const [p, q] = [(c.values[i] as number) - x.low, (d.values[i] as number) - y.low]
        found[i] = p >= 0 && p < x.width && q >= 0 && q < y.width ? (slots[p * y.width + q] ?? -1) : -1
      }
      return found
    },
  }
}

function numberPlaces(
  a: Int32Array,
  b: Int32Array,
  width: number,
  origin: number,
  slots: Int32Array,
  ids: Int32Array,
  start: number,
  end: number,
  known: number,
): number {
  let count = known
  for (let i = start; i < end; i++) {
    const slot = a[i] * width + b[i] - origin
    let id = slots[slot]
    if (id < 0) slots[slot] = id = count++
    ids[i] = id
  }
  return count
}

/** Pairs of numbers are numbered again, so that they stay below the number of rows. */
function combine(left: Numbering, right: Numbering, rows: number, run: Run): Numbering {
  // where few pairs can be, an array is the table
  const width = left.count * right.count
  if (width <= 4 * rows + 1024) return combineDirect(left, right, width, rows, run)
  run.reserve(20 * rows)
  const pairs = new Float64Array(rows)
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    pairParts(left.ids, right.ids, right.count, pairs, start, Math.min(rows, start + BLOCK))
  }
  const table = new NumberTable(rows)
  const ids = table.addAll(pairs, rows, run)
  return {
    ids,
    count: table.count,
    find(vectors, others, again) {
      const a = left.find(vectors.slice(0, -1), others, again)
      const b = right.find(vectors.slice(-1), others, again)
      const keys = new Float64Array(others)
      for (let i = 0; i < others; i++) {
        if (i % BLOCK === 0) again.stop()
        keys[i] = a[i] < 0 || b[i] < 0 ? -1 : a[i] * right.count + b[i]
      }
      return table.findAll(keys, others, again)
    },
  }
}

function combineDirect(left: Numbering, right: Numbering, width: number, rows: number, run: Run): Numbering {
  run.reserve(4 * rows)
  const slots = new Int32Array(width).fill(-1)
  const ids = new Int32Array(rows)
  let count = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    count = numberPairs(left.ids, right.ids, right.count, slots, ids, start, Math.min(rows, start + BLOCK), count)
  }
  return {
    ids,
    count,
    find(vectors, others, again) {
      const a = left.find(vectors.slice(0, -1), others, again)
      const b = right.find(vectors.slice(-1), others, again)
      const found = new Int32Array(others)
      for (let i = 0; i < others; i++) {
        if (i % BLOCK === 0) again.stop()
        found[i] = a[i] < 0 || b[i] < 0 ? -1 : slots[a[i] * right.count + b[i]]
      }
      return found
    },
  }
}

function numberPairs(
  left: Int32Array,
  right: Int32Array,
  width: number,
  slots: Int32Array,
  ids: Int32Array,
  start: number,
  end: number,
  known: number,
): number {
  let count = known
  for (let i = start; i < end; i++) {
    const slot = left[i] * width + right[i]
    let id = slots[slot]
    if (id < 0) slots[slot] = id = count++
    ids[i] = id
  }
  return count
}

function pairParts(
  left: Int32Array,
  right: Int32Array,
  width: number,
  pairs: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) pairs[i] = left[i] * width + right[i]
}

function numberVector(vector: Vector, rows: number, run: Run): Numbering {
  if (vector.as === 'i32' || vector.as === 'f64') {
    const range = rangeOf(vector, rows, run)
    if (range !== undefined) return direct(vector.values, rows, range.low, range.width, run)
    const table = new NumberTable(rows)
    const ids = table.addAll(vector.values, rows, run)
    return {
      ids,
      count: table.count,
      find: ([other], n, again) => table.findAll(other.values as Float64Array, n, again),
    }
  }
  const keys = keysOf(vector, rows, run)
  const seen = new Map<string | bigint, number>()
  const ids = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    if (i % BLOCK === 0) run.stop()
    let id = seen.get(keys[i])
    if (id === undefined) {
      id = seen.size
      seen.set(keys[i], id)
    }
    ids[i] = id
  }
  const find: Numbering['find'] = ([other], n, again) =>
    Int32Array.from(keysOf(other, n, again), key => seen.get(key) ?? -1)
  return { ids, count: seen.size, find }
}

const keysOf = (vector: Vector, rows: number, run: Run): ArrayLike<string | bigint> & Iterable<string | bigint> =>
  vector.as === 'i64' ? vector.values.subarray(0, rows) : boxed(vector, rows, run).map(keyText)

/** A text that two values share exactly when they are equal. */
export function keyText(value: Value): string {
  if (typeof value === 'string') return `s${value}`
  if (typeof value === 'boolean') return `b${value}`
  if (value instanceof Keyword) return `k${value.name}`
  if (value instanceof Instant) return `i${value.micros}`
  if (value instanceof LocalDate) return `d${value.days}`
  if (value instanceof EntityRef) return `e${value.number}`
  if (typeof value === 'bigint') return `n${value}`
  if (value instanceof Sym) return `y${value.symbol}`
  if (isList(value)) return `[${nested(value)}]`
  if (value instanceof ValueMap) return `{${value.entries.map(nested).sort().join()}}`
  let unscaled: bigint
  let digits: number
  if (value instanceof Decimal) [unscaled, digits] = [value.unscaled, value.digits]
  else {
    let whole = value
    digits = 0
    while (!Number.isInteger(whole)) {
      whole *= 2
      digits++
    }
    unscaled = BigInt(whole) * 5n ** BigInt(digits)
  }
  while (digits > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n
    digits--
  }
  return digits === 0 ? `n${unscaled}` : `n${unscaled}/${digits}`
}

/** The texts of parts, each with its length before it, so that no two lists share a text. */
function nested(values: readonly Value[]): string {
  const texts = values.map(keyText)
  return `${texts.map(text => text.length).join()}:${texts.join('')}`
}

// One copy of the loop for each type of array: a loop that sees several runs at a third.
function numberI32(
  values: Int32Array,
  low: number,
  slots: Int32Array,
  ids: Int32Array,
  start: number,
  end: number,
  known: number,
): number {
  let count = known
  for (let i = start; i < end; i++) {
    const slot = values[i] - low
    let id = slots[slot]
    if (id < 0) slots[slot] = id = count++
    ids[i] = id
  }
  return count
}

function numberF64(
  values: Float64Array,
  low: number,
  slots: Int32Array,
  ids: Int32Array,
  start: number,
  end: number,
  known: number,
): number {
  let count = known
  for (let i = start; i < end; i++) {
    const slot = values[i] - low
    let id = slots[slot]
    if (id < 0) slots[slot] = id = count++
    ids[i] = id
  }
  return count
}

function direct(values: Int32Array | Float64Array, rows: number, low: number, width: number, run: Run): Numbering {
  const slots = new Int32Array(width).fill(-1)
  const ids = new Int32Array(rows)
  let count = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    count =
      values instanceof Int32Array
        ? numberI32(values, low, slots, ids, start, end, count)
        : numberF64(values, low, slots, ids, start, end, count)
  }
  return {
    ids,
    count,
    find([other], n, again) {
      const found = new Int32Array(n)
      const keys = other.values as Float64Array
      for (let start = 0; start < n; start += BLOCK) {
        again.stop()
        const end = Math.min(n, start + BLOCK)
        for (let i = start; i < end; i++) {
          const slot = keys[i] - low
          found[i] = slot >= 0 && slot < width && (slot | 0) === slot ? slots[slot] : -1
        }
      }
      return found
    },
  }
}

/** Brings two vectors of one variable into forms in which equal values are equal keys. */
export function comparableForms(a: Vector, aRows: number, b: Vector, bRows: number, run: Run): [Vector, Vector] {
  const alike = a.as === b.as && (sameScale(a, b) || a.as === 'any')
  if (alike) return [a, b]
  return [box(a, aRows, run), box(b, bRows, run)]
}

const sameScale = (a: Vector, b: Vector): boolean => {
  if (showType(a.type) === showType(b.type)) return true
  return familyOf(a.type) === 'text' && familyOf(b.type) === 'text'
}

const box = (vector: Vector, rows: number, run: Run): Vector => ({
  type: vector.type,
  as: 'any',
  values: boxed(vector, rows, run),
})
