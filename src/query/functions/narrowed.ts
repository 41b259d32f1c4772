import type { Numeric } from '../../model/arithmetic.ts'
import { Decimal, rescale } from '../../model/decimal.ts'
import { showType, type ValueType } from '../../model/type.ts'
import { compareNumbers, EntityRef } from '../../model/value.ts'
import type { Literal } from '../language/ast.ts'
import { comparable, familyOf } from './comparable.ts'

/** A literal as a value of a type; a number that the type cannot hold stays as exact as it was written. Undefined where it is of another family. */
export function narrowed(literal: Literal, type: ValueType): Literal | undefined {
  if (showType(literal.type) === showType(type)) return literal
  if (type.base === 'ref' && typeof literal.value === 'bigint')
    return { value: new EntityRef(Number(literal.value)), type, exact: null }
  if (!comparable(literal.type, type)) return undefined
  if (familyOf(type) !== 'number' || type.base === 'any')
    return { ...literal, type: type.base === 'any' ? literal.type : type }
  const { value } = literal
  const exact = literal.exact ?? (typeof value === 'bigint' ? new Decimal(value, 0) : undefined)
  if (type.base === 'double') {
    if (typeof value === 'number') return literal
    const near = Number(String(value))
    return compareNumbers(near, value as Numeric) === 0 ? { value: near, type, exact: exact ?? null } : literal
  }
  if (exact === undefined) return literal
  const unscaled = rescale(exact, type.base === 'decimal' ? type.digits : 0)
  if (unscaled === undefined) return { value: exact, type: { base: 'decimal', digits: exact.digits }, exact }
  if (type.base === 'decimal') return { value: new Decimal(unscaled, type.digits), type, exact }
  return BigInt.asIntN(64, unscaled) === unscaled ? { value: unscaled, type, exact: null } : literal
}
