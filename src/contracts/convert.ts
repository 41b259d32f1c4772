import { unreachable } from '../base/assert.ts'
import { Decimal, parseDecimal, rescale } from '../model/decimal.ts'
import { parseDate, parseInstantNanos } from '../model/instant.ts'
import type { ValueType } from '../model/type.ts'
import { Instant, LocalDate, type Value } from '../model/value.ts'
import { canonicalJson } from './canonical-json.ts'
import { ExactNumber } from './event-json.ts'

/** What a field of an event holds: a value, or the elements of a list. */
export type FieldValue = Value | readonly Value[]

/** Gives the exact value of JSON (with `ExactNumber`s), or undefined where it is none of the type. Null never reaches it. */
export type Convert<V extends FieldValue = FieldValue> = (json: unknown) => V | undefined

const MAX_LONG = 2n ** 63n - 1n
const MIN_LONG = -(2n ** 63n)
/** Years 0000 to 9999, which ISO-8601 can write with four digits. */
const FIRST_MICRO = -62_167_219_200_000_000n
const LAST_MICRO = 253_402_300_799_999_999n
export const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function converter(type: ValueType): Convert {
  if (type.base !== 'list') return convertOne(type)
  const element = convertOne(type.of)
  return json => {
    if (!Array.isArray(json)) return undefined
    const values: Value[] = []
    for (const item of json) {
      const value = item === null ? undefined : element(item)
      if (value === undefined) return undefined
      values.push(value)
    }
    return values
  }
}

export function convertOne(type: ValueType): Convert<Value> {
  switch (type.base) {
    case 'string':
      return json => (typeof json === 'string' ? json : undefined)
    case 'boolean':
      return json => (typeof json === 'boolean' ? json : undefined)
    case 'long':
      return toLong
    case 'double':
      return toDouble
    case 'decimal':
      return json => toDecimal(json, type.digits)
    case 'instant':
      return json => toInstant(json, type.micros)
    case 'date':
      return toDate
    case 'uuid':
      return json => (typeof json === 'string' && UUID_SHAPE.test(json) ? json.toLowerCase() : undefined)
    case 'enum': {
      const values = new Set(type.values)
      return json => (typeof json === 'string' && values.has(json) ? json : undefined)
    }
    case 'json':
      return canonicalJson
    case 'keyword':
    case 'any':
    case 'pull':
    case 'ref':
    case 'list':
      throw new Error(`bug: no field is ${type.base}`)
    default:
      return unreachable(type)
  }
}

/** The text of a number or of an exact number; undefined for anything else. */
const numberText = (json: unknown): string | undefined =>
  typeof json === 'number' ? String(json) : json instanceof ExactNumber ? json.text : undefined

function toLong(json: unknown): bigint | undefined {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : undefined
  if (json instanceof ExactNumber) {
    const value = decimalOf(json.text, 0)
    return value !== undefined && value >= MIN_LONG && value <= MAX_LONG ? value : undefined
  }
  // as our own answers write longs that a double cannot hold
  if (typeof json !== 'string' || !/^-?[1-9]\d{15,18}$/.test(json)) return undefined
  const value = BigInt(json)
  if (value < MIN_LONG || value > MAX_LONG) return undefined
  return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER) ? value : undefined
}

/** A double is what IEEE 754 makes of the text, so only what is infinite is refused. */
function toDouble(json: unknown): number | undefined {
  const value = typeof json === 'number' ? json : json instanceof ExactNumber ? Number(json.text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

const DECIMAL_SHAPE = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?$/

/** Scaled by 10^digits; undefined where digits that are not zero would be lost. Over 100 characters nobody means a number of 38 digits. */
function decimalOf(text: string, digits: number): bigint | undefined {
  const decimal = text.length <= 100 && DECIMAL_SHAPE.test(text) ? parseDecimal(text) : undefined
  return decimal && rescale(decimal, digits)
}

function toDecimal(json: unknown, digits: number): Decimal | undefined {
  const text = typeof json === 'string' ? json : numberText(json)
  if (text === undefined) return undefined
  const unscaled = quickDecimal(text, digits) ?? decimalOf(text, digits)
  return unscaled === undefined ? undefined : new Decimal(unscaled, digits)
}

/** `decimalOf` for short plain numbers (2.55, -12), which nearly all are: no pattern, no arithmetic on bigints. */
function quickDecimal(text: string, digits: number): bigint | undefined {
  const end = text.length
  if (end === 0 || end > 15) return undefined
  const negative = text.charCodeAt(0) === 45
  let point = -1
  let value = 0
  for (let i = negative ? 1 : 0; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) value = value * 10 + c - 48
    else if (c === 46 && point < 0 && i > (negative ? 1 : 0)) point = i
    else return undefined
  }
  if (point === end - 1 || (negative && end === 1)) return undefined
  const missing = digits - (point < 0 ? 0 : end - point - 1)
  if (missing < 0 || end + missing > 15) return undefined
  value *= 10 ** missing
  return BigInt(negative ? -value : value)
}

/** Microseconds since 1970, with the nanoseconds below them; undefined where the JSON names no moment. */
export function readMicros(json: unknown): { readonly micros: bigint; readonly rest: bigint } | undefined {
  let nanos: bigint | undefined
  if (typeof json === 'string') nanos = parseInstantNanos(json)
  else if (typeof json === 'number' && Number.isSafeInteger(json)) nanos = BigInt(json) * 1_000_000n
  else {
    const text = numberText(json)
    nanos = text === undefined ? undefined : decimalOf(text, 6)
  }
  if (nanos === undefined) return undefined
  const rest = ((nanos % 1000n) + 1000n) % 1000n
  return { micros: (nanos - rest) / 1000n, rest }
}

function toInstant(json: unknown, finer: boolean): Instant | undefined {
  const read = readMicros(json)
  if (read === undefined || read.rest !== 0n || (!finer && read.micros % 1000n !== 0n)) return undefined
  return read.micros >= FIRST_MICRO && read.micros <= LAST_MICRO ? new Instant(read.micros) : undefined
}

function toDate(json: unknown): LocalDate | undefined {
  const days = typeof json === 'string' ? parseDate(json) : undefined
  return days === undefined ? undefined : new LocalDate(days)
}
