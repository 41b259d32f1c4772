import type { Numeric } from '../../model/arithmetic.ts'
import { firstForm } from '../../model/column.ts'
import { Decimal, pow10 } from '../../model/decimal.ts'
import { refTo, type ValueType } from '../../model/type.ts'
import { compareNumbers, compareValues, EntityRef, Instant, type Value } from '../../model/value.ts'
import { isExact } from '../functions/comparable.ts'
import { type Comparison, holds } from '../functions/comparison.ts'
import type { Literal } from '../language/ast.ts'
import type { Pace } from './pace.ts'
import { firstOf } from './relation.ts'
import { type Coding, rawOf, type Vector, valueAt } from './vector.ts'

/** What a constant asks of a value: `?x > 5`, or equal to a constant in a pattern. */
export interface Condition {
  readonly comparison: Comparison
  readonly literal: Literal
}

/** The same asked of raw numbers: between `low` and `high`, both included; `negated` turns it round. Whatever else: `every` single row. */
export type RawTest =
  | { readonly test: 'range'; readonly low: number; readonly high: number; readonly negated: boolean }
  | { readonly test: 'wide'; readonly low: bigint; readonly high: bigint; readonly negated: boolean }
  | { readonly test: 'row'; readonly passes: (row: number) => boolean }

/** Turns a condition into a test of this vector's raw numbers, exactly: `< 2.55` on a long is `<= 2`. */
export function rawTest(asked: Condition, vector: Vector, coding: Coding): RawTest {
  const { type } = vector
  const { comparison, literal } = asked
  const condition =
    type.base === 'ref' && typeof literal.value === 'bigint'
      ? { comparison, literal: entityNumbered(literal.value) }
      : asked
  return testOf(condition, vector, coding)
}

/** The code, ordinal or safe integer that an `=` among the conditions asks of a value, -1 where no fact can have it; undefined where none of them does. */
export function askedFor(conditions: readonly Condition[], type: ValueType, coding: Coding): number | undefined {
  const equal = conditions.find(({ comparison }) => comparison === '=')
  if (equal === undefined) return undefined
  const { value } = equal.literal
  if (type.base === 'long' && typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : undefined
  }
  if (firstForm(type) !== 'i32') return undefined
  const asked = type.base === 'ref' && typeof value === 'bigint' ? new EntityRef(Number(value)) : value
  const raw = rawOf(asked, type, coding)
  return typeof raw === 'number' ? raw : -1
}

/** A plain number beside entities is the number of one. */
const entityNumbered = (number: bigint): Literal => ({
  value: new EntityRef(Number(number)),
  type: refTo(null),
  exact: null,
})

function testOf(condition: Condition, vector: Vector, coding: Coding): RawTest {
  const { comparison, literal } = condition
  const { type } = vector
  if (vector.as === 'any') return boxedTest(condition, vector, coding)
  const bounds = boundsOf(comparison === '!=' ? '=' : comparison, literal, type, coding)
  if (bounds === undefined) return boxedTest(condition, vector, coding)
  const negated = comparison === '!='
  if (vector.as === 'i64') {
    const [least, greatest] = [-(2n ** 63n), 2n ** 63n - 1n]
    const low = bounds.low === Number.NEGATIVE_INFINITY ? least : BigInt(bounds.low)
    const high = bounds.high === Number.POSITIVE_INFINITY ? greatest : BigInt(bounds.high)
    return { test: 'wide', low, high, negated }
  }
  // an f64 column of integers holds safe ones only, so a bound beyond them may be rounded
  return { test: 'range', low: Number(bounds.low), high: Number(bounds.high), negated }
}

interface Bounds {
  readonly low: bigint | number
  readonly high: bigint | number
}
const NONE: Bounds = { low: 1, high: 0 }
const ALL = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

/** Least and greatest raw number that pass, or undefined where raw numbers have not the order of the values. */
function boundsOf(
  comparison: Exclude<Comparison, '!='>,
  literal: Literal,
  type: ValueType,
  coding: Coding,
): Bounds | undefined {
  if (isExact(type) || type.base === 'instant') return exactBounds(comparison, literal, type)
  if (type.base === 'double') return doubleBounds(comparison, literal)
  const raw = rawOf(literal.value, type, coding)
  if (comparison === '=') return raw === undefined ? NONE : { low: raw, high: raw }
  if (raw === undefined || (type.base !== 'date' && type.base !== 'boolean' && type.base !== 'ref')) return undefined
  return between(comparison, BigInt(raw), true)
}

/** Whole numbers on the side of `floor` (the constant, rounded down where it is not `whole`). */
function between(comparison: Exclude<Comparison, '!='>, floor: bigint, whole: boolean): Bounds {
  switch (comparison) {
    case '=':
      return whole ? { low: floor, high: floor } : NONE
    case '<':
      return { ...ALL, high: whole ? floor - 1n : floor }
    case '<=':
      return { ...ALL, high: floor }
    case '>':
      return { ...ALL, low: floor + 1n }
    case '>=':
      return { ...ALL, low: whole ? floor : floor + 1n }
  }
}

function exactBounds(comparison: Exclude<Comparison, '!='>, literal: Literal, type: ValueType): Bounds | undefined {
  const { value } = literal
  let [unscaled, digits, places] = [0n, 0, type.base === 'decimal' ? type.digits : 0]
  if (value instanceof Instant) {
    ;[unscaled, digits, places] = [value.micros, 6, type.base === 'instant' && !type.micros ? 3 : 6]
  } else {
    const exact = literal.exact ?? (typeof value === 'bigint' ? new Decimal(value, 0) : undefined)
    if (exact === undefined) return undefined
    ;[unscaled, digits] = [exact.unscaled, exact.digits]
  }
  if (digits <= places) return between(comparison, unscaled * pow10(places - digits), true)
  const unit = pow10(digits - places)
  const rest = unscaled % unit
  const floor = unscaled / unit - (rest < 0n ? 1n : 0n)
  return between(comparison, floor, rest === 0n)
}

function doubleBounds(comparison: Exclude<Comparison, '!='>, literal: Literal): Bounds | undefined {
  const { value } = literal
  if (typeof value !== 'number' && typeof value !== 'bigint' && !(value instanceof Decimal)) return undefined
  const near = Number(String(value))
  const sign = compareNumbers(near, value as Numeric)
  const below = sign <= 0 ? near : neighbour(near, -1)
  const above = sign >= 0 ? near : neighbour(near, 1)
  switch (comparison) {
    case '=':
      return sign === 0 ? { low: near, high: near } : NONE
    case '<':
      return { ...ALL, high: sign === 0 ? neighbour(near, -1) : below }
    case '<=':
      return { ...ALL, high: below }
    case '>':
      return { ...ALL, low: sign === 0 ? neighbour(near, 1) : above }
    case '>=':
      return { ...ALL, low: above }
  }
}

/** The next double above (1) or below (-1). */
function neighbour(x: number, direction: 1 | -1): number {
  if (x === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 === (direction === 1) ? 1n : -1n))
  return view.getFloat64(0)
}

/** Compares boxed values; texts once for each code. */
function boxedTest(condition: Condition, vector: Vector, coding: Coding): RawTest {
  const { comparison, literal } = condition
  const passes = (value: Value): boolean => {
    const sign = compareLiteral(value, literal)
    return sign === undefined ? comparison === '!=' : holds(comparison, sign)
  }
  if (vector.as !== 'i32') return { test: 'row', passes: row => passes(valueAt(vector, row, coding)) }
  const known = new Map<number, boolean>()
  const { values } = vector
  return {
    test: 'row',
    passes(row) {
      let answer = known.get(values[row])
      if (answer === undefined) {
        answer = passes(valueAt(vector, row, coding))
        known.set(values[row], answer)
      }
      return answer
    },
  }
}

/** The order of a value and a literal; a literal with a point is exact beside exact numbers, a double beside doubles. */
function compareLiteral(value: Value, literal: Literal): number | undefined {
  const other = literal.exact !== null && typeof value !== 'number' ? literal.exact : literal.value
  return compareValues(value, other)
}

const PART = 4096

/** Which of the rows pass (of all, where `rows` is null), ascending as they were. */
export function selectRows(
  test: RawTest,
  vector: Vector,
  length: number,
  rows: Int32Array | null,
  pace: Pace,
): Int32Array {
  const n = rows === null ? length : rows.length
  if (n > PART) pace.reserve(4 * n)
  const out = new Int32Array(n)
  const passes =
    test.test === 'range' && (vector.as === 'i32' || vector.as === 'f64') ? undefined : passesRow(test, vector)
  let count = 0
  for (let start = 0; start < n; start += PART) {
    pace.stop()
    const end = Math.min(n, start + PART)
    if (test.test === 'range' && vector.as === 'i32') {
      const { low, high, negated } = test
      count =
        low === high && rows === null
          ? equalI32(vector.values, low, negated ? 1 : 0, start, end, out, count)
          : rangeI32(vector.values, low, high, negated ? 1 : 0, rows, start, end, out, count)
    } else if (test.test === 'range' && vector.as === 'f64') {
      count = rangeF64(vector.values, test.low, test.high, test.negated ? 1 : 0, rows, start, end, out, count)
    } else {
      for (let i = start; i < end; i++) {
        const row = rows === null ? i : rows[i]
        if (passes?.(row)) out[count++] = row
      }
    }
  }
  return firstOf(out, count)
}

// One copy of the loop for each type of array: a loop that sees several runs at a third. Truths are added up as numbers,
// since a branch that the machine cannot foretell costs more than the whole test.
const bit = (truth: boolean): number => truth as unknown as number

function equalI32(
  values: Int32Array,
  asked: number,
  negated: number,
  start: number,
  end: number,
  out: Int32Array,
  from: number,
): number {
  let count = from
  for (let i = start; i < end; i++) {
    out[count] = i
    count += (bit(values[i] === asked) & 1) ^ negated
  }
  return count
}

function rangeI32(
  values: Int32Array,
  low: number,
  high: number,
  negated: number,
  rows: Int32Array | null,
  start: number,
  end: number,
  out: Int32Array,
  from: number,
): number {
  let count = from
  for (let i = start; i < end; i++) {
    const row = rows === null ? i : rows[i]
    const x = values[row]
    out[count] = row
    count += (bit(x >= low) & bit(x <= high)) ^ negated
  }
  return count
}

function rangeF64(
  values: Float64Array,
  low: number,
  high: number,
  negated: number,
  rows: Int32Array | null,
  start: number,
  end: number,
  out: Int32Array,
  from: number,
): number {
  let count = from
  for (let i = start; i < end; i++) {
    const row = rows === null ? i : rows[i]
    const x = values[row]
    out[count] = row
    count += (bit(x >= low) & bit(x <= high)) ^ negated
  }
  return count
}

/** The test as a function of one row, for where speed does not matter. */
export function passesRow(test: RawTest, vector: Vector): (row: number) => boolean {
  if (test.test === 'row') return test.passes
  const { values } = vector
  const { low, high, negated } = test
  return row => {
    const x = values[row] as number
    return (x >= low && x <= high) !== negated
  }
}
