import { type AnyValue, PullMap, TypedText } from '../../model/answer.ts'
import { Decimal } from '../../model/decimal.ts'
import { showDate, showInstant, showMicros } from '../../model/instant.ts'
import { EntityRef, Instant, Keyword, LocalDate, Sym, ValueMap } from '../../model/value.ts'

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

/** A string as EDN writes it, on one line. */
export const showEdnString = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
  `"${text.replace(/["\\\u0000-\u001f\u007f]/g, c => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

/** A double with a point or an exponent, so that it reads back as a double. */
function showDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return Object.is(value, -0) ? '-0.0' : `${value}.0`
  return String(value)
}

/** A value as EDN text that reads back as the same value: `"a"`, `7`, `2.550M`, `#inst "…"`, `:a/b`; a list is a vector, null is nil. */
export function showEdn(value: AnyValue): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return showEdnString(value)
  if (typeof value === 'number') return showDouble(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Decimal) return `${value}M`
  if (value instanceof Instant)
    return `#inst "${value.micros % 1000n === 0n ? showInstant(Number(value.micros / 1000n)) : showMicros(value.micros)}"`
  if (value instanceof LocalDate) return `#date "${showDate(value.days)}"`
  if (value instanceof Keyword) return value.name
  if (value instanceof EntityRef) return String(value.number)
  if (value instanceof Sym) return value.symbol
  if (value instanceof ValueMap) return `{${value.entries.map(entry => entry.map(showEdn).join(' ')).join(', ')}}`
  if (value instanceof PullMap) return `{${value.pairs.map(pair => pair.map(showEdn).join(' ')).join(', ')}}`
  if (value instanceof TypedText) return value.base === 'uuid' ? showEdnUuid(value.text) : showEdnString(value.text)
  return `[${value.map(showEdn).join(' ')}]`
}

/** A UUID is a string among values, so only whoever knows the column's type can write it as one. */
export const showEdnUuid = (text: string): string => `#uuid "${text}"`
