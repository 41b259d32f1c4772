import { FactError } from '../base/error.ts'
import { ExactNumber } from '../base/json.ts'

/**
 * A JSON value as arguments have it: numbers that a double would change become `{$edn: "…"}` with their text.
 * Throws `argument` for null, which is never a value.
 */
export function exactArgument(value: unknown, name: string): unknown {
  if (value === null)
    throw new FactError('argument', `${name} is null, which no argument can be: leave it out, or give a value`)
  if (value instanceof ExactNumber) return { $edn: value.text }
  if (Array.isArray(value)) return value.map(item => exactArgument(item, name))
  if (typeof value !== 'object') return value
  const keys = Object.keys(value)
  if (keys.length !== 1 || keys[0] !== '$edn' || typeof (value as { $edn: unknown }).$edn !== 'string')
    throw new FactError(
      'argument',
      `${name} is an object, and the only one that an argument can be is {"$edn": "…"} with EDN text`,
    )
  return value
}
