import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decimal } from '../../src/model/decimal.ts'
import {
  compareNumbers,
  compareStrings,
  compareValues,
  EntityRef,
  Instant,
  Keyword,
  LocalDate,
  type Value,
} from '../../src/model/value.ts'

/** A fraction of two bigints, for what must be exact. */
function fraction(value: bigint | number | Decimal): [bigint, bigint] {
  if (typeof value === 'bigint') return [value, 1n]
  if (value instanceof Decimal) return [value.unscaled, 10n ** BigInt(value.digits)]
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n)
  const shift = (exponent === 0 ? 1 : exponent) - 1075
  const sign = bits >> 63n === 1n ? -1n : 1n
  return shift >= 0 ? [sign * mantissa * 2n ** BigInt(shift), 1n] : [sign * mantissa, 2n ** BigInt(-shift)]
}

const numbers = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0.1,
    0.5,
    -0,
    2 ** 53,
    9007199254740993n,
    new Decimal(1n, 1),
    new Decimal(10n, 2),
    new Decimal(9007199254740993n, 0),
  ),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 38 }))
    .map(([u, d]) => new Decimal(u, d)),
)

describe('the total order of values', () => {
  test('numbers compare by exact mathematical value, whatever their types', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [[an, ad], [bn, bd]] = [fraction(a), fraction(b)]
        const left = an * bd
        const right = bn * ad
        expect(Math.sign(compareNumbers(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
      { numRuns: 2000 },
    )
    expect(compareNumbers(0.1, new Decimal(1n, 1))).toBe(1) // the double is a little more than a tenth
    expect(compareNumbers(0.5, new Decimal(50n, 2))).toBe(0)
    expect(compareNumbers(Number.POSITIVE_INFINITY, new Decimal(1n, 1))).toBe(1)
    expect(compareNumbers(Number.NEGATIVE_INFINITY, new Decimal(1n, 1))).toBe(-1)
  })

  test('strings are ordered by code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const [x, y] = [[...a], [...b]].map(units => units.map(unit => unit.codePointAt(0)!))
        let expected = x.length - y.length
        for (let i = Math.min(x.length, y.length) - 1; i >= 0; i--) if (x[i] !== y[i]) expected = x[i] - y[i]
        expect(Math.sign(compareStrings(a, b))).toBe(Math.sign(expected))
      }),
    )
    expect(compareStrings('\u{1F600}', '\uFFFD')).toBeGreaterThan(0)
  })

  test('types come in a fixed order', () => {
    const sorted: Value[] = [
      false,
      true,
      -1n,
      0.5,
      'a',
      new Keyword(':a'),
      new Instant(0n),
      new LocalDate(-1),
      new EntityRef(1),
    ]
    for (let i = 0; i < sorted.length; i++)
      for (let j = 0; j < sorted.length; j++)
        expect(Math.sign(compareValues(sorted[i], sorted[j]))).toBe(Math.sign(i - j))
  })
})
