import { FactError } from '../base/error.ts'

const DIGITS = 38
const LIMIT = 10n ** BigInt(DIGITS)

/** 10^n as a bigint, n from 0. */
export const pow10 = (n: number): bigint => 10n ** BigInt(n)

/** An exact decimal number: `unscaled / 10^digits`. `2.550` and `2.55` are equal numbers with different digits. */
export class Decimal {
  readonly unscaled: bigint
  /** Digits after the point, 0 to 38. */
  readonly digits: number

  constructor(unscaled: bigint, digits: number) {
    this.unscaled = unscaled
    this.digits = digits
  }

  /** Always with all its digits: `2.550`. */
  toString(): string {
    return showDecimal(this.unscaled, this.digits)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** Digits after the point of which all texts are kept: money has two. */
const MOST_TABLED = 3
const FRACTIONS = Array.from({ length: MOST_TABLED + 1 }, (_, digits) =>
  Array.from({ length: 10 ** digits }, (_, i) => String(i).padStart(digits, '0')),
)

/** `unscaled / 10^digits` as text with exactly `digits` digits after the point. */
export function showDecimal(unscaled: bigint | number, digits: number): string {
  if (typeof unscaled === 'number' && digits > 0 && digits <= MOST_TABLED && Number.isSafeInteger(unscaled)) {
    const fractions = FRACTIONS[digits]
    const size = Math.abs(unscaled)
    const whole = Math.floor(size / fractions.length)
    return `${unscaled < 0 ? '-' : ''}${whole}.${fractions[size - whole * fractions.length]}`
  }
  const text = String(unscaled)
  if (digits === 0) return text
  const negative = text.charCodeAt(0) === 45
  const figures = (negative ? text.slice(1) : text).padStart(digits + 1, '0')
  const point = figures.length - digits
  return `${negative ? '-' : ''}${figures.slice(0, point)}.${figures.slice(point)}`
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/** The exact value of a number's text, with as many digits as it needs; undefined where it is no number or needs over 38 digits. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text)
  if (!match) return undefined
  const [, sign, whole, fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  let unscaled = BigInt(whole + fraction)
  let digits = fraction.length - Number(exponent)
  if (unscaled === 0n) return new Decimal(0n, Math.min(Math.max(digits, 0), DIGITS))
  if (digits < 0) {
    if (-digits > DIGITS) return undefined
    unscaled *= pow10(-digits)
    digits = 0
  }
  while (digits > DIGITS && unscaled % 10n === 0n) {
    unscaled /= 10n
    digits--
  }
  if (digits > DIGITS || unscaled >= LIMIT) return undefined
  return new Decimal(sign === '-' ? -unscaled : unscaled, digits)
}

/** The same number with `digits` digits, or undefined where digits that are not zero would be lost, or 38 would not hold it. */
export function rescale(value: Decimal, digits: number): bigint | undefined {
  const shift = digits - value.digits
  let unscaled = value.unscaled
  if (shift > 0) unscaled *= pow10(shift)
  else if (shift < 0) {
    const unit = pow10(-shift)
    if (unscaled % unit !== 0n) return undefined
    unscaled /= unit
  }
  return unscaled < LIMIT && unscaled > -LIMIT ? unscaled : undefined
}

/** Throws `arithmetic` where a result needs more than 38 digits. */
export function checkDecimal(unscaled: bigint): bigint {
  if (unscaled >= LIMIT || unscaled <= -LIMIT)
    throw new FactError('arithmetic', 'the result needs more than 38 digits, which no decimal holds')
  return unscaled
}
