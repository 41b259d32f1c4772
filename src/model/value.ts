import { Decimal } from './decimal.ts'

/**
 * A value that carries its own type, for literals, arguments, events and columns of mixed type:
 * string, enum, uuid and json are `string`; long is `bigint`, double is `number`, boolean is `boolean`.
 * Columns do not use it: they hold raw numbers of one type (`column.ts`).
 */
export type Value = string | boolean | bigint | number | Decimal | Instant | LocalDate | Keyword | EntityRef

export class Instant {
  /** Since 1970. */
  readonly micros: bigint
  constructor(micros: bigint) {
    this.micros = micros
  }
  static ofMs(ms: number): Instant {
    return new Instant(BigInt(ms) * 1000n)
  }
}

export class LocalDate {
  /** Since 1970-01-01. */
  readonly days: number
  constructor(days: number) {
    this.days = days
  }
}

export class Keyword {
  /** With its colon: `:customer/country`. */
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** An entity by its number (`kind * 2^32 + ordinal`). */
export class EntityRef {
  readonly number: number
  constructor(number: number) {
    this.number = number
  }
}

/** Strings are ordered by code point, not by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) {
      // a surrogate stands for a code point above every other UTF-16 unit
      const high = (c: number) => (c >= 0xd800 && c <= 0xdfff ? c + 0x10000 : c)
      return high(x) - high(y)
    }
  }
  return a.length - b.length
}

/** Exact, also between long, double and decimal. NaN never reaches it. */
export function compareNumbers(a: bigint | number | Decimal, b: bigint | number | Decimal): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  if (a instanceof Decimal || b instanceof Decimal) {
    const x = exact(a)
    const y = exact(b)
    if (typeof x === 'number' || typeof y === 'number') return Number(x) < Number(y) ? -1 : 1 // an infinity, or far beyond 38 digits
    const left = x.unscaled * 10n ** BigInt(Math.max(0, y.digits - x.digits))
    const right = y.unscaled * 10n ** BigInt(Math.max(0, x.digits - y.digits))
    return left < right ? -1 : left > right ? 1 : 0
  }
  return a < b ? -1 : a > b ? 1 : 0 // JavaScript compares bigint with number exactly
}

/** A double is a dyadic fraction, so it has an exact decimal expansion; an infinity stays as it is. */
function exact(value: bigint | number | Decimal): Decimal | number {
  if (value instanceof Decimal) return value
  if (typeof value === 'bigint') return new Decimal(value, 0)
  if (!Number.isFinite(value)) return value
  let digits = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    digits++
  }
  return new Decimal(BigInt(scaled) * 5n ** BigInt(digits), digits)
}

const rank = (value: Value): number => {
  if (typeof value === 'boolean') return 1
  if (typeof value === 'bigint' || typeof value === 'number' || value instanceof Decimal) return 2
  if (typeof value === 'string') return 3
  if (value instanceof Keyword) return 4
  if (value instanceof Instant) return 5
  if (value instanceof LocalDate) return 6
  return 7
}

/** The total order of values: boolean < number < string < keyword < instant < date < entity. */
export function compareValues(a: Value, b: Value): number {
  const order = rank(a) - rank(b)
  if (order !== 0) return order
  if (typeof a === 'string') return compareStrings(a, b as string)
  if (typeof a === 'boolean') return Number(a) - Number(b)
  if (a instanceof Keyword) return compareStrings(a.name, (b as Keyword).name)
  if (a instanceof Instant) return a.micros < (b as Instant).micros ? -1 : a.micros > (b as Instant).micros ? 1 : 0
  if (a instanceof LocalDate) return a.days - (b as LocalDate).days
  if (a instanceof EntityRef) return a.number - (b as EntityRef).number
  return compareNumbers(a, b as bigint | number | Decimal)
}
