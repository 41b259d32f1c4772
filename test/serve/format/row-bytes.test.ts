import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../src/model/answer.ts'
import { csvAnswer, ndjsonAnswer } from '../../../src/serve/format/answer-text.ts'
import { csvBytes, ndjsonBytes } from '../../../src/serve/format/row-bytes.ts'
import { type Cell, column, relation, TestStrings } from '../../answers.ts'

const FORMATS = [
  ['CSV', csvBytes, csvAnswer],
  ['NDJSON', ndjsonBytes, ndjsonAnswer],
] as const

const joined = (pieces: Iterable<readonly Uint8Array[]>): string => Buffer.concat([...pieces].flat()).toString()

/** Each piece copied before the next is made, as whoever is lent them does. */
function copied(pieces: Iterable<readonly Uint8Array[]>): string {
  const copies: Buffer[] = []
  for (const piece of pieces) for (const bytes of piece) copies.push(Buffer.from(bytes))
  return Buffer.concat(copies).toString()
}

/** In both formats, the bytes are those of the text, lent or not. */
function same(answer: Answer): void {
  for (const [, bytes, text] of FORMATS) {
    const words = [...text(answer)].join('')
    expect(joined(bytes(answer))).toBe(words)
    expect(copied(bytes(answer, true))).toBe(words)
  }
}

const safe = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 }), edges())

/** Where one figure more is needed. */
function edges(): fc.Arbitrary<number> {
  const near = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: -1, max: 1 }), fc.constantFrom(1, -1))
  return near.map(([power, more, sign]) => sign * (10 ** power + more))
}

const ANY_TEXT = fc.string({ unit: 'binary', maxLength: 90 }).map(text => text.toWellFormed())

const CELLS: Readonly<Record<string, fc.Arbitrary<Cell>>> = {
  string: fc.oneof(ANY_TEXT, fc.constantFrom('', 'x', ',', '"', '\r\n', 'é', '日本語', '😀', '\u2028', '\u0000')),
  long: safe,
  'ref(a)': fc.nat({ max: 2 ** 40 }),
  double: fc.double(),
  boolean: fc.boolean(),
  date: fc.integer({ min: -700_000, max: 2_900_000 }),
  instant: fc.oneof(
    fc.integer({ min: -62_135_596_800_000, max: Date.UTC(9999, 11, 31) }),
    fc.integer({ min: -1500, max: 1500 }),
    fc.integer({ min: -3, max: 3 }).map(day => day * 86_400_000 - 1),
  ),
  'instant(6)': fc.maxSafeInteger(),
  uuid: fc.uuid(),
  keyword: fc.constantFrom(':a', ':a/b'),
  ...Object.fromEntries(
    [0, 1, 2, 3, 9, 10, 20].map(digits => [
      `decimal(${digits})`,
      fc
        .bigInt({ min: -(2n ** 100n), max: 2n ** 100n })
        .chain(wide => fc.constantFrom(wide, wide % 10n ** 12n))
        .map(n => inFigures(n, digits)),
    ]),
  ),
}

/** `n / 10^digits`. */
function inFigures(n: bigint, digits: number): string {
  const size = String(n < 0n ? -n : n).padStart(digits + 1, '0')
  const point = size.length - digits
  return `${n < 0n ? '-' : ''}${size.slice(0, point)}${digits > 0 ? `.${size.slice(point)}` : ''}`
}

const anyAnswer = fc
  .tuple(fc.array(fc.constantFrom(...Object.keys(CELLS)), { minLength: 1, maxLength: 5 }), fc.nat({ max: 12 }))
  .chain(([types, rows]) =>
    fc.tuple(
      ...types.map(type =>
        fc
          .tuple(
            fc.array(CELLS[type], { minLength: rows, maxLength: rows }),
            fc.array(fc.boolean(), { minLength: rows, maxLength: rows }),
          )
          .map(([cells, nulls]) => ({
            type,
            cells: cells.map((cell, i) => (nulls[i] && i % 3 === 0 ? null : cell)),
            rows,
          })),
      ),
    ),
  )

describe('rows as bytes', () => {
  it('are the text of the same answer, for any values of any types', () => {
    fc.assert(
      fc.property(anyAnswer, columns => {
        const strings = new TestStrings()
        same(
          relation(
            columns.map(({ type, cells }, i) => column(`c${i}`, type, cells, strings)),
            columns[0].rows,
            strings,
          ),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('come in pieces, with more texts than are kept, and texts longer than a piece', () => {
    const strings = new TestStrings()
    const texts = Array.from({ length: 9000 }, (_, i) =>
      i === 5000 ? 'ö'.repeat(300_000) : `${i % 7 === 0 ? '"' : ''}text ${i}`,
    )
    const v = { as: 'i32' as const, values: Int32Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 9000) }
    const codes = { text: (code: number) => texts[code], code: () => -1, size: texts.length }
    const one = { name: 'text', find: '?text', type: { base: 'string' as const }, nullable: false, v, present: null }
    const numbers = column(
      'n',
      'long',
      Array.from({ length: 30_000 }, (_, i) => i ** 3),
      strings,
    )
    const answer: Answer = { ...relation([one, numbers], 30_000, strings), strings: codes }
    same(answer)
    const pieces = [...csvBytes(answer)].flat()
    expect(pieces.length).toBeGreaterThan(5)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeGreaterThan(600_000)
  })

  it('refuse two columns of one name before the first byte', () => {
    const strings = new TestStrings()
    const twice = ['a', 'a'].map(name => column(name, 'long', [1], strings))
    for (const [, bytes] of FORMATS) expect(() => bytes(relation(twice, 1, strings))).toThrow(/two columns are named a/)
  })

  it('may have no row', () => {
    const strings = new TestStrings()
    same(relation([column('a', 'long', [], strings)], 0, strings))
  })
})
