import { Decimal } from './decimal.ts'
import { entityTextOf, plainText } from './entity-text.ts'
import type { FactView } from './fact-view.ts'
import { EntityRef, type Value } from './value.ts'

/** A value as `/entity` writes it (surface §3): exact, so beyond 2^53 a long is a string of digits; a reference is its id. */
export function jsonValue(value: Value, view: FactView): string | number | boolean {
  if (typeof value === 'bigint')
    return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : String(value)
  if (value instanceof EntityRef) return entityTextOf(view, value.number)
  if (value instanceof Decimal) return value.toString()
  return typeof value === 'object' ? plainText(value) : value
}
