/** What `heartwood` means to a file of `procedures/`: the only module that it may import. */
import { FactError } from '../base/error.ts'
import { subtract as minus, add as plus, type Rounding, roundedRatio, multiply as times } from '../model/arithmetic.ts'
import { Decimal, parseDecimal } from '../model/decimal.ts'

export { Decimal } from '../model/decimal.ts'

/** What a procedure is given and gives, by the declared type (surface §5). */
export type ProcedureValue = string | boolean | bigint | number | Decimal | Date | null | readonly ProcedureValue[]

/** A pure function with the types of its arguments and of its result, as contracts write them: `long`, `decimal(2)`, `list(string)`. */
export interface DeclaredProcedure {
  readonly args: readonly string[]
  readonly returns: string
  // biome-ignore lint/suspicious/noExplicitAny: the declared types say what each argument is
  readonly fn: (...args: any[]) => ProcedureValue | undefined
}

/**
 * Declares a procedure: `export const late = procedure({ args: ['date', 'date'], returns: 'long' }, (due, paid) => …)`.
 * A `long` is a bigint (and may be returned as a whole number), a `decimal(n)` a `Decimal`, an `instant` or `date` a `Date`, an `instant(6)`
 * microseconds as a bigint, a list an array. The same arguments must give the same result; null or undefined gives no row.
 */
export const procedure = (
  declared: { readonly args: readonly string[]; readonly returns: string },
  fn: DeclaredProcedure['fn'],
): DeclaredProcedure => ({ ...declared, fn })

/** The exact decimal of a text such as `1.05`, or of a whole number. Throws `argument` where it is none, or has over 38 digits. */
export function decimal(value: string | bigint): Decimal {
  const made = parseDecimal(String(value))
  if (made === undefined) throw new FactError('argument', `${value} is no decimal of at most 38 digits`)
  return made
}

/** Exact; with as many digits as the longer one. Throws `arithmetic` where 38 digits do not hold it. */
export const add = (a: Decimal, b: Decimal): Decimal => plus(a, b) as Decimal
export const subtract = (a: Decimal, b: Decimal): Decimal => minus(a, b) as Decimal

/** Exact; with the digits of both. Throws `arithmetic` where 38 digits do not hold it. */
export const multiply = (a: Decimal, b: Decimal): Decimal => times(a, b) as Decimal

/** `a / b` with so many digits after the point, rounded half to even where nothing else is said. Throws `arithmetic` where `b` is zero. */
export function divide(
  a: Decimal | bigint,
  b: Decimal | bigint,
  digits: number,
  how: Rounding = ':half-even',
): Decimal {
  const [x, y] = [a, b].map(value => (value instanceof Decimal ? value : new Decimal(value, 0)))
  const shift = BigInt(digits + y.digits)
  return new Decimal(roundedRatio(x.unscaled * 10n ** shift, y.unscaled * 10n ** BigInt(x.digits), how), digits)
}

/** The same number with so many digits after the point, rounded half to even where nothing else is said. */
export const round = (value: Decimal, digits: number, how?: Rounding): Decimal => divide(value, 1n, digits, how)
