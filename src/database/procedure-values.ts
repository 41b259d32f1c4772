import { Decimal, rescale } from '../model/decimal.ts'
import type { ValueType } from '../model/type.ts'
import { Instant, isList, LocalDate, type Value } from '../model/value.ts'
import type { ProcedureValue } from './authoring.ts'

/** A value as it goes from thread to thread: structured cloning keeps no classes, and both sides know the type. */
export type Wire = string | boolean | bigint | number | null | readonly Wire[]

const DAY_MS = 86_400_000

/** A value of the declared type for the way to the thread. */
export function toWire(value: Value): Wire {
  if (value instanceof Decimal) return value.unscaled
  if (value instanceof Instant) return value.micros
  if (value instanceof LocalDate) return value.days
  if (isList(value)) return value.map(toWire)
  if (typeof value === 'object') return String(value)
  return value
}

/** What the author's function is given. */
export function toAuthor(wire: Wire, type: ValueType): ProcedureValue {
  switch (type.base) {
    case 'decimal':
      return new Decimal(wire as bigint, type.digits)
    case 'instant':
      return type.micros ? (wire as bigint) : new Date(Number((wire as bigint) / 1000n))
    case 'date':
      return new Date((wire as number) * DAY_MS)
    case 'list':
      return (wire as readonly Wire[]).map(item => toAuthor(item, type.of))
    default:
      return wire as ProcedureValue
  }
}

/** What the author's function gave, for the way back; undefined where it is nothing of the declared type. */
export function fromAuthor(given: unknown, type: ValueType): Wire | undefined {
  switch (type.base) {
    case 'long':
      if (typeof given === 'number' && Number.isSafeInteger(given)) return BigInt(given)
      return typeof given === 'bigint' && BigInt.asIntN(64, given) === given ? given : undefined
    case 'double':
      return typeof given === 'number' && Number.isFinite(given) ? given : undefined
    case 'boolean':
      return typeof given === 'boolean' ? given : undefined
    case 'decimal':
      if (typeof given === 'bigint') return rescale(new Decimal(given, 0), type.digits)
      return given instanceof Decimal ? rescale(given, type.digits) : undefined
    case 'instant':
      if (type.micros && typeof given === 'bigint') return given
      return given instanceof Date && Number.isFinite(given.getTime()) ? BigInt(given.getTime()) * 1000n : undefined
    case 'date':
      return given instanceof Date && given.getTime() % DAY_MS === 0 ? given.getTime() / DAY_MS : undefined
    case 'enum':
      return typeof given === 'string' && type.values.includes(given) ? given : undefined
    case 'list': {
      if (!Array.isArray(given)) return undefined
      const items = given.map(item => fromAuthor(item, type.of))
      return items.every(item => item !== undefined) ? items : undefined
    }
    default:
      return typeof given === 'string' ? given : undefined
  }
}

/** A value of the engine from what came back. */
export function fromWire(wire: Wire, type: ValueType): Value | null {
  if (wire === null) return null
  switch (type.base) {
    case 'decimal':
      return new Decimal(wire as bigint, type.digits)
    case 'instant':
      return new Instant(wire as bigint)
    case 'date':
      return new LocalDate(wire as number)
    case 'list':
      return (wire as readonly Wire[]).map(item => fromWire(item, type.of)!)
    default:
      return wire as Value
  }
}
