import { FactError } from '../../base/error.ts'
import { add, divide, finite, type Numeric, ratio } from '../../model/arithmetic.ts'
import { Decimal, pow10 } from '../../model/decimal.ts'
import { DOUBLE } from '../../model/type.ts'
import { compareNumbers, type Value } from '../../model/value.ts'
import { BLOCK, type Run } from '../columns/relation.ts'
import { boxed, type Vector, valueAt } from '../columns/vector.ts'
import { ExactSums } from './exact-sum.ts'
import { eachGroup, type Groups } from './groups.ts'
import { digitsOf } from './sums.ts'

const doubles = (values: number[]): Vector => ({ type: DOUBLE, as: 'f64', values: Float64Array.from(values) })

function numberOf(value: Value): Numeric {
  if (typeof value === 'bigint' || typeof value === 'number' || value instanceof Decimal) return value
  throw new FactError('wrong-type', 'a statistic met a value that is no number')
}

/** The middle value of each group, or the mean of the two in the middle, as the nearest double. */
export function median(vector: Vector, groups: Groups, run: Run): Vector {
  return doubles(
    eachGroup(groups, rows => {
      run.stop()
      const sorted = sortedNumbers(vector, rows, run)
      const middle = sorted.length >> 1
      const [low, high] =
        sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]]
      if (low === high) return toDouble(low)
      if (typeof low === 'number' && typeof high === 'number')
        return finite(Number.isFinite(low + high) ? (low + high) / 2 : low / 2 + high / 2)
      return divide(add(low, high), 2n)
    }),
  )
}

const toDouble = (value: Numeric): number => (typeof value === 'number' ? value : divide(value, 1n))

/** The numbers of some rows, ascending. Raw numbers are sorted natively. */
function sortedNumbers(vector: Vector, rows: Int32Array, run: Run): Numeric[] {
  if (vector.as === 'any' || vector.type.base === 'any')
    return Array.from(rows, row => numberOf(valueAt(vector, row, run))).sort(compareNumbers)
  const digits = digitsOf(vector.type)
  const exact = (raw: bigint): Numeric => (vector.type.base === 'decimal' ? new Decimal(raw, digits) : raw)
  if (vector.as === 'i64') return Array.from(BigInt64Array.from(rows, row => vector.values[row]).sort(), exact)
  const raws = Float64Array.from(rows, row => vector.values[row]).sort()
  return vector.type.base === 'double' ? Array.from(raws) : Array.from(raws, raw => exact(BigInt(raw)))
}

/** The variance of each group as a population. Exact numbers are summed exactly and rounded once. */
export function variance(vector: Vector, groups: Groups, run: Run): Vector {
  if (vector.as !== 'any' && vector.type.base !== 'double')
    return ofIntegers(vector.values, digitsOf(vector.type), groups, run)
  const values = vector.type.base === 'double' ? null : boxed(vector, groups.rows, run)
  return doubles(
    eachGroup(groups, rows => {
      run.stop()
      const numbers = values === null ? undefined : Array.from(rows, row => numberOf(values[row]))
      if (numbers === undefined) return ofDoubles(Array.from(rows, row => Number(vector.values[row])))
      if (numbers.some(value => typeof value === 'number')) return ofDoubles(numbers.map(toDouble))
      return ofExact(numbers as (bigint | Decimal)[])
    }),
  )
}

export function deviation(vector: Vector, groups: Groups, run: Run): Vector {
  return doubles(Array.from(variance(vector, groups, run).values as Float64Array, Math.sqrt))
}

/** Integers scaled by 10^digits. What fits is added up in 53 bits, and to the rest whenever the next may not. */
function ofIntegers(values: ArrayLike<number | bigint>, digits: number, groups: Groups, run: Run): Vector {
  const sums = new Array<bigint>(groups.count).fill(0n)
  const squares = new Array<bigint>(groups.count).fill(0n)
  const [partSums, partSquares] = [new Float64Array(groups.count), new Float64Array(groups.count)]
  for (let row = 0; row < groups.rows; row++) {
    if (row % BLOCK === 0) run.stop()
    const group = groups.ids[row]
    const x = Number(values[row])
    const squared = x * x
    if (squared > Number.MAX_SAFE_INTEGER) {
      const exact = BigInt(values[row])
      sums[group] += exact
      squares[group] += exact * exact
      continue
    }
    if (partSquares[group] + squared > Number.MAX_SAFE_INTEGER) {
      squares[group] += BigInt(partSquares[group])
      partSquares[group] = 0
      sums[group] += BigInt(partSums[group])
      partSums[group] = 0
    }
    // a whole number is at most its square, so the sum has room where that of the squares has
    partSums[group] += x
    partSquares[group] += squared
  }
  const counts = groups.sizes(run)
  return doubles(
    sums.map((sum, group) =>
      ofSums(BigInt(counts[group]), sum + BigInt(partSums[group]), squares[group] + BigInt(partSquares[group]), digits),
    ),
  )
}

/** (n * sum of squares - square of the sum) / n^2, all of it integers. */
const ofSums = (n: bigint, sum: bigint, squares: bigint, digits: number): number =>
  finite(ratio(n * squares - sum * sum, n * n * pow10(2 * digits)))

function ofExact(numbers: readonly (bigint | Decimal)[]): number {
  let digits = 0
  for (const value of numbers) if (value instanceof Decimal) digits = Math.max(digits, value.digits)
  let [sum, squares] = [0n, 0n]
  for (const value of numbers) {
    const x = value instanceof Decimal ? value.unscaled * pow10(digits - value.digits) : value * pow10(digits)
    sum += x
    squares += x * x
  }
  return ofSums(BigInt(numbers.length), sum, squares, digits)
}

/** In two passes, each an exact sum, so that the order of the rows does not matter. */
function ofDoubles(numbers: readonly number[]): number {
  const mean = finite(total(numbers) / numbers.length)
  return finite(total(numbers.map(x => (x - mean) ** 2)) / numbers.length)
}

function total(numbers: readonly number[]): number {
  const sums = new ExactSums(1)
  for (const x of numbers) sums.add(0, x)
  return finite(sums.total(0))
}
