import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { converter } from '../../src/contracts/convert.ts'
import { type EventJson, readEventJson } from '../../src/contracts/event-json.ts'
import { misfit } from '../../src/contracts/misfit.ts'
import { Decimal } from '../../src/model/decimal.ts'
import { showInstant } from '../../src/model/instant.ts'
import { parseType } from '../../src/model/type.ts'
import { Instant, LocalDate } from '../../src/model/value.ts'

const jsonOf = (text: string) => ((readEventJson(Buffer.from(`{"x":${text}}`)) as EventJson).exact as { x: unknown }).x
const convert = (type: string, text: string) => converter(parseType(type))(jsonOf(text))
const words = (type: string, text: string) => misfit('x', parseType(type), jsonOf(text))

describe('values', () => {
  test.each([
    ['string', '"ü"', 'ü'],
    ['string', '""', ''],
    ['boolean', 'false', false],
    ['long', '0', 0n],
    ['long', '-0', 0n],
    ['long', '1.0', 1n],
    ['long', '1e3', 1000n],
    ['long', '9223372036854775807', 2n ** 63n - 1n],
    ['long', '-9223372036854775808', -(2n ** 63n)],
    ['long', '9007199254740993', 9007199254740993n],
    ['long', '"9007199254740993"', 9007199254740993n],
    ['double', '1.5', 1.5],
    ['double', '0.1234567890123456789', Number('0.1234567890123456789')],
    ['double', '1e308', 1e308],
    ['decimal(3)', '2.55', new Decimal(2550n, 3)],
    ['decimal(3)', '"2.55"', new Decimal(2550n, 3)],
    ['decimal(3)', '"-0.5000"', new Decimal(-500n, 3)],
    ['decimal(3)', '1e2', new Decimal(100000n, 3)],
    ['decimal(3)', '"1e-3"', new Decimal(1n, 3)],
    ['decimal(3)', '"123456789012345"', new Decimal(123456789012345000n, 3)],
    ['decimal(3)', '123456789012345', new Decimal(123456789012345000n, 3)],
    ['decimal(0)', '12', new Decimal(12n, 0)],
    ['decimal(2)', '-0.00', new Decimal(0n, 2)],
    ['decimal(7)', '0.0000001', new Decimal(1n, 7)],
    [
      'decimal(3)',
      '"12345678901234567890123456789012345.678"',
      new Decimal(12345678901234567890123456789012345678n, 3),
    ],
    ['instant', '"2011-10-01T00:38:44.546+02:00"', Instant.ofMs(Date.UTC(2011, 8, 30, 22, 38, 44, 546))],
    ['instant', '"2011-10-01T00:00:00.546000Z"', Instant.ofMs(Date.UTC(2011, 9, 1, 0, 0, 0, 546))],
    ['instant', '1317422324546', Instant.ofMs(1317422324546)],
    ['instant', '-1', Instant.ofMs(-1)],
    ['instant(6)', '"1969-12-31T23:59:59.999999Z"', new Instant(-1n)],
    ['instant(6)', '1317422324546.001', new Instant(1317422324546001n)],
    ['date', '"1969-12-31"', new LocalDate(-1)],
    ['uuid', '"123E4567-e89b-12d3-a456-426614174000"', '123e4567-e89b-12d3-a456-426614174000'],
    ['enum(a|b)', '"b"', 'b'],
    ['json', '{"b":[1.0],"a":12345678901234567890}', '{"a":12345678901234567890,"b":[1]}'],
    ['list(long)', '[1,9007199254740993]', [1n, 9007199254740993n]],
    ['list(string)', '[]', []],
  ])('%s %s', (type, text, value) => {
    expect(convert(type, text)).toEqual(value)
    expect(words(type, text)).toBeUndefined()
  })
})

describe('what does not fit says what was expected and what came', () => {
  test.each([
    ['string', '5', 'x must be a string, but is the number 5'],
    ['string', '{}', 'x must be a string, but is an object'],
    ['boolean', '"true"', 'x must be true or false, but is the string "true"'],
    [
      'long',
      '"6"',
      'x must be a long (a whole number of at most 64 bits), but is the string "6": write it without quotes',
    ],
    ['long', '1.5', 'x must be a long (a whole number of at most 64 bits), but is the number 1.5'],
    ['long', '9223372036854775808', 'but is the number 9223372036854775808'],
    ['long', '-9223372036854775809', 'but is the number -9223372036854775809'],
    ['long', '12345678901234567.5', 'but is the number 12345678901234567.5'],
    ['long', '1e400', 'but is the number 1e400'],
    ['long', '"9223372036854775808"', 'but is the string "9223372036854775808"'],
    ['long', 'true', 'but is true'],
    ['double', '1e400', 'x must be a double (a finite number), but is the number 1e400'],
    ['double', '"1.5"', 'but is the string "1.5"'],
    [
      'decimal(3)',
      '2.5555',
      'x must be a decimal(3) (a number, or one in a string, with at most 3 digits after the point and 38 in all), but is the number 2.5555',
    ],
    ['decimal(3)', '"2,55"', 'but is the string "2,55"'],
    ['decimal(3)', '" 2.55"', 'but is the string " 2.55"'],
    ['decimal(3)', '""', 'but is the string ""'],
    ['decimal(3)', '"-"', 'but is the string "-"'],
    ['decimal(3)', '"5."', 'but is the string "5."'],
    ['decimal(3)', '".5"', 'but is the string ".5"'],
    ['decimal(3)', '"-.5"', 'but is the string "-.5"'],
    ['decimal(3)', '"1.2.3"', 'but is the string "1.2.3"'],
    [
      'decimal(3)',
      '"123456789012345678901234567890123456"',
      'but is the string "123456789012345678901234567890123456"',
    ],
    ['decimal(3)', '1e-5000', 'but is the number 1e-5000'],
    ['instant', '"2011-10-01T00:38:44"', ': it has no zone, so add Z or an offset such as +01:00'],
    [
      'instant',
      '"2011-10-01"',
      'x must be an instant (ISO-8601 with a zone, or epoch milliseconds), but is the string "2011-10-01"',
    ],
    ['instant', '"2011-02-29T00:00:00Z"', 'but is the string'],
    [
      'instant',
      '"2011-10-01T00:00:00.0001Z"',
      ': it has digits finer than a millisecond, so declare the field as instant(6)',
    ],
    ['instant', '1.5', ': it has digits finer than a millisecond, so declare the field as instant(6)'],
    ['instant(6)', '"2011-10-01T00:00:00.0000001Z"', ': it has digits finer than a microsecond, which no type keeps'],
    ['instant', '253402300800000', ': it lies outside the years 0000 to 9999'],
    ['date', '"2011-02-29"', 'x must be a date (YYYY-MM-DD), but is the string "2011-02-29"'],
    ['date', '20110228', 'but is the number 20110228'],
    ['uuid', '"123e4567e89b12d3a456426614174000"', 'x must be a uuid, but is'],
    ['enum(a|b)', '"c"', 'x must be one of a, b, but is the string "c"'],
    [
      'list(long)',
      '5',
      'x must be a list, each element a long (a whole number of at most 64 bits), but is the number 5',
    ],
    ['list(long)', '[1,null]', 'element 1 of x must be a long (a whole number of at most 64 bits), but is null'],
  ])('%s %s', (type, text, expected) => {
    expect(convert(type, text)).toBeUndefined()
    expect(words(type, text)?.words).toContain(expected)
  })

  test('an element of a list has its own path', () => {
    expect(words('list(long)', '[1,"2"]')?.path).toBe('/x/1')
  })
  test('a long text is cut with its length', () => {
    expect(words('long', JSON.stringify('y'.repeat(500)))?.words).toMatch(/y… \(502 characters\)$/)
  })
})

describe('nothing is rounded', () => {
  test('a long is the integer that was written, or refused', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 70n), 2n ** 70n), n => {
        const fits = n >= -(2n ** 63n) && n < 2n ** 63n
        expect(convert('long', String(n))).toBe(fits ? n : undefined)
      }),
    )
    fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), n => convert('long', String(n)) === n))
    fc.assert(fc.property(fc.maxSafeInteger(), n => convert('long', String(n)) === BigInt(n)))
  })

  /** Text of n / 10^places without going through numbers. */
  const written = (n: bigint, places: number) => {
    const digits = String(n < 0n ? -n : n).padStart(places + 1, '0')
    return `${n < 0n ? '-' : ''}${digits.slice(0, digits.length - places)}${places > 0 ? `.${digits.slice(-places)}` : ''}`
  }
  const places = fc.integer({ min: 0, max: 12 })
  const size = fc.oneof(
    fc.bigInt(-(10n ** 6n), 10n ** 6n),
    fc.bigInt(-(10n ** 17n), 10n ** 17n),
    fc.bigInt(-(10n ** 39n), 10n ** 39n),
  )

  test('a decimal is the number that was written, as string and as number, or refused', () => {
    fc.assert(
      fc.property(size, places, places, (n, had, wants) => {
        const scaled = n * 10n ** BigInt(wants)
        const unit = 10n ** BigInt(had)
        const fits = scaled % unit === 0n && scaled / unit < 10n ** 38n && scaled / unit > -(10n ** 38n)
        const magnitude = n < 0n ? -n : n
        // what needs over 38 figures before its zeros are dropped may be refused: 38 in all
        if (fits && magnitude >= 10n ** 38n) return
        const expected = fits ? new Decimal(scaled / unit, wants) : undefined
        expect(convert(`decimal(${wants})`, written(n, had))).toEqual(expected)
        expect(convert(`decimal(${wants})`, `"${written(n, had)}"`)).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('an exponent only moves the point', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 9n), 10n ** 9n), fc.integer({ min: -6, max: 6 }), (n, exponent) => {
        expect(convert('decimal(6)', `${n}e${exponent}`)).toEqual(new Decimal(n * 10n ** BigInt(exponent + 6), 6))
      }),
    )
  })

  test('an instant is the moment that was written', () => {
    const ms = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) })
    fc.assert(
      fc.property(ms, value => {
        expect(convert('instant', JSON.stringify(showInstant(value)))).toEqual(Instant.ofMs(value))
        expect(convert('instant', String(value))).toEqual(Instant.ofMs(value))
        expect(convert('instant(6)', String(value))).toEqual(Instant.ofMs(value))
      }),
    )
  })
})
