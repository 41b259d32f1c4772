import { Decimal } from './decimal.ts'

/**
 * A value that carries its own type, for literals, arguments, events and columns of mixed type:
 * string, enum, uuid and json are `string`; long is `bigint`, double is `number`, boolean is `boolean`.
 * Columns do not use it: they hold raw numbers of one type (`column.ts`).
 */
export type Value =
  | string
  | boolean
  | bigint
  | number
  | Decimal
  | Instant
  | LocalDate
  | Keyword
  | EntityRef
  // what no fact of a store holds, but a query may compute or be given
  | readonly Value[]
  | ValueMap
  | Sym

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

/** A map of EDN. */
export class ValueMap {
  /** No two keys are equal; the order means nothing. */
  readonly entries: readonly (readonly [Value, Value])[]
  constructor(entries: readonly (readonly [Value, Value])[]) {
    this.entries = entries
  }
}

/** A symbol of EDN. */
export class Sym {
  readonly symbol: string
  constructor(symbol: string) {
    this.symbol = symbol
  }
}

export const isList = (value: unknown): value is readonly Value[] => Array.isArray(value)

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
  if (value instanceof EntityRef) return 7
  if (value instanceof Sym) return 8
  return isList(value) ? 9 : 10
}

/** By namespace, then by name; those without namespace first. So all attributes of one kind stand together. */
export function compareKeywords(a: string, b: string): number {
  const [x, y] = [a.indexOf('/'), b.indexOf('/')]
  if (x < 0 || y < 0) return x === y ? compareStrings(a, b) : x - y
  return compareStrings(a.slice(0, x), b.slice(0, y)) || compareStrings(a.slice(x), b.slice(y))
}

/** The total order of values: boolean < number < string < keyword < instant < date < entity < symbol < list < map. */
export function compareValues(a: Value, b: Value): number {
  const order = rank(a) - rank(b)
  if (order !== 0) return order
  if (typeof a === 'string') return compareStrings(a, b as string)
  if (typeof a === 'boolean') return Number(a) - Number(b)
  if (a instanceof Keyword) return compareKeywords(a.name, (b as Keyword).name)
  if (a instanceof Instant) return a.micros < (b as Instant).micros ? -1 : a.micros > (b as Instant).micros ? 1 : 0
  if (a instanceof LocalDate) return a.days - (b as LocalDate).days
  if (a instanceof EntityRef) return a.number - (b as EntityRef).number
  if (a instanceof Sym) return compareStrings(a.symbol, (b as Sym).symbol)
  if (isList(a)) return compareLists(a, b as readonly Value[])
  if (a instanceof ValueMap) return compareLists(sortedEntries(a), sortedEntries(b as ValueMap))
  return compareNumbers(a, b as bigint | number | Decimal)
}

/** Shorter lists first, as Clojure has it; then by the first element that differs. */
function compareLists(a: readonly Value[], b: readonly Value[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    const order = compareValues(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}

const sortedEntries = (map: ValueMap): readonly Value[] =>
  [...map.entries].sort(([a], [b]) => compareValues(a, b)).flat()
