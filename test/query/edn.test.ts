import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decimal } from '../../src/model/decimal.ts'
import { Instant, Keyword, LocalDate, type Value } from '../../src/model/value.ts'
import { literalOf } from '../../src/query/language/literal.ts'
import { readEdn, readEdnAll, showEdn } from '../../src/query/query.ts'

const plain = (text: string): unknown =>
  JSON.parse(
    JSON.stringify(readEdn(text), (key, value) =>
      key === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  )

test('every form', () => {
  expect(plain('()')).toEqual({ form: 'list', items: [] })
  expect(plain('[1 a/b, :c]')).toEqual({
    form: 'vector',
    items: [
      { form: 'long', value: '1n' },
      { form: 'symbol', name: 'a/b' },
      { form: 'keyword', name: ':c' },
    ],
  })
  expect(plain('#{1}')).toEqual({ form: 'set', items: [{ form: 'long', value: '1n' }] })
  expect(plain('{:a nil}')).toEqual({ form: 'map', entries: [[{ form: 'keyword', name: ':a' }, { form: 'nil' }]] })
  expect(plain('"a\\n\\u00e9\\"b"')).toEqual({ form: 'string', text: 'a\né"b' })
  expect(plain('\\newline')).toEqual({ form: 'char', text: '\n' })
  expect(plain('\\(')).toEqual({ form: 'char', text: '(' })
  expect(plain('\\u0041')).toEqual({ form: 'char', text: 'A' })
  expect(plain('true')).toEqual({ form: 'boolean', value: true })
  expect(plain('-9223372036854775808')).toEqual({ form: 'long', value: '-9223372036854775808n' })
  expect(plain('2.550M')).toEqual({ form: 'decimal', value: '2.550' })
  expect(plain('2.55')).toEqual({ form: 'double', value: 2.55, exact: '2.55' })
  expect(plain('1e3')).toEqual({ form: 'double', value: 1000, exact: '1000' })
  expect(plain('#inst "2011-03-01T00:00:00.000001Z"')).toEqual({ form: 'inst', micros: '1298937600000001n' })
  expect(plain('#inst "2011-03-01"')).toEqual({ form: 'inst', micros: '1298937600000000n' })
  expect(plain('#date "1970-01-02"')).toEqual({ form: 'date', days: 1 })
  expect(plain('#uuid "6F1E2D3C-0000-4000-8000-000000000001"')).toEqual({
    form: 'uuid',
    text: '6f1e2d3c-0000-4000-8000-000000000001',
  })
  expect(plain('#my/tag [1]')).toMatchObject({ form: 'tagged', tag: 'my/tag' })
  expect(plain('[?x . ... % $a _ <= -]')).toMatchObject({
    items: ['?x', '.', '...', '%', '$a', '_', '<=', '-'].map(name => ({ form: 'symbol', name })),
  })
})

test('comments and discarded forms leave nothing', () => {
  expect(readEdnAll('; a\n 1 #_ (2 #_3 4) 5 ; end')).toMatchObject([{ value: 1n }, { value: 5n }])
})

test('places count lines and columns from 1', () => {
  const form = readEdn('\n [a\n   "b\nc" d]')
  expect(form).toMatchObject({
    at: { line: 2, column: 2 },
    items: [{ at: { line: 2, column: 3 } }, { at: { line: 3, column: 4 } }, { at: { line: 4, column: 4 } }],
  })
})

test.each([
  ['[1 2', 1, 1, 'never closed'],
  ['[1\n 2)', 2, 3, ') does not close'],
  [']', 1, 1, 'closes nothing'],
  ['"abc', 1, 1, 'string is never closed'],
  ['"a\\q"', 1, 4, 'no escape'],
  ['{:a}', 1, 1, 'a value for every key'],
  ['1x', 1, 1, 'no number'],
  ['9223372036854775808', 1, 1, '64 bits'],
  ['#inst "soon"', 1, 1, 'no instant'],
  ['#inst "2011-02-30"', 1, 1, 'no instant'],
  ['#date "2011-02-30"', 1, 1, 'no day'],
  ['#uuid "x"', 1, 1, 'no UUID'],
  ['a b', 1, 3, 'stands behind its end'],
  ['', 1, 1, 'empty'],
  ['#_', 1, 1, 'discards'],
])('refuses %s', (text, line, column, words) => {
  expect(() => readEdn(text)).toThrow(
    expect.objectContaining({
      kind: 'parse-error',
      message: expect.stringContaining(words),
      details: { line, column },
    }),
  )
})

test('nesting without end is refused', () => {
  expect(() => readEdn('['.repeat(100_000))).toThrow(
    expect.objectContaining({ kind: 'parse-error', details: { line: 1, column: 501 } }),
  )
})

const values: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.nat(38)).map(([n, d]) => new Decimal(n, d)),
  fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n }).map(n => new Instant(n)),
  fc.integer({ min: -700_000, max: 2_900_000 }).map(n => new LocalDate(n)),
  fc.constantFrom('a', 'b/c', 'x-y/z?').map(name => new Keyword(`:${name}`)),
)

test('what is shown reads back as the same value', () => {
  fc.assert(
    fc.property(values, value => {
      expect(literalOf(readEdn(showEdn(value)))?.value).toEqual(value)
    }),
  )
  expect(showEdn([1n, null, ['a']])).toBe('[1 nil ["a"]]')
})
