import { Decimal } from './decimal.ts'
import { entityTextOf, plainText } from './entity-text.ts'
import type { FactView } from './fact-view.ts'
import type { ValueType } from './type.ts'
import { EntityRef, type Value } from './value.ts'

/**
 * A value as `/entity` writes it (surface §3): exact, so beyond 2^53 a long is a string of digits; a reference is its id, and JSON is itself.
 */
export function jsonValue(value: Value, view: FactView, { base }: ValueType): unknown {
  if (typeof value === 'bigint')
    return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : String(value)
  if (value instanceof EntityRef) return entityTextOf(view, value.number)
  if (value instanceof Decimal) return value.toString()
  if (base === 'json') return JSON.parse(value as string, asWritten)
  return typeof value === 'object' ? plainText(value) : value
}

/** Numbers that a double would change come out as they went in. */
function asWritten(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source
  return typeof value === 'number' && String(value) !== source ? rawJson(source!) : value
}

/** Node has it since 21; the language's own declarations do not yet. */
const { rawJSON: rawJson } = JSON as typeof JSON & { rawJSON(text: string): object }
