import { ANY, decimalOf, refTo, showType, type ValueType } from '../../model/type.ts'
import type { Literal } from '../language/ast.ts'
import { showEdn } from '../language/edn-text.ts'

/** Types whose values can be equal to each other share a family (surface §7: keyword, string, instant and date never equal each other). */
export type Family =
  | 'number'
  | 'text'
  | 'uuid'
  | 'keyword'
  | 'boolean'
  | 'instant'
  | 'date'
  | 'entity'
  | 'list'
  | 'pull'
  | 'any'

export function familyOf(type: ValueType): Family {
  switch (type.base) {
    case 'long':
    case 'double':
    case 'decimal':
      return 'number'
    case 'string':
    case 'enum':
    case 'json':
      return 'text'
    case 'ref':
      return 'entity'
    default:
      return type.base
  }
}

/** A reference, to whatever kind. */
export const isEntityType = (type: ValueType): boolean => type.base === 'ref'

export const isExact = (type: ValueType): boolean => type.base === 'long' || type.base === 'decimal'

/** Whether some value could be of both types. */
export function comparable(a: ValueType, b: ValueType): boolean {
  const [x, y] = [familyOf(a), familyOf(b)]
  if (x === 'any' || y === 'any') return true
  if (a.base === 'ref' && b.base === 'ref') return a.kind === null || b.kind === null || a.kind === b.kind
  return x === y
}

const width = (type: ValueType): number => (type.base === 'long' ? 0 : type.base === 'decimal' ? type.digits : 100)

/** The type of a value that is of both types, which must be comparable: the one that fewer values have. */
export function narrower(a: ValueType, b: ValueType): ValueType {
  if (a.base === 'any') return b
  if (b.base === 'any') return a
  if (familyOf(a) === 'number') return width(a) <= width(b) ? a : b
  if (a.base === 'ref') return a.kind === null ? b : a
  if (familyOf(a) === 'text') return a.base === 'string' ? b : a
  if (a.base === 'instant' && b.base === 'instant') return a.micros ? b : a
  return a
}

/** The type of a value that is of either type. */
export function wider(a: ValueType, b: ValueType): ValueType {
  if (showType(a) === showType(b)) return a
  if (isExact(a) && isExact(b))
    return decimalOf(Math.max(a.base === 'decimal' ? a.digits : 0, b.base === 'decimal' ? b.digits : 0))
  if (a.base === 'ref' && b.base === 'ref') return refTo(null)
  if (a.base === 'instant' && b.base === 'instant') return a.micros ? a : b
  if (familyOf(a) === 'text' && familyOf(b) === 'text') return { base: 'string' }
  return ANY
}

export const showLiteral = (literal: Literal): string =>
  literal.type.base === 'uuid' ? `#uuid "${literal.value}"` : showEdn(literal.value)
