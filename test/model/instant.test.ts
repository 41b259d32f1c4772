import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDate, parseInstant, showDate, showInstant, showMicros } from '../../src/model/instant.ts'
import { parseMoment } from '../../src/model/moment.ts'

describe('instants', () => {
  test('agree with the machine where it is exact', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (date, offset) => {
          const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
          const pad = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0')
          const zone = `${offset < 0 ? '-' : '+'}${pad(Math.abs(offset) / 60)}:${pad(Math.abs(offset) % 60)}`
          expect(parseInstant(`${local}${zone}`)).toBe(date.getTime())
          expect(parseInstant(showInstant(date.getTime()))).toBe(date.getTime())
        },
      ),
    )
  })

  test('are shown as the machine shows them, in every year that it knows, and refused beyond', () => {
    const edges = fc.constantFrom(0, -1, 1, 86_400_000, -86_400_000, 86_399_999, 8.64e15, -8.64e15, -62_167_219_200_001)
    fc.assert(
      fc.property(fc.array(fc.oneof(edges, fc.date({ noInvalidDate: true }).map(Number)), { minLength: 1 }), all => {
        for (const ms of all) expect(showInstant(ms)).toBe(new Date(ms).toISOString())
      }),
    )
    for (const ms of [8.64e15 + 1, -8.64e15 - 1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => showInstant(ms), String(ms)).toThrow(RangeError)
  })

  test('are floored to the millisecond, also before 1970', () => {
    expect(parseInstant('2011-03-01T00:00:00.0009999Z')).toBe(Date.parse('2011-03-01T00:00:00.000Z'))
    expect(parseInstant('1969-12-31T23:59:59.9995Z')).toBe(-1)
  })

  test('what names no real moment is none', () => {
    for (const text of [
      '2011-02-29T00:00:00Z',
      '2011-01-01T24:00:00Z',
      '2011-01-01T00:00:00',
      '2011-1-1T00:00:00Z',
      'now',
      '2011-01-01T00:60:00Z',
    ])
      expect(parseInstant(text), text).toBeUndefined()
    expect(parseDate('2012-02-29')).toBe(15399)
    expect(showDate(15399)).toBe('2012-02-29')
    expect(parseDate('2011-02-29')).toBeUndefined()
    expect(showMicros(-1)).toBe('1969-12-31T23:59:59.999999Z')
    expect(showMicros(1n)).toBe('1970-01-01T00:00:00.000001Z')
  })
})

describe('asOf', () => {
  test('digits are a t, days are midnight, a space before the zone is a plus', () => {
    expect(parseMoment(undefined)).toEqual({ now: true })
    expect(parseMoment('0')).toEqual({ t: 0 })
    expect(parseMoment(1200)).toEqual({ t: 1200 })
    expect(parseMoment('2011-03-01')).toEqual({ instant: Date.parse('2011-03-01T00:00:00Z') })
    expect(parseMoment('2011-03-01T01:00:00 01:00')).toEqual({ instant: Date.parse('2011-03-01T00:00:00Z') })
  })

  test('nonsense, a negative number and a missing zone are refused in words', () => {
    expect(() => parseMoment('yesterday')).toThrow('"yesterday" is no moment: give a t such as 1200')
    expect(() => parseMoment(-1)).toThrow('"-1" is no moment')
    expect(() => parseMoment('')).toThrow('is no moment')
    expect(() => parseMoment('2011-03-01T00:00:00')).toThrow('has no zone: write 2011-03-01T00:00:00Z')
  })
})
