import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decimal, parseDecimal, rescale, showDecimal } from '../../src/model/decimal.ts'

const digits = fc.integer({ min: 0, max: 38 })
const unscaled = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })

test('what is shown is read back exactly, with all its digits', () => {
  fc.assert(
    fc.property(unscaled, digits, (value, places) => {
      const text = showDecimal(value, places)
      expect(text.split('.')[1]?.length ?? 0).toBe(places)
      const back = parseDecimal(text)!
      expect(rescale(back, places)).toBe(value)
    }),
  )
})

test('exponents are exact, and 38 digits are the limit', () => {
  expect(parseDecimal('2.55e2')).toEqual(new Decimal(255n, 0))
  expect(parseDecimal('1e-3')).toEqual(new Decimal(1n, 3))
  expect(parseDecimal('-.5')).toEqual(new Decimal(-5n, 1))
  expect(parseDecimal('1e37')?.unscaled).toBe(10n ** 37n)
  for (const none of ['', '.', '-', '1.2.3', '0x1', 'NaN', '1e38', `1${'0'.repeat(38)}`, `0.${'0'.repeat(38)}1`, ' 1'])
    expect(parseDecimal(none), none).toBeUndefined()
  expect(parseDecimal(`0.${'0'.repeat(50)}`)?.unscaled).toBe(0n)
})

test('a rescale that would lose a digit is refused', () => {
  expect(rescale(new Decimal(2550n, 3), 2)).toBe(255n)
  expect(rescale(new Decimal(2551n, 3), 2)).toBeUndefined()
  expect(rescale(new Decimal(10n ** 37n, 0), 1)).toBeUndefined()
})
