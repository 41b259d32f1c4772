import { describe, expect, it } from 'vitest'
import { type Table, tableLines } from '../../../src/serve/format/table.ts'

const LONG = 'The quick brown fox jumps over the lazy dog'

const table = (rows: readonly (readonly string[])[], types: readonly string[]): Table => ({
  heads: types.map((_, c) => `?c${c}`),
  types,
  rows: rows.length,
  cell: (column, row) => rows[row][column],
})

function printed(rows: readonly (readonly string[])[], types: readonly string[], width?: number) {
  let cut = 0
  const lines = [...tableLines(table(rows, types), width, count => (cut = count))]
  return { lines: lines.map(line => line.trimEnd()), cut }
}

describe('a table', () => {
  it('is as wide as it needs to be where nobody says how wide', () => {
    expect(printed([[LONG, '7']], ['string', 'long'])).toEqual({
      lines: [`?c0${' '.repeat(42)}?c1`, `${'-'.repeat(43)}  ---`, `${LONG}    7`],
      cut: 0,
    })
  })

  it('cuts texts to a terminal, visibly, and counts them; numbers never', () => {
    const { lines, cut } = printed(
      [
        [LONG, '12345678901234567890', 'short'],
        ['x', '7', LONG],
      ],
      ['string', 'long', 'string'],
      50,
    )
    expect(lines).toEqual([
      '?c0                             ?c1  ?c2',
      '-------------  --------------------  -------------',
      'The quick br…  12345678901234567890  short',
      'x                                 7  The quick br…',
    ])
    expect(cut).toBe(2)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50)
  })

  it('cuts between characters, however wide they are', () => {
    const { lines, cut } = printed([['日本語日本語日本語']], ['string'], 10)
    expect([lines[2], cut]).toEqual(['日本語日…', 1])
    expect(printed([['e\u0301'.repeat(20)]], ['string'], 9).lines[2]).toBe(`${'e\u0301'.repeat(8)}…`)
  })

  it('leaves what fits as it is', () => {
    expect(printed([['abc']], ['string'], 80)).toEqual({ lines: ['?c0', '---', 'abc'], cut: 0 })
  })
})
