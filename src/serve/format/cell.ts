import { unreachable } from '../../base/assert.ts'
import type { AnswerColumn } from '../../model/answer.ts'
import { wideAt } from '../../model/column.ts'
import { showDecimal } from '../../model/decimal.ts'
import type { Strings } from '../../model/fact-view.ts'
import { showDate, showInstant, showMicros } from '../../model/instant.ts'
import type { Dialect } from './dialect.ts'

/** Gives the finished text of one row of a column. */
export type Cells = (row: number) => string

/** Texts that are kept, so that a country which stands in a million rows is quoted once. */
const KEPT = 65_536

/** A column as text in some dialect, without a value object for any cell. */
export function cellsOf(column: AnswerColumn, strings: Strings, dialect: Dialect): Cells {
  const { present } = column
  const cells = valuesOf(column, strings, dialect)
  return present === null ? cells : row => (present[row] === 0 ? dialect.absent : cells(row))
}

function valuesOf(column: AnswerColumn, strings: Strings, dialect: Dialect): Cells {
  const { v, type } = column
  if (v.as === 'any') return row => dialect.any(v.values[row])
  switch (type.base) {
    case 'string':
    case 'enum':
      return kept(v.values, code => dialect.text(strings.text(code)))
    case 'uuid':
      return kept(v.values, code => dialect.uuid(strings.text(code)))
    case 'json':
      return kept(v.values, code => dialect.json(strings.text(code)))
    case 'keyword':
      return kept(v.values, code => dialect.keyword(strings.text(code)))
    case 'date':
      return kept(v.values, days => dialect.date(showDate(days)))
    case 'boolean':
      return row => dialect.boolean(v.values[row] === 1)
    case 'double':
      return row => dialect.double(v.values[row] as number)
    case 'long':
    case 'ref':
      return row => dialect.long(String(v.values[row]), isSafe(v.values[row]))
    case 'decimal':
      if (v.as === 'i128') return row => dialect.decimal(showDecimal(wideAt(v.values, row), type.digits))
      return row => dialect.decimal(showDecimal(v.values[row], type.digits))
    case 'instant':
      if (type.micros) return row => dialect.instant(showMicros(v.values[row]))
      return row => dialect.instant(showInstant(Number(v.values[row])))
    case 'any':
    case 'list':
      throw new Error(`bug: ${column.find} of type ${type.base} as ${v.as}`)
    default:
      return unreachable(type)
  }
}

const isSafe = (value: number | bigint): boolean =>
  typeof value === 'number' || (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER)

/** The text of each different number is made once, or once again after many others. */
function kept(values: ArrayLike<number | bigint>, show: (value: number) => string): Cells {
  const texts = new Map<number, string>()
  return row => {
    const value = values[row] as number
    let text = texts.get(value)
    if (text === undefined) {
      if (texts.size >= KEPT) texts.clear()
      text = show(value)
      texts.set(value, text)
    }
    return text
  }
}
