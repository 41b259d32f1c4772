import { FactError } from '../base/error.ts'
import { checkDecimal, Decimal, pow10 } from './decimal.ts'

/** A number of any of the three types: long, double, decimal. */
export type Numeric = bigint | number | Decimal

const overflow = () => new FactError('arithmetic', 'the result needs more than 64 bits, which no long holds')
const byZero = () => new FactError('arithmetic', 'division by zero')

export function long(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw overflow()
  return value
}

export function finite(value: number): number {
  if (!Number.isFinite(value))
    throw new FactError('arithmetic', 'the result is infinite or undefined, which no fact is')
  return value
}

const mixed = () =>
  new FactError(
    'wrong-type',
    'a decimal and a double do not mix, since that would round: say (double ?d), or give the number without a double',
  )

/** Applies an operation in the narrowest type that holds both: long, else decimal, else double. Throws `arithmetic`, `wrong-type`. */
function apply(
  a: Numeric,
  b: Numeric,
  longs: (a: bigint, b: bigint) => bigint,
  doubles: (a: number, b: number) => number,
  digits: 'same' | 'sum',
): Numeric {
  if (typeof a === 'bigint' && typeof b === 'bigint') return long(longs(a, b))
  if (a instanceof Decimal || b instanceof Decimal) {
    if (typeof a === 'number' || typeof b === 'number') throw mixed()
    const x = a instanceof Decimal ? a : new Decimal(a, 0)
    const y = b instanceof Decimal ? b : new Decimal(b, 0)
    if (digits === 'sum') {
      const places = x.digits + y.digits
      if (places > 38)
        throw new FactError(
          'arithmetic',
          `the product has ${places} digits after the point, and a decimal has at most 38`,
        )
      return new Decimal(checkDecimal(longs(x.unscaled, y.unscaled)), places)
    }
    const places = Math.max(x.digits, y.digits)
    return new Decimal(
      checkDecimal(longs(x.unscaled * pow10(places - x.digits), y.unscaled * pow10(places - y.digits))),
      places,
    )
  }
  return finite(doubles(Number(a), Number(b)))
}

export const add = (a: Numeric, b: Numeric): Numeric =>
  apply(
    a,
    b,
    (x, y) => x + y,
    (x, y) => x + y,
    'same',
  )
export const subtract = (a: Numeric, b: Numeric): Numeric =>
  apply(
    a,
    b,
    (x, y) => x - y,
    (x, y) => x - y,
    'same',
  )
export const multiply = (a: Numeric, b: Numeric): Numeric =>
  apply(
    a,
    b,
    (x, y) => x * y,
    (x, y) => x * y,
    'sum',
  )

/** Always a double. Throws `arithmetic` where `b` is zero. */
export function divide(a: Numeric, b: Numeric): number {
  if (typeof a === 'number' || typeof b === 'number') {
    if (a instanceof Decimal || b instanceof Decimal) throw mixed()
    if (Number(b) === 0) throw byZero()
    return finite(Number(a) / Number(b))
  }
  const x = a instanceof Decimal ? a : new Decimal(a, 0)
  const y = b instanceof Decimal ? b : new Decimal(b, 0)
  return ratio(x.unscaled * pow10(y.digits), y.unscaled * pow10(x.digits))
}

/** The double nearest to `a / b`. Throws `arithmetic` where `b` is zero. */
export function ratio(a: bigint, b: bigint): number {
  if (b === 0n) throw byZero()
  const [x, y] = [Number(a), Number(b)]
  if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) return x / y
  // 66 bits of the quotient, the last one sticky, so that the rounding to 53 sees whether anything follows
  const negative = a < 0n !== b < 0n
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b]
  if (n === 0n) return 0
  const shift = 66 - (n.toString(2).length - d.toString(2).length)
  const scaled = shift >= 0 ? n << BigInt(shift) : n
  const divisor = shift >= 0 ? d : d << BigInt(-shift)
  const sticky = (scaled / divisor) | (scaled % divisor === 0n ? 0n : 1n)
  const value = Number(sticky) * 2 ** -shift
  return negative ? -value : value
}

/** `quot`, `rem` and `mod` of Clojure: towards zero, sign of the dividend, sign of the divisor. */
export function wholeDivision(which: 'quot' | 'rem' | 'mod', a: bigint, b: bigint): bigint {
  if (b === 0n) throw byZero()
  if (which === 'quot') return long(a / b)
  const rest = a % b
  return which === 'rem' || rest === 0n || rest < 0n === b < 0n ? rest : rest + b
}

export function absolute(a: Numeric): Numeric {
  if (typeof a === 'bigint') return long(a < 0n ? -a : a)
  if (typeof a === 'number') return Math.abs(a)
  return a.unscaled < 0n ? new Decimal(-a.unscaled, a.digits) : a
}

/** Ways to round, as java.math has them. */
export const ROUNDINGS = [':half-even', ':half-up', ':half-down', ':up', ':down', ':floor', ':ceiling'] as const
export type Rounding = (typeof ROUNDINGS)[number]

/** `a / b` as a whole number, rounded. Throws `arithmetic` where `b` is zero. */
export function roundedRatio(a: bigint, b: bigint, how: Rounding): bigint {
  if (b === 0n) throw byZero()
  const quotient = a / b
  const rest = a % b
  if (rest === 0n) return quotient
  const negative = a < 0n !== b < 0n
  const twice = (rest < 0n ? -rest : rest) * 2n
  const unit = b < 0n ? -b : b
  const away =
    how === ':up' ||
    (how === ':floor' && negative) ||
    (how === ':ceiling' && !negative) ||
    (how.startsWith(':half') &&
      (twice > unit || (twice === unit && (how === ':half-up' || (how === ':half-even' && (quotient & 1n) === 1n)))))
  return away ? quotient + (negative ? -1n : 1n) : quotient
}
