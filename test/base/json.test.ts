import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExactNumber, parseExact } from '../../src/base/json.ts'

describe('JSON with every number exact', () => {
  it('has plain numbers where their text comes back the same', () => {
    expect(parseExact('[0, -1, 2.55, 9007199254740991, true, null, "1.0"]')).toEqual([
      0,
      -1,
      2.55,
      9007199254740991,
      true,
      null,
      '1.0',
    ])
  })

  it.each(['1.0', '2.50', '1e3', '-0', '9007199254740993', '0.1234567890123456789', '1E400'])(
    'keeps the text of %s',
    text => {
      const number = (parseExact(`{"x": ${text}}`) as { x: unknown }).x
      expect(number).toBeInstanceOf(ExactNumber)
      expect((number as ExactNumber).text).toBe(text)
    },
  )

  it.each([
    ['{"a": 1,\n "b": }', 2, 7],
    ['{"a": 1, "a": 2}', 1, undefined],
    ['', 1, 1],
    ['{"a"', 1, 5],
    ['[1] 2', 1, undefined],
    ["{'a': 1}", 1, undefined],
  ])('refuses %j with line and column', (text, line, column) => {
    let thrown: unknown
    try {
      parseExact(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ kind: 'parse-error', details: { line, column: column ?? expect.any(Number) } })
    expect((thrown as Error).message).toMatch(/^this is not JSON: /)
  })

  it('is JSON.parse for everything that JavaScript writes', () => {
    // the sign of zero is lost by JSON.stringify
    fc.assert(
      fc.property(fc.json(), text => {
        const plain = (value: unknown): unknown => {
          if (value instanceof ExactNumber) return Number(value.text)
          if (Array.isArray(value)) return value.map(plain)
          if (typeof value !== 'object' || value === null) return value
          return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, plain(inside)]))
        }
        expect(plain(parseExact(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 200 },
    )
  })
})
