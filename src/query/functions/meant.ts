import { parseDecimal } from '../../model/decimal.ts'
import { parseDate, parseInstantNanos, showDate, showInstant } from '../../model/instant.ts'
import type { ValueType } from '../../model/type.ts'
import { Instant, Keyword, LocalDate } from '../../model/value.ts'
import type { Literal } from '../language/ast.ts'
import { showEdn } from '../language/edn-text.ts'

/** How a literal of this type is written. */
export function example(type: ValueType): string {
  switch (type.base) {
    case 'long':
      return 'a whole number such as 7'
    case 'double':
      return 'a number such as 2.5'
    case 'decimal':
      return 'a number such as 2.55 or 2.55M'
    case 'boolean':
      return 'true or false'
    case 'instant':
      return '#inst "2011-03-01T00:00:00Z"'
    case 'date':
      return '#date "2011-03-01"'
    case 'uuid':
      return '#uuid "…"'
    case 'keyword':
      return 'a keyword such as :customer/country'
    case 'ref':
      if (type.kind === 'tx') return 'a variable that a pattern binds, or the number of a transaction'
      return type.kind === null
        ? 'an entity number or a lookup ref'
        : `an entity number or a lookup ref such as [:${type.kind}/id …]`
    case 'enum':
      return `one of ${type.values.map(value => `"${value}"`).join(', ')}`
    default:
      return 'a string such as "France"'
  }
}

const DAY = 86_400_000

/** The literal of a type that a person meant who wrote another one, such as `#date "1980-05-01"` for `"1980-05-01"`; undefined where only an example helps. */
export function meant({ value, type: written }: Literal, type: ValueType): string | undefined {
  const text = typeof value === 'string' && written.base !== 'uuid' ? value.trim() : undefined
  switch (type.base) {
    case 'string':
      return value instanceof Keyword
        ? showEdn(value.name.slice(1))
        : typeof value === 'bigint'
          ? `"${value}"`
          : undefined
    case 'enum': {
      const name = value instanceof Keyword ? value.name.slice(1) : (text ?? '')
      const found = type.values.find(each => each.toLowerCase() === name.toLowerCase())
      return found && showEdn(found)
    }
    case 'long':
      return text !== undefined && /^-?\d{1,18}$/.test(text) ? text : undefined
    case 'double':
    case 'decimal':
      return text !== undefined && parseDecimal(text) !== undefined ? text : undefined
    case 'boolean':
      return text === 'true' || text === 'false' ? text : undefined
    case 'date':
      if (value instanceof Instant) return showEdn(new LocalDate(Math.floor(Number(value.micros / 1000n) / DAY)))
      return text !== undefined && parseDate(text) !== undefined ? `#date "${text}"` : undefined
    case 'instant': {
      if (value instanceof LocalDate) return `#inst "${showDate(value.days)}T00:00:00Z"`
      if (text === undefined) return undefined
      if (parseDate(text) !== undefined) return `#inst "${text}T00:00:00Z"`
      const nanos = parseInstantNanos(text)
      return nanos === undefined ? undefined : `#inst "${showInstant(Number(nanos / 1_000_000n))}"`
    }
    case 'uuid':
      return text !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
        ? `#uuid "${text}"`
        : undefined
    case 'keyword':
      return text !== undefined && /^:?[\w.-]+(\/[\w.-]+)?$/.test(text) ? `:${text.replace(/^:/, '')}` : undefined
    case 'ref': {
      const [, kind, key] = /^([a-z][\w-]*):(.+)$/s.exec(text ?? '') ?? []
      return kind !== undefined && (type.kind === null || type.kind === kind)
        ? `[:${kind}/id ${showEdn(key)}]`
        : undefined
    }
    default:
      return undefined
  }
}
