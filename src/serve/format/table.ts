import type { Answer } from '../../model/answer.ts'
import { cellsOf } from './cell.ts'
import { printable, tableDialect } from './dialect.ts'

const NUMBERS = new Set(['long', 'double', 'decimal', 'ref'])
/** Columns are as wide as the widest of so many rows; a later cell that is wider moves its own line only. */
const MEASURED = 10_000

/** How many columns of a terminal a text takes: code points, wide ones of East Asia and emoji twice, marks none. */
function widthOf(text: string): number {
  let width = 0
  for (const char of text) {
    const code = char.codePointAt(0) as number
    if (/\p{Mark}/u.test(char) || code === 0x200d) continue
    const wide =
      (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3)
    width += wide || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300 ? 2 : 1
  }
  return width
}

/** An answer as aligned columns for a terminal, line by line: numbers to the right, null as nothing, the empty string as `""`. */
export function* tableAnswer(answer: Answer): Generator<string> {
  const cells = answer.columns.map(column => cellsOf(column, answer.strings, tableDialect))
  const heads = (answer.keys ?? answer.columns.map(({ find }) => find)).map(printable)
  const right = answer.columns.map(({ type }) => NUMBERS.has(type.base))
  const widths = heads.map((head, c) => {
    let width = widthOf(head)
    for (let i = 0; i < Math.min(answer.rows, MEASURED); i++) width = Math.max(width, widthOf(cells[c](i)))
    return width
  })
  const line = (texts: readonly string[]) =>
    `${texts
      .map((text, c) => {
        const blank = ' '.repeat(Math.max(0, widths[c] - widthOf(text)))
        return right[c] ? blank + text : text + blank
      })
      .join('  ')
      .trimEnd()}\n`
  yield line(heads)
  yield line(widths.map(width => '-'.repeat(width)))
  for (let i = 0; i < answer.rows; i++) yield line(cells.map(cell => cell(i)))
}
