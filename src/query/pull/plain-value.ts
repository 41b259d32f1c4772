import { type AnyValue, PullMap, TypedText } from '../../model/answer.ts'
import type { Value } from '../../model/value.ts'

/** A pulled value as functions have it; undefined for a map, or a list of them. */
export function plainValue(value: Exclude<AnyValue, null>): Value | undefined {
  if (value instanceof PullMap) return undefined
  if (value instanceof TypedText) return value.text
  if (!Array.isArray(value)) return value as Value
  const items = value.map(item => (item === null ? undefined : plainValue(item)))
  return items.includes(undefined) ? undefined : (items as Value[])
}
