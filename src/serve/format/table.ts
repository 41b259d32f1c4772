import type { Answer } from '../../model/answer.ts'
import { cellsOf } from './cell.ts'
import { printable, tableDialect } from './dialect.ts'

const NUMBERS = new Set(['long', 'double', 'decimal', 'ref'])
/** Columns are as wide as the widest of so many rows; a later cell that is wider moves its own line only. */
const MEASURED = 10_000
/** No column is cut to less. */
const NARROWEST = 8
const GAP = '  '

/** What a table shows: finished texts. */
export interface Table {
  readonly heads: readonly string[]
  /** Base of each column's type: numbers stand to the right, and are never cut. */
  readonly types: readonly string[]
  readonly rows: number
  cell(column: number, row: number): string
}

/** How many columns of a terminal a character takes: wide ones of East Asia and emoji two, marks none. */
function charWidth(char: string): number {
  const code = char.codePointAt(0) as number
  if (/\p{Mark}/u.test(char) || code === 0x200d) return 0
  const wide =
    (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3)
  return wide || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300 ? 2 : 1
}

function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

/** As much of a text as fits, with … in the place of the rest. */
function cutTo(text: string, width: number): string {
  let used = 1
  let end = 0
  for (const char of text) {
    used += charWidth(char)
    if (used > width) break
    end += char.length
  }
  return `${text.slice(0, end)}…`
}

/** An answer as a table: null as nothing, the empty string as `""`. */
export function tableOf(answer: Answer): Table {
  const cells = answer.columns.map(column => cellsOf(column, answer.strings, tableDialect))
  return {
    heads: (answer.keys ?? answer.columns.map(({ find }) => find)).map(printable),
    types: answer.columns.map(({ type }) => type.base),
    rows: answer.rows,
    cell: (column, row) => cells[column](row),
  }
}

/**
 * Aligned columns for a terminal, line by line. With `width`, the columns of the terminal, texts that do not fit are cut and end with …;
 * `onCut` then learns how many after the last line.
 */
export function* tableLines(
  table: Table,
  width: number = Number.POSITIVE_INFINITY,
  onCut: (count: number) => void = () => {},
): Generator<string> {
  const { heads, rows } = table
  const right = table.types.map(type => NUMBERS.has(type))
  const widths = fitted(measured(table), right, width)
  let cuts = 0
  const line = (texts: readonly string[]) =>
    `${texts
      .map((text, c) => {
        const own = widthOf(text)
        if (own > widths[c] && !right[c] && width !== Number.POSITIVE_INFINITY) {
          cuts++
          const short = cutTo(text, widths[c])
          return short + ' '.repeat(Math.max(0, widths[c] - widthOf(short)))
        }
        const blank = ' '.repeat(Math.max(0, widths[c] - own))
        return right[c] ? blank + text : text + blank
      })
      .join(GAP)
      .trimEnd()}\n`
  yield line(heads)
  yield line(widths.map(each => '-'.repeat(each)))
  for (let i = 0; i < rows; i++) yield line(heads.map((_, c) => table.cell(c, i)))
  if (cuts > 0) onCut(cuts)
}

/** How wide each column would like to be. */
const measured = ({ heads, rows, cell }: Table): number[] =>
  heads.map((head, c) => {
    let width = widthOf(head)
    for (let i = 0; i < Math.min(rows, MEASURED); i++) width = Math.max(width, widthOf(cell(c, i)))
    return width
  })

/** The widest columns of texts give way until all fit, or are as narrow as they may be. */
function fitted(wanted: readonly number[], fixed: readonly boolean[], width: number): number[] {
  const room = width - GAP.length * (wanted.length - 1)
  const total = (most: number) => wanted.reduce((sum, own, c) => sum + (fixed[c] ? own : Math.min(own, most)), 0)
  let most = Math.max(NARROWEST, ...wanted)
  while (most > NARROWEST && total(most) > room) most--
  return wanted.map((own, c) => (fixed[c] ? own : Math.min(own, most)))
}

/** An answer as a table of whatever width it needs. */
export const tableAnswer = (answer: Answer): Generator<string> => tableLines(tableOf(answer))
