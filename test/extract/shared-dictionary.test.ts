import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SharedDictionary } from '../../src/extract/shared-dictionary.ts'
import type { Strings } from '../../src/model/fact-view.ts'

/** Texts of a store, of which every code below `lasting` means the same in all parts; others are of the part alone. */
const stringsOf = (part: number, lasting: number | undefined): Strings => ({
  ...(lasting === undefined ? {} : { lasting }),
  size: 2 ** 31,
  code: () => -1,
  text: code => (code < (lasting ?? 0) ? `stored ${code}` : `own ${(code * 7 + part) % 11}`),
})

/** What rows of a dictionary say, null where there is no value. */
function read(shared: SharedDictionary, codes: number[], nulls: readonly boolean[] | null, strings: Strings) {
  const present = nulls && Uint8Array.from(codes, (_, i) => (nulls[i % nulls.length] ? 0 : 1))
  const { dictionary, rows } = shared.take(Int32Array.from(codes), present, { strings, rows: codes.length })
  const texts = Array.from(rows, row => dictionary.get(row))
  const wanted = codes.map((code, i) => (present?.[i] === 0 ? null : strings.text(code)))
  expect(texts.map((text, i) => (wanted[i] === null ? null : text))).toEqual(wanted)
  return { dictionary, rows }
}

describe('the dictionary of a stream', () => {
  it('has the text of every code, whatever parts before it said', () => {
    // few codes, codes that only this part has, and codes beyond what an array is made for
    const code = fc.oneof(
      fc.nat(40),
      fc.integer({ min: 1000, max: 1040 }),
      fc.integer({ min: 2 ** 20 - 3, max: 2 ** 21 }),
    )
    const part = fc.record({
      codes: fc.array(code, { maxLength: 60 }),
      nulls: fc.option(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })),
      lasting: fc.option(fc.constantFrom(0, 1000, 1020, 2 ** 20, 2 ** 21), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
        const shared = new SharedDictionary()
        // a store only gets more texts
        parts.sort((a, b) => (a.lasting ?? 0) - (b.lasting ?? 0))
        for (const [i, { codes, nulls, lasting }] of parts.entries()) read(shared, codes, nulls, stringsOf(i, lasting))
      }),
      { numRuns: 300 },
    )
  })

  it('is sent again only where a text is new, and then with all of them', () => {
    const shared = new SharedDictionary()
    const strings = stringsOf(0, 100)
    const first = read(shared, [3, 5, 3], null, strings)
    expect([...first.rows]).toEqual([0, 1, 0])
    expect(read(shared, [5, 5], null, strings).dictionary).toBe(first.dictionary)
    const more = read(shared, [7, 3], null, strings)
    expect([...more.rows]).toEqual([2, 0])
    expect(more.dictionary).not.toBe(first.dictionary)
  })

  it('starts anew where there are too many texts to be worth keeping', () => {
    const shared = new SharedDictionary()
    const strings = stringsOf(0, 2 ** 21)
    const keys = (from: number) => Array.from({ length: 40_000 }, (_, i) => from + i)
    expect(read(shared, keys(0), null, strings).dictionary.length).toBe(40_000)
    // with those before it more than 65,536, so that these are sent alone
    expect(read(shared, keys(50_000), null, strings).dictionary.length).toBe(40_000)
    const many = [...keys(200_000), ...keys(300_000)]
    expect(read(shared, many, null, strings).dictionary.length).toBe(80_000)
    expect(read(shared, [1, 2, 1], null, strings).dictionary.length).toBe(2)
  })
})
