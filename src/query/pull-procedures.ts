import { FactError } from '../base/error.ts'
import { Decimal } from '../model/decimal.ts'
import { showType, type ValueType } from '../model/type.ts'
import { EntityRef, Instant, isList, Keyword, LocalDate, type Value } from '../model/value.ts'
import { keyText } from './columns/numbering.ts'
import type { Procedure } from './language/procedure.ts'
import { asArgument } from './operators/call-procedure.ts'
import { plainValue } from './pull/plain-value.ts'
import type { Transform } from './pull/pull.ts'

/** The procedures of a project that `:xform` in a pull may name: those of one argument. What a caller registers wins; functions of the language are there anyway. */
export function transformsOf(
  procedures: ReadonlyMap<string, Procedure>,
  registered: ReadonlyMap<string, Transform> = new Map(),
): ReadonlyMap<string, Transform> {
  const transforms = new Map<string, Transform>()
  for (const [name, procedure] of procedures) transforms.set(name, transformOf(procedure))
  for (const [name, transform] of registered) transforms.set(name, transform)
  return transforms
}

/** Asked once for each different value. Nothing stays nothing: a procedure sees values only. */
function transformOf(procedure: Procedure): Transform {
  const known = new Map<string, Value | null>()
  return value => {
    if (value === null) return null
    const plain = plainValue(value)
    if (procedure.args.length !== 1)
      throw new FactError('arity', `:xform ${procedure.name}: it takes ${procedure.args.length} arguments, not 1`)
    const [type] = procedure.args
    if (plain === undefined || !fits(plain, type))
      throw new FactError(
        'wrong-type',
        `:xform ${procedure.name}: it takes ${showType(type)}, and what is pulled here is ${plain === undefined ? 'a map' : 'none'}`,
      )
    const key = keyText(plain)
    let result = known.get(key)
    if (result === undefined) {
      result = procedure.call([[asArgument(procedure, 0, plain)]])[0]
      known.set(key, result)
    }
    return result
  }
}

/** Whether a value may be given where a type was declared; digits of decimals are judged where it is. */
function fits(value: Value, type: ValueType): boolean {
  switch (type.base) {
    case 'list':
      return isList(value) && value.every(item => fits(item, type.of))
    case 'long':
      return typeof value === 'bigint'
    case 'double':
      return typeof value === 'number'
    case 'decimal':
      return typeof value === 'bigint' || value instanceof Decimal
    case 'boolean':
      return typeof value === 'boolean'
    case 'instant':
      return value instanceof Instant
    case 'date':
      return value instanceof LocalDate
    case 'keyword':
      return value instanceof Keyword
    case 'ref':
      return value instanceof EntityRef
    case 'string':
    case 'enum':
    case 'uuid':
    case 'json':
      return typeof value === 'string'
    default:
      return true
  }
}
