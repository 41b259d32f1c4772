import { showDate, showInstant, showMicros } from '../model/instant.ts'
import type { ValueType } from '../model/type.ts'
import { Instant, LocalDate, type Value } from '../model/value.ts'

/** The plain text of a value, as a part of a composite key, an event's id or a subject: decimals with all their digits, instants as ISO-8601. */
export function keyText(value: Value, type: ValueType): string {
  if (typeof value === 'string') return value
  if (value instanceof LocalDate) return showDate(value.days)
  if (value instanceof Instant)
    return type.base === 'instant' && type.micros ? showMicros(value.micros) : showInstant(Number(value.micros / 1000n))
  return String(value)
}
