import { FactError } from '../../base/error.ts'
import { checkDecimal, Decimal, pow10 } from '../../model/decimal.ts'
import { DOUBLE, type ValueType } from '../../model/type.ts'
import { compareValues, type Value } from '../../model/value.ts'
import { keyText } from '../columns/numbering.ts'
import { BLOCK, type Run } from '../columns/relation.ts'
import { boxed, type Vector, vectorFrom } from '../columns/vector.ts'
import { add, finite, long, type Numeric, ratio } from '../functions/arithmetic.ts'
import { ExactSums } from './exact-sum.ts'
import { countRows, type Groups } from './groups.ts'

export const digitsOf = (type: ValueType): number => (type.base === 'decimal' ? type.digits : 0)

/**
 * Sums of integers in 53 bits, or undefined where some may need more: while all that was added up, signs left out, is a safe integer,
 * so was every sum on the way.
 */
function smallSums(values: Float64Array, { ids, count, rows }: Groups, run: Run): Float64Array | undefined {
  const sums = new Float64Array(count)
  let size = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    size += count === 1 ? addAll(values, sums, start, end) : addEach(values, ids, sums, start, end)
  }
  return size <= Number.MAX_SAFE_INTEGER ? sums : undefined
}

/** Four at a time, since each addition waits for the one before it. */
function addAll(values: Float64Array, sums: Float64Array, start: number, end: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let size = 0
  let more = 0
  let i = start
  for (; i + 3 < end; i += 4) {
    const w = values[i]
    const x = values[i + 1]
    const y = values[i + 2]
    const z = values[i + 3]
    a += w
    b += x
    c += y
    d += z
    size += Math.abs(w) + Math.abs(x)
    more += Math.abs(y) + Math.abs(z)
  }
  for (; i < end; i++) {
    a += values[i]
    size += Math.abs(values[i])
  }
  sums[0] += a + b + c + d
  return size + more
}

function addEach(values: Float64Array, ids: Int32Array, sums: Float64Array, start: number, end: number): number {
  let size = 0
  for (let i = start; i < end; i++) {
    const x = values[i]
    sums[ids[i]] += x
    size += Math.abs(x)
  }
  return size
}

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
  const small = vector.as === 'f64' ? smallSums(vector.values, groups, run) : undefined
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
  const counts = countRows(groups)
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
    const small = vector.as === 'f64' ? smallSums(vector.values, groups, run) : undefined
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
