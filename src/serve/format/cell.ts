import { unreachable } from '../../base/assert.ts'
import type { AnswerColumn } from '../../model/answer.ts'
import { wideAt } from '../../model/column.ts'
import { showDecimal } from '../../model/decimal.ts'
import type { Strings } from '../../model/fact-view.ts'
import { MS_PER_DAY, showDate, showMicros } from '../../model/instant.ts'
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
  if (v.as === 'any')
    return type.base === 'any' ? row => dialect.any(v.values[row]) : row => dialect.nested(v.values[row])
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
      return instants(v.values, dialect)
    case 'any':
    case 'pull':
    case 'list':
      throw new Error(`bug: ${column.find} of type ${type.base} as ${v.as}`)
    default:
      return unreachable(type)
  }
}

const isSafe = (value: number | bigint): boolean =>
  typeof value === 'number' || (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER)

const two = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))
const three = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'))

/** ISO-8601 of milliseconds, five times as quick as `Date`: rows mostly share their day with others, though not always with the one before. */
function instants(values: ArrayLike<number | bigint>, dialect: Dialect): Cells {
  const dates = remembered(days => `${showDate(days)}T`)
  let day = Number.NaN
  let date = ''
  return row => {
    const ms = Number(values[row])
    const days = Math.floor(ms / MS_PER_DAY)
    if (days !== day) {
      day = days
      date = dates(days)
    }
    const rest = ms - days * MS_PER_DAY
    const minutes = Math.floor(rest / 60_000)
    const seconds = Math.floor(rest / 1000) % 60
    return dialect.instant(
      `${date}${two[(minutes / 60) | 0]}:${two[minutes % 60]}:${two[seconds]}.${three[rest % 1000]}Z`,
    )
  }
}

/** The text of each different number is made once, or once again after many others. */
function remembered(show: (value: number) => string): (value: number) => string {
  const texts = new Map<number, string>()
  return value => {
    let text = texts.get(value)
    if (text === undefined) {
      if (texts.size >= KEPT) texts.clear()
      text = show(value)
      texts.set(value, text)
    }
    return text
  }
}

function kept(values: ArrayLike<number | bigint>, show: (value: number) => string): Cells {
  const text = remembered(show)
  return row => text(values[row] as number)
}
