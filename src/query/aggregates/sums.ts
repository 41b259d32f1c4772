import { FactError } from '../../base/error.ts'
import { add, finite, long, type Numeric, ratio } from '../../model/arithmetic.ts'
import { checkDecimal, Decimal, pow10 } from '../../model/decimal.ts'
import { DOUBLE, type ValueType } from '../../model/type.ts'
import { compareValues, type Value } from '../../model/value.ts'
import { keyText } from '../columns/numbering.ts'
import type { Run } from '../columns/relation.ts'
import { boxed, type Vector, vectorFrom } from '../columns/vector.ts'
import { ExactSums } from './exact-sum.ts'
import type { Groups } from './groups.ts'

export const digitsOf = (type: ValueType): number => (type.base === 'decimal' ? type.digits : 0)

/** Exact sums of long or decimal, scaled by the digits of the type. */
export function wideSums(vector: Vector, { ids, count, rows }: Groups): bigint[] {
  const sums = new Array<bigint>(count).fill(0n)
  for (let i = 0; i < rows; i++) {
    const value = vector.values[i]
    sums[ids[i]] += value instanceof Decimal ? value.unscaled : BigInt(value as number | bigint)
  }
  return sums
}

export function doubleSums(values: ArrayLike<number>, groups: Groups): Float64Array {
  const sums = new ExactSums(groups.count)
  for (let i = 0; i < groups.rows; i++) sums.add(groups.ids[i], values[i])
  return Float64Array.from({ length: groups.count }, (_, group) => finite(sums.total(group)))
}

/** Exact, or an error; of doubles the nearest to the exact sum. */
export function sum(vector: Vector, groups: Groups, run: Run): Vector {
  run.stop()
  const { type } = vector
  if (type.base === 'any') return mixedSums(vector, groups, run)
  if (type.base === 'double') return { type, as: 'f64', values: doubleSums(vector.values as Float64Array, groups) }
  const small = vector.as === 'f64' ? groups.sums(vector.values, run) : undefined
  if (small) return { type, as: 'f64', values: small }
  const check =
    type.base === 'long'
      ? (total: bigint): Value => long(total)
      : (total: bigint) => new Decimal(checkDecimal(total), digitsOf(type))
  return vectorFrom(type, wideSums(vector, groups).map(check), run)
}

/** The double nearest to the exact mean; of doubles, of their exact sum. */
export function average(vector: Vector, groups: Groups, run: Run): Vector {
  run.stop()
  const { type } = vector
  // before all else: groups may be counted on the way
  const small =
    vector.as === 'f64' && (type.base === 'long' || type.base === 'decimal')
      ? groups.sums(vector.values, run)
      : undefined
  const counts = groups.sizes(run)
  const result = new Float64Array(groups.count)
  if (type.base === 'any') {
    const sums = boxed(mixedSums(vector, groups, run), groups.count, run)
    for (let group = 0; group < groups.count; group++) {
      const total = sums[group] as Numeric
      result[group] =
        typeof total === 'number'
          ? finite(total / counts[group])
          : total instanceof Decimal
            ? ratio(total.unscaled, pow10(total.digits) * BigInt(counts[group]))
            : ratio(total as bigint, BigInt(counts[group]))
    }
  } else if (type.base === 'double') {
    const sums = doubleSums(vector.values as Float64Array, groups)
    for (let group = 0; group < groups.count; group++) result[group] = finite(sums[group] / counts[group])
  } else {
    const unit = pow10(digitsOf(type))
    const sums = small === undefined ? wideSums(vector, groups) : null
    for (let group = 0; group < groups.count; group++) {
      result[group] = ratio(
        sums === null ? BigInt((small as Float64Array)[group]) : sums[group],
        unit * BigInt(counts[group]),
      )
    }
  }
  return { type: DOUBLE, as: 'f64', values: result }
}

/** Numbers of several types: summed in the total order of values, so that the plan does not matter. */
function mixedSums(vector: Vector, groups: Groups, run: Run): Vector {
  const each: Value[][] = Array.from({ length: groups.count }, () => [])
  boxed(vector, groups.rows, run).forEach((value, i) => {
    if (typeof value !== 'bigint' && typeof value !== 'number' && !(value instanceof Decimal)) {
      throw new FactError('wrong-type', 'a sum or an average met a value that is no number')
    }
    each[groups.ids[i]].push(value)
  })
  const sums = each.map(values =>
    values
      .sort((a, b) => compareValues(a, b) || (keyText(a) < keyText(b) ? -1 : 1))
      .reduce((a, b) => add(a as Numeric, b as Numeric)),
  )
  return vectorFrom(vector.type, sums, run)
}
