import type { Answer, AnswerColumn, AnyValue } from './answer.ts'
import { wideAt } from './column.ts'
import { Decimal } from './decimal.ts'
import type { Strings } from './fact-view.ts'
import { EntityRef, Instant, Keyword, LocalDate } from './value.ts'

/**
 * A cell as a program in this process wants it: a string, a boolean, a double as number; a long as number while that is exact, beyond as
 * bigint; an entity as its number; decimal, instant, date and keyword as the classes of `value.ts`. null where there is no value.
 */
export type Cell = AnyValue | number

/** All rows of an answer as arrays of cells. What is made here costs more than most queries, so formats that write text should read columns. */
export function rowsOf(answer: Answer): Cell[][] {
  const { rows } = answer
  const cells = answer.columns.map(column => cellsOf(column, rows, answer.strings))
  const out: Cell[][] = new Array(rows)
  // an array literal of known length is twice as fast as one that is filled
  const [a, b, c, d, e, f] = cells
  switch (cells.length) {
    case 1:
      for (let i = 0; i < rows; i++) out[i] = [a[i]]
      return out
    case 2:
      for (let i = 0; i < rows; i++) out[i] = [a[i], b[i]]
      return out
    case 3:
      for (let i = 0; i < rows; i++) out[i] = [a[i], b[i], c[i]]
      return out
    case 4:
      for (let i = 0; i < rows; i++) out[i] = [a[i], b[i], c[i], d[i]]
      return out
    case 5:
      for (let i = 0; i < rows; i++) out[i] = [a[i], b[i], c[i], d[i], e[i]]
      return out
    case 6:
      for (let i = 0; i < rows; i++) out[i] = [a[i], b[i], c[i], d[i], e[i], f[i]]
      return out
    default:
      for (let i = 0; i < rows; i++) {
        const row: Cell[] = []
        for (const column of cells) row.push(column[i])
        out[i] = row
      }
      return out
  }
}

/** One column as cells. Where the raw numbers are the cells already, they are those. */
export function cellsOf(column: AnswerColumn, rows: number, strings: Strings): ArrayLike<Cell> {
  const cells = presentCells(column, rows, strings)
  const { present } = column
  return present === null ? cells : Array.from({ length: rows }, (_, i) => (present[i] === 0 ? null : cells[i]))
}

function presentCells({ type, v }: AnswerColumn, rows: number, strings: Strings): ArrayLike<Cell> {
  if (v.as === 'any') return Array.from({ length: rows }, (_, i) => plain(v.values[i]))
  switch (type.base) {
    case 'double':
    case 'ref':
      return v.values as Float64Array
    case 'long':
      return v.as === 'f64' ? v.values : Array.from({ length: rows }, (_, i) => exactly(v.values[i]))
    case 'boolean':
      return Array.from({ length: rows }, (_, i) => v.values[i] === 1)
    case 'decimal': {
      const { digits } = type
      return Array.from(
        { length: rows },
        (_, i) => new Decimal(v.as === 'i128' ? wideAt(v.values, i) : BigInt(v.values[i]), digits),
      )
    }
    case 'instant': {
      const unit = type.micros ? 1n : 1000n
      return Array.from({ length: rows }, (_, i) => new Instant(BigInt(v.values[i]) * unit))
    }
    case 'date':
      return Array.from({ length: rows }, (_, i) => new LocalDate(Number(v.values[i])))
    case 'keyword':
      return coded(v.values as Int32Array, rows, code => new Keyword(strings.text(code)))
    default:
      return coded(v.values as Int32Array, rows, code => strings.text(code))
  }
}

const exactly = (raw: number | bigint): number | bigint => (Number.isSafeInteger(Number(raw)) ? Number(raw) : raw)

function plain(value: AnyValue): Cell {
  if (value instanceof EntityRef) return value.number
  return typeof value === 'bigint' ? exactly(value) : value
}

/** Makes the cell of each code once. */
function coded<C>(codes: Int32Array, rows: number, cell: (code: number) => C): C[] {
  const known: C[] = []
  const others = new Map<number, C>()
  const out: C[] = new Array(rows)
  for (let i = 0; i < rows; i++) {
    const code = codes[i]
    if (code < 4096) {
      let made = known[code]
      if (made === undefined) {
        while (known.length <= code) known.push(undefined as C)
        known[code] = made = cell(code)
      }
      out[i] = made
    } else {
      let made = others.get(code)
      if (made === undefined) others.set(code, (made = cell(code)))
      out[i] = made
    }
  }
  return out
}
