import { FactError } from '../../base/error.ts'
import {
  absolute,
  add,
  divide,
  finite,
  long,
  multiply,
  type Numeric,
  ROUNDINGS,
  type Rounding,
  roundedRatio,
  subtract,
  wholeDivision,
} from '../../model/arithmetic.ts'
import { checkDecimal, Decimal, pow10 } from '../../model/decimal.ts'
import { ANY, BOOLEAN, DOUBLE, decimalOf, LONG, type ValueType } from '../../model/type.ts'
import { compareNumbers, EntityRef, Keyword } from '../../model/value.ts'
import type { EdnPlace } from '../language/edn.ts'
import { literalLong, type QueryFunction } from './function.ts'

const digitsOf = (type: ValueType): number => (type.base === 'decimal' ? type.digits : 0)
const most = (digits: number[]): number => Math.max(...digits)
const total = (digits: number[]): number => digits.reduce((a, b) => a + b, 0)

/** The type in which numbers meet: long, else decimal, else double. */
const meeting =
  (name: string, digits: (all: number[]) => number) =>
  (types: readonly ValueType[], _: unknown, at: EdnPlace): ValueType => {
    if (types.some(type => type.base === 'any')) return ANY
    const decimal = types.some(type => type.base === 'decimal')
    const double = types.some(type => type.base === 'double')
    if (decimal && double) {
      throw new FactError(
        'wrong-type',
        `(${name} …) does not mix a decimal and a double, since that would round: say (double ?d)`,
        at,
      )
    }
    if (double) return DOUBLE
    return decimal ? decimalOf(Math.min(38, digits(types.map(digitsOf)))) : LONG
  }

function folding(
  name: string,
  doc: string,
  digits: (all: number[]) => number,
  fold: (a: Numeric, b: Numeric) => Numeric,
  alone: (a: Numeric) => Numeric = a => a,
): QueryFunction {
  return {
    takes: ['number'],
    repeats: true,
    doc,
    gives: meeting(name, digits),
    value: args => (args.length === 1 ? alone(args[0] as Numeric) : (args as Numeric[]).reduce(fold)),
  }
}

const single = (name: string, doc: string, value: (a: Numeric) => Numeric): QueryFunction => ({
  takes: ['number'],
  doc,
  gives: meeting(name, most),
  value: ([a]) => value(a as Numeric),
})

const whole = (which: 'quot' | 'rem' | 'mod', doc: string): QueryFunction => ({
  takes: which === 'mod' ? ['whole', 'long'] : ['long', 'long'],
  doc,
  gives: () => LONG,
  value: ([a, b]) => wholeDivision(which, a instanceof EntityRef ? BigInt(a.number) : (a as bigint), b as bigint),
})

const test = (doc: string, value: (a: Numeric) => boolean): QueryFunction => ({
  takes: ['number'],
  doc,
  gives: () => BOOLEAN,
  value: ([a]) => value(a as Numeric),
})

const parity = (doc: string, rest: bigint): QueryFunction => ({
  takes: ['long'],
  doc,
  gives: () => BOOLEAN,
  value: ([a]) => ((a as bigint) & 1n) === rest,
})

const toDouble = (a: Numeric): number => (typeof a === 'number' ? a : divide(a, 1n))

const double = (doc: string, value: (...args: number[]) => number, takes = 1): QueryFunction => ({
  takes: Array.from({ length: takes }, () => 'number' as const),
  doc,
  gives: () => DOUBLE,
  value: args => finite(value(...(args as Numeric[]).map(toDouble))),
})

/** A number as a fraction: exact, a double too. */
function fraction(a: Numeric): { unscaled: bigint; unit: bigint } {
  if (typeof a === 'bigint') return { unscaled: a, unit: 1n }
  if (a instanceof Decimal) return { unscaled: a.unscaled, unit: pow10(a.digits) }
  let [value, unit] = [a, 1n]
  while (!Number.isInteger(value)) {
    value *= 2
    unit *= 2n
  }
  return { unscaled: BigInt(value), unit }
}

/** To a whole number, or with a second argument to a decimal of that many digits. */
const rounding = (doc: string, how: Rounding): QueryFunction => ({
  takes: ['number', 'long'],
  optional: 1,
  doc,
  gives: (types, literals) => {
    if (types.length === 1) return LONG
    const digits = literalLong(literals[1])
    return digits === undefined ? ANY : decimalOf(checkDigits(digits))
  },
  value: ([a, digits]) => {
    const { unscaled, unit } = fraction(a as Numeric)
    if (digits === undefined) return long(roundedRatio(unscaled, unit, how))
    const places = checkDigits(digits as bigint)
    return new Decimal(checkDecimal(roundedRatio(unscaled * pow10(places), unit, how)), places)
  },
})

function checkDigits(digits: bigint): number {
  if (digits < 0n || digits > 38n)
    throw new FactError('wrong-type', `a decimal has 0 to 38 digits after the point, not ${digits}`)
  return Number(digits)
}

/** The exact number in another type, or an error: nothing is lost on the way. */
function exactly(a: Numeric, digits: number, words: string): bigint {
  const { unscaled, unit } = fraction(a)
  const scaled = unscaled * pow10(digits)
  if (scaled % unit !== 0n) throw new FactError('arithmetic', `${words} would lose digits; say round, floor or ceil`)
  return scaled / unit
}

export const NUMBER_FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  '+': { ...folding('+', 'The sum; exact for longs and decimals.', most, add), kernel: 'add' },
  '-': {
    ...folding('-', 'The difference, or with one argument its negative.', most, subtract, a => subtract(0n, a)),
    kernel: 'subtract',
  },
  '*': { ...folding('*', 'The product; digits of decimals add up.', total, multiply), kernel: 'multiply' },
  '/': {
    takes: ['number', 'number'],
    doc: 'The quotient as the nearest double.',
    gives: (types, _, at) => {
      meeting('/', most)(types, _, at)
      return DOUBLE
    },
    value: ([a, b]) => divide(a as Numeric, b as Numeric),
  },
  divide: {
    takes: ['number', 'number', 'long', 'keyword'],
    doc: 'The quotient of exact numbers as a decimal of so many digits, rounded as the keyword says: :half-even :half-up :half-down :up :down :floor :ceiling.',
    gives: (types, literals, at) => {
      if (types.some((type, i) => i < 2 && type.base === 'double'))
        throw new FactError('wrong-type', '(divide …) takes exact numbers, not double', at)
      const mode = literals[3]?.value
      if (mode instanceof Keyword) roundingNamed(mode)
      const digits = literalLong(literals[2])
      return digits === undefined ? ANY : decimalOf(checkDigits(digits))
    },
    value: ([a, b, digits, mode]) => {
      if (typeof a === 'number' || typeof b === 'number')
        throw new FactError('wrong-type', '(divide …) takes exact numbers, not double')
      const [x, y] = [fraction(a as Numeric), fraction(b as Numeric)]
      const places = checkDigits(digits as bigint)
      const how = roundingNamed(mode as Keyword)
      return new Decimal(
        checkDecimal(roundedRatio(x.unscaled * y.unit * pow10(places), y.unscaled * x.unit, how)),
        places,
      )
    },
  },
  quot: whole('quot', 'The quotient of two longs without its fraction.'),
  rem: whole('rem', 'The remainder of two longs, with the sign of the first.'),
  mod: whole('mod', 'The remainder of two longs, with the sign of the second; of an entity, that of its number.'),
  inc: single('inc', 'One more.', a => add(a, typeof a === 'number' ? 1 : 1n)),
  dec: single('dec', 'One less.', a => subtract(a, typeof a === 'number' ? 1 : 1n)),
  abs: single('abs', 'Without its sign.', absolute),
  min: folding('min', 'The least of some numbers.', most, (a, b) => (compareNumbers(a, b) <= 0 ? a : b)),
  max: folding('max', 'The greatest of some numbers.', most, (a, b) => (compareNumbers(a, b) >= 0 ? a : b)),
  double: double('The nearest double.', a => a),
  long: {
    takes: ['number'],
    doc: 'The same number as a long; an error where it has a fraction.',
    gives: () => LONG,
    value: ([a]) => long(exactly(a as Numeric, 0, '(long …)')),
  },
  decimal: {
    takes: ['number', 'long'],
    doc: 'The same number as a decimal of so many digits; an error where it needs more.',
    gives: (_, literals) => {
      const digits = literalLong(literals[1])
      return digits === undefined ? ANY : decimalOf(checkDigits(digits))
    },
    value: ([a, digits]) => {
      const places = checkDigits(digits as bigint)
      return new Decimal(checkDecimal(exactly(a as Numeric, places, '(decimal …)')), places)
    },
  },
  round: rounding('The nearest whole number, halves away from zero; or a decimal of so many digits.', ':half-up'),
  floor: rounding('The whole number at or below; or a decimal of so many digits.', ':floor'),
  ceil: rounding('The whole number at or above; or a decimal of so many digits.', ':ceiling'),
  sqrt: double('The square root.', Math.sqrt),
  pow: double('The first to the power of the second.', (a, b) => a ** b, 2),
  log: double('The natural logarithm.', Math.log),
  exp: double("Euler's number to the power of it.", Math.exp),
  'zero?': test('Whether it is zero.', a => compareNumbers(a, 0n) === 0),
  'pos?': test('Whether it is above zero.', a => compareNumbers(a, 0n) > 0),
  'neg?': test('Whether it is below zero.', a => compareNumbers(a, 0n) < 0),
  'even?': parity('Whether a long is even.', 0n),
  'odd?': parity('Whether a long is odd.', 1n),
}

function roundingNamed(mode: Keyword): Rounding {
  if ((ROUNDINGS as readonly string[]).includes(mode.name)) return mode.name as Rounding
  throw new FactError('wrong-type', `${mode.name} is no way to round; there are ${ROUNDINGS.join(' ')}`)
}
