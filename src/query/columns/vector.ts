import { assert } from '../../base/assert.ts'
import { type Raw, wideAt } from '../../model/column.ts'
import { Decimal, rescale } from '../../model/decimal.ts'
import { entityNumber, kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, showType, type ValueType } from '../../model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from '../../model/value.ts'
import type { Pace } from './pace.ts'
import type { QueryStrings } from './query-strings.ts'

/**
 * One variable's values in an intermediate result, one per row, nobody changes them. Raw numbers as in `column.ts` (a reference to a known
 * kind is its ordinal); `any` boxes what has no such form: mixed types, mixed kinds, decimals beyond 64 bits.
 */
export type Vector = { readonly type: ValueType } & (
  | { readonly as: 'i32'; readonly values: Int32Array }
  | { readonly as: 'f64'; readonly values: Float64Array }
  | { readonly as: 'i64'; readonly values: BigInt64Array }
  | { readonly as: 'any'; readonly values: readonly Value[] }
)

/** What turns raw numbers into values and back. */
export interface Coding {
  readonly strings: QueryStrings
  readonly schema: Schema
}

/** The vector made of an array last: what is found out about a whole column (`rangeOf`) stays known while its vector is the same. */
const wholes = new WeakMap<object, Vector>()
const metAgain = new WeakSet<Vector>()

/** Rows from which it is worth while to know a vector again. */
const WORTH_KEEPING = 256

/** The first `length` rows of a fact column's values as a vector. */
export function vectorOf(raw: Raw, type: ValueType, length: number): Vector {
  const known = wholes.get(raw.values)
  if (known !== undefined && known.type === type && known.values.length === length) return known
  const made = wholeVector(raw, type, length)
  // what is boxed takes too much room to be kept, and of a few rows everything is found out again in no time
  if (made.as !== 'any' && length >= WORTH_KEEPING) {
    wholes.set(raw.values, made)
    metAgain.add(made)
  }
  return made
}

/** Whether a vector is all of a column, and so may be met again. */
export const isWhole = (vector: Vector): boolean => metAgain.has(vector)

function wholeVector(raw: Raw, type: ValueType, length: number): Vector {
  switch (raw.as) {
    case 'i32':
      return { type, as: 'i32', values: raw.values.subarray(0, length) }
    case 'f64':
      return { type, as: 'f64', values: raw.values.subarray(0, length) }
    case 'i64':
      return { type, as: 'i64', values: raw.values.subarray(0, length) }
    case 'i128': {
      const digits = type.base === 'decimal' ? type.digits : 0
      return { type, as: 'any', values: Array.from({ length }, (_, i) => new Decimal(wideAt(raw.values, i), digits)) }
    }
  }
}

// One copy of the loop for each type of array, in parts: between them others get to say that it is enough.
function takeI32(from: Int32Array, rows: Int32Array, to: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[rows[i]]
}

function takeF64(from: Float64Array, rows: Int32Array, to: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[rows[i]]
}

function takeI64(from: BigInt64Array, rows: Int32Array, to: BigInt64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[rows[i]]
}

function takeBoxed(from: readonly Value[], rows: Int32Array, to: Value[], start: number, end: number): void {
  for (let i = start; i < end; i++) to.push(from[rows[i]])
}

const PART = 4096

/** The values at these rows, in this order. */
export function take(vector: Vector, rows: Int32Array, pace?: Pace): Vector {
  const { length } = rows
  if (length > PART) pace?.reserve(length * (vector.as === 'i32' ? 4 : 8))
  const to: unknown =
    vector.as === 'i32'
      ? new Int32Array(length)
      : vector.as === 'f64'
        ? new Float64Array(length)
        : vector.as === 'i64'
          ? new BigInt64Array(length)
          : []
  for (let start = 0; start < length; start += PART) {
    if (start > 0) pace?.stop()
    const end = Math.min(length, start + PART)
    if (vector.as === 'i32') takeI32(vector.values, rows, to as Int32Array, start, end)
    else if (vector.as === 'f64') takeF64(vector.values, rows, to as Float64Array, start, end)
    else if (vector.as === 'i64') takeI64(vector.values, rows, to as BigInt64Array, start, end)
    else takeBoxed(vector.values, rows, to as Value[], start, end)
  }
  return { type: vector.type, as: vector.as, values: to } as Vector
}

/** The value in one row. */
export function valueAt(vector: Vector, row: number, coding: Coding): Value {
  if (vector.as === 'any') return vector.values[row]
  const raw = vector.values[row]
  const { type } = vector
  switch (type.base) {
    case 'boolean':
      return raw === 1
    case 'long':
      return BigInt(raw)
    case 'double':
      return Number(raw)
    case 'decimal':
      return new Decimal(BigInt(raw), type.digits)
    case 'instant':
      return new Instant(type.micros ? BigInt(raw) : BigInt(raw) * 1000n)
    case 'date':
      return new LocalDate(Number(raw))
    case 'ref':
      assert(type.kind !== null, 'references of several kinds are boxed')
      return new EntityRef(entityNumber(coding.schema.kind(type.kind).number, Number(raw)))
    case 'keyword':
      return new Keyword(coding.strings.text(Number(raw)))
    default:
      return coding.strings.text(Number(raw))
  }
}

/** The raw number of a value in a column of this type, or undefined where no value of the type equals it exactly. */
export function rawOf(value: Value, type: ValueType, coding: Coding): number | bigint | undefined {
  switch (type.base) {
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'long':
    case 'decimal':
      return scaled(value, type.base === 'decimal' ? type.digits : 0)
    case 'double': {
      if (typeof value === 'number') return value
      const near = Number(String(value))
      return scaledDouble(near, value) ? near : undefined
    }
    case 'instant': {
      if (!(value instanceof Instant)) return undefined
      if (type.micros) return value.micros
      return value.micros % 1000n === 0n ? value.micros / 1000n : undefined
    }
    case 'date':
      return value instanceof LocalDate ? value.days : undefined
    case 'ref':
      if (
        !(value instanceof EntityRef) ||
        type.kind === null ||
        kindOf(value.number) !== coding.schema.kind(type.kind).number
      )
        return undefined
      return ordinalOf(value.number)
    case 'keyword':
      return value instanceof Keyword ? coding.strings.intern(value.name) : undefined
    case 'any':
    case 'list':
      return undefined
    default:
      return typeof value === 'string' ? coding.strings.intern(value) : undefined
  }
}

/** A number as an integer scaled by 10^digits, where it is one. */
function scaled(value: Value, digits: number): bigint | undefined {
  if (typeof value === 'bigint') return rescale(new Decimal(value, 0), digits)
  if (value instanceof Decimal) return rescale(value, digits)
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  let [places, whole] = [0, value]
  while (!Number.isInteger(whole) && places <= digits) {
    whole *= 2
    places++
  }
  // a double is a fraction of a power of two, which is a decimal of as many digits
  return places > digits ? undefined : rescale(new Decimal(BigInt(whole) * 5n ** BigInt(places), places), digits)
}

const scaledDouble = (near: number, value: Value): boolean => {
  const digits = value instanceof Decimal ? value.digits : 0
  const exact = value instanceof Decimal ? value.unscaled : value
  return scaled(near, digits) === exact
}

/** Values of one type as the narrowest vector. Each must be of the type, except where it is `any`. */
export function vectorFrom(type: ValueType, values: readonly Value[], coding: Coding): Vector {
  if (type.base === 'any' || type.base === 'list' || (type.base === 'ref' && type.kind === null))
    return { type, as: 'any', values }
  const raws = values.map(value => {
    const raw = rawOf(value, type, coding)
    assert(raw !== undefined, `a value that is no ${showType(type)}`)
    return raw
  })
  if (type.base === 'double') return { type, as: 'f64', values: Float64Array.from(raws as number[]) }
  if (type.base !== 'long' && type.base !== 'decimal' && type.base !== 'instant') {
    return { type, as: 'i32', values: Int32Array.from(raws as number[]) }
  }
  const integers = raws as bigint[]
  if (integers.every(raw => Number.isSafeInteger(Number(raw))))
    return { type, as: 'f64', values: Float64Array.from(integers, Number) }
  if (integers.every(raw => BigInt.asIntN(64, raw) === raw))
    return { type, as: 'i64', values: BigInt64Array.from(integers) }
  return {
    type,
    as: 'any',
    values: values.map((value, i) => (type.base === 'decimal' ? new Decimal(integers[i], type.digits) : value)),
  }
}

/** Values as the type that they were said to have, or as they are where some value is of another one. */
export function fittingVector(type: ValueType, values: readonly Value[], coding: Coding): Vector {
  const open = type.base === 'any' || type.base === 'list' || (type.base === 'ref' && type.kind === null)
  const fits = open || values.every(value => rawOf(value, type, coding) !== undefined)
  return vectorFrom(fits ? type : ANY, values, coding)
}

/** One value in every row. */
export function constantVector(type: ValueType, value: Value, rows: number, coding: Coding): Vector {
  const one = vectorFrom(type, [value], coding)
  return take(one, new Int32Array(rows))
}

/** The same values boxed. */
export const boxed = (vector: Vector, rows: number, coding: Coding): Value[] =>
  vector.as === 'any'
    ? vector.values.slice(0, rows)
    : Array.from({ length: rows }, (_, i) => valueAt(vector, i, coding))

/** The same values as a vector of another type that holds them all. */
export function cast(vector: Vector, type: ValueType, rows: number, coding: Coding): Vector {
  if (showType(vector.type) === showType(type)) return vector
  if (vector.as === 'i32' && isText(vector.type) && isText(type)) return { type, as: 'i32', values: vector.values }
  return vectorFrom(type, boxed(vector, rows, coding), coding)
}

const isText = (type: ValueType): boolean => type.base === 'string' || type.base === 'enum' || type.base === 'json'

/** Vectors of one type one after the other; `rows` of each. */
export function concatenate(
  parts: readonly { readonly vector: Vector; readonly rows: number }[],
  coding: Coding,
): Vector {
  const [{ vector: first }] = parts
  const total = parts.reduce((sum, part) => sum + part.rows, 0)
  if (parts.length === 1) return first
  if (parts.every(part => part.vector.as === 'i32'))
    return { type: first.type, as: 'i32', values: joined(new Int32Array(total), parts) }
  if (parts.every(part => part.vector.as === 'f64'))
    return { type: first.type, as: 'f64', values: joined(new Float64Array(total), parts) }
  return vectorFrom(
    first.type,
    parts.flatMap(part => boxed(part.vector, part.rows, coding)),
    coding,
  )
}

function joined<A extends Int32Array | Float64Array>(
  to: A,
  parts: readonly { readonly vector: Vector; readonly rows: number }[],
): A {
  let at = 0
  for (const { vector, rows } of parts) {
    to.set((vector.values as A).subarray(0, rows), at)
    at += rows
  }
  return to
}
