import { type AnyValue, PullMap, TypedText } from '../../model/answer.ts'
import { Decimal } from '../../model/decimal.ts'
import { plainText } from '../../model/entity-text.ts'
import { EntityRef, Instant, isList, Keyword, LocalDate, type Value } from '../../model/value.ts'
import { showEdn } from '../../query/query.ts'

/** How one format writes a value of each type. All give finished text, quotes and escapes included. */
export interface Dialect {
  readonly absent: string
  text(value: string): string
  uuid(value: string): string
  /** `value` is JSON already. */
  json(value: string): string
  /** With its colon. */
  keyword(value: string): string
  /** Digits of a long; not `safe` beyond 2^53 - 1. */
  long(digits: string, safe: boolean): string
  double(value: number): string
  /** With all its digits. */
  decimal(digits: string): string
  /** ISO-8601. */
  instant(iso: string): string
  date(iso: string): string
  boolean(value: boolean): string
  /** A value of a column without one type. */
  any(value: AnyValue): string
  /** A list, or what a pull gives: what stands inside is written as if it stood in a column of its own type. */
  nested(value: AnyValue): string
}

const quoted = (value: string): string => JSON.stringify(value)
const asWritten = (value: string): string => value
const plainBoolean = (value: boolean): string => (value ? 'true' : 'false')

/** The shortest text that reads back as the same double, the sign of zero included. */
const double = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

const isSafe = (value: bigint): boolean => value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER

/** A value as JSON of itself: a pull is an object with keys such as ":a/b". */
function plainJson(value: AnyValue): string {
  if (value === null) return 'null'
  if (value instanceof PullMap)
    return `{${value.pairs.map(([key, inside]) => `${quoted(keyName(key))}:${plainJson(inside)}`).join(',')}}`
  if (value instanceof TypedText) return value.base === 'json' ? value.text : quoted(value.text)
  return isList(value) ? `[${value.map(plainJson).join(',')}]` : typed(value as Value).json
}

const keyName = (key: Value): string => (typeof key === 'string' ? key : showEdn(key))

/** The type and text of a value that carries its own type, as surface §3 writes columns of several types. */
function typed(value: Exclude<AnyValue, null | PullMap | TypedText>): { readonly type: string; readonly json: string } {
  if (typeof value === 'string') return { type: 'string', json: quoted(value) }
  if (typeof value === 'bigint') return { type: 'long', json: jsonDialect.long(String(value), isSafe(value)) }
  if (typeof value === 'number') return { type: 'double', json: double(value) }
  if (typeof value === 'boolean') return { type: 'boolean', json: plainBoolean(value) }
  if (value instanceof Decimal) return { type: `decimal(${value.digits})`, json: quoted(value.toString()) }
  if (value instanceof Instant)
    return { type: value.micros % 1000n === 0n ? 'instant' : 'instant(6)', json: quoted(plainText(value)) }
  if (value instanceof LocalDate) return { type: 'date', json: quoted(plainText(value)) }
  if (value instanceof Keyword) return { type: 'keyword', json: quoted(value.name) }
  if (value instanceof EntityRef) return { type: 'ref', json: String(value.number) }
  if (isList(value)) return { type: 'list', json: `[${value.map(jsonDialect.any).join(',')}]` }
  return { type: 'edn', json: quoted(showEdn(value)) }
}

export const jsonDialect: Dialect = {
  absent: 'null',
  text: quoted,
  uuid: quoted,
  json: asWritten,
  keyword: quoted,
  long: (digits, safe) => (safe ? digits : `"${digits}"`),
  double,
  decimal: digits => `"${digits}"`,
  instant: iso => `"${iso}"`,
  date: iso => `"${iso}"`,
  boolean: plainBoolean,
  any: value => {
    if (value === null || value instanceof PullMap || value instanceof TypedText) return plainJson(value)
    const { type, json } = typed(value)
    return `{"type":"${type}","value":${json}}`
  },
  nested: plainJson,
}

export const ednDialect: Dialect = {
  absent: 'nil',
  text: showEdn,
  uuid: value => `#uuid "${value}"`,
  json: showEdn,
  keyword: asWritten,
  long: asWritten,
  double: showEdn,
  decimal: digits => `${digits}M`,
  instant: iso => `#inst "${iso}"`,
  date: iso => `#date "${iso}"`,
  boolean: plainBoolean,
  any: showEdn,
  nested: showEdn,
}

/** RFC 4180: quotes only where they are needed, and around the empty string, which would otherwise be null. */
export const csvText = (value: string): string =>
  value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

export const csvDialect: Dialect = {
  absent: '',
  text: csvText,
  uuid: csvText,
  json: csvText,
  keyword: csvText,
  long: asWritten,
  double,
  decimal: asWritten,
  instant: asWritten,
  date: asWritten,
  boolean: plainBoolean,
  any: value => (value === null ? '' : csvText(jsonDialect.any(value))),
  nested: value => (value === null ? '' : csvText(plainJson(value))),
}

const escaped = (c: string): string =>
  c === '\n' ? '\\n' : c === '\t' ? '\\t' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

/** On one line of a terminal: control characters, which could move its cursor, are escaped. */
export const printable = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
  value === '' ? '""' : value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, escaped)

export const tableDialect: Dialect = {
  ...csvDialect,
  text: printable,
  uuid: printable,
  json: printable,
  keyword: printable,
  any: value => (value === null ? '' : printable(showEdn(value))),
  nested: value => (value === null ? '' : printable(showEdn(value))),
}
