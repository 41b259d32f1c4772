import { FactError } from '../base/error.ts'
import { Decimal, parseDecimal, rescale } from './decimal.ts'
import { KIND_SIZE, kindOf, ordinalOf } from './entity-id.ts'
import type { FactView } from './fact-view.ts'
import { parseDate, parseInstantNanos, showDate, showInstant, showMicros } from './instant.ts'
import type { Kind } from './schema.ts'
import { showType, type ValueType } from './type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from './value.ts'

/** A value as plain text, as ids, CSV and composite keys have it. A reference is its entity number. */
export function plainText(value: Value): string {
  if (value instanceof Instant)
    return value.micros % 1000n === 0n ? showInstant(Number(value.micros / 1000n)) : showMicros(value.micros)
  if (value instanceof LocalDate) return showDate(value.days)
  if (value instanceof Keyword) return value.name
  if (value instanceof EntityRef) return String(value.number)
  return String(value)
}

/** Reads a key of the given type from the text of an id, exactly; undefined where it is none. */
export function keyOfText(type: ValueType, text: string): Value | undefined {
  switch (type.base) {
    case 'long': {
      if (!/^-?\d+$/.test(text)) return undefined
      const value = BigInt(text)
      return BigInt.asIntN(64, value) === value ? value : undefined
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'double':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'decimal': {
      const decimal = parseDecimal(text)
      const unscaled = decimal && rescale(decimal, type.digits)
      return unscaled === undefined ? undefined : new Decimal(unscaled, type.digits)
    }
    case 'instant': {
      const nanos = parseInstantNanos(text)
      return nanos === undefined || nanos % (type.micros ? 1000n : 1_000_000n) !== 0n
        ? undefined
        : new Instant(nanos / 1000n)
    }
    case 'date': {
      const days = parseDate(text)
      return days === undefined ? undefined : new LocalDate(days)
    }
    case 'uuid':
      return text.toLowerCase()
    default:
      return text
  }
}

/** `customer:17850` of an entity, `tx:12` of a transaction. */
export const entityText = (view: FactView, kind: Kind, ordinal: number): string =>
  `${kind.name}:${plainText(view.key(kind, ordinal))}`

/** The same by entity number. */
export const entityTextOf = (view: FactView, entity: number): string =>
  entityText(view, view.schema.kinds[kindOf(entity)], ordinalOf(entity))

export interface EntityName {
  readonly kind: Kind
  /** -1 where the store never knew the key. */
  readonly ordinal: number
}

/** Reads an entity id: its number, or `<kind>:<key>`. Throws `argument` where it is neither, `not-found` for an unknown kind. */
export function parseEntityId(view: FactView, id: string): EntityName {
  // most ids begin with the name of their kind
  const first = id.charCodeAt(0)
  if (first >= 48 && first <= 57 && /^\d+$/.test(id)) {
    const number = Number(id)
    const kind = Number.isSafeInteger(number) ? view.schema.kinds[kindOf(number)] : undefined
    if (!kind) throw new FactError('not-found', `no entity has the number ${id}`, { knownFrom: null })
    const ordinal = number % KIND_SIZE
    return { kind, ordinal: ordinal < view.extent(kind) ? ordinal : -1 }
  }
  const colon = id.indexOf(':')
  if (colon <= 0)
    throw new FactError(
      'argument',
      `${JSON.stringify(id)} is no entity id: give its number, or kind and key such as customer:17850`,
    )
  const kind = view.schema.kind(id.slice(0, colon))
  const text = id.slice(colon + 1)
  const key = keyOfText(kind.keyType, text)
  if (key === undefined)
    throw new FactError(
      'argument',
      `the key of a ${kind.name} is a ${showType(kind.keyType)}, and ${JSON.stringify(text)} is none`,
    )
  return { kind, ordinal: view.ordinal(kind, key) }
}
