import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import { checkDecimal, Decimal, pow10 } from '../model/decimal.ts'
import { ANY, DOUBLE, LONG, showType, type ValueType } from '../model/type.ts'
import { compareValues, type Value } from '../model/value.ts'
import { add, finite, long, type Numeric, ratio } from './arithmetic.ts'
import { familyOf } from './comparable.ts'
import type { EdnPlace } from './edn.ts'
import { ExactSums } from './exact-sum.ts'
import { ordered } from './filter.ts'
import { keyText, numberRows } from './numbering.ts'
import type { Run } from './relation.ts'
import { boxed, cast, take, type Vector, vectorFrom } from './vector.ts'

/** Rows in groups: row `i` is of group `ids[i]`, and every one of the `count` groups has a row. */
export interface Groups {
  readonly ids: Int32Array
  readonly count: number
  readonly rows: number
}

export interface Aggregate {
  /** The type of the result. Throws `wrong-type`. */
  readonly result: (type: ValueType, at: EdnPlace) => ValueType
  /** One value for each group. Throws `arithmetic`. */
  readonly over: (vector: Vector, groups: Groups, run: Run) => Vector
}

const numbersOnly =
  (name: string, give: (type: ValueType) => ValueType) =>
  (type: ValueType, at: EdnPlace): ValueType => {
    if (type.base !== 'any' && familyOf(type) !== 'number') {
      throw new FactError('wrong-type', `(${name} …) takes numbers, not ${showType(type)}`, at)
    }
    return type.base === 'any' ? (name === 'avg' ? DOUBLE : ANY) : give(type)
  }

export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: { result: () => LONG, over: (_, groups) => longs(countRows(groups)) },
  'count-distinct': { result: () => LONG, over: countDistinct },
  sum: { result: numbersOnly('sum', type => type), over: sum },
  avg: { result: numbersOnly('avg', () => DOUBLE), over: average },
  min: { result: type => type, over: (vector, groups, run) => extreme(vector, groups, -1, run) },
  max: { result: type => type, over: (vector, groups, run) => extreme(vector, groups, 1, run) },
}

const LATER = ['median', 'variance', 'stddev', 'distinct', 'rand', 'sample']

/** Throws `unknown-function` with the nearest names, or `unsupported`. */
export function aggregateNamed(name: string, at: EdnPlace): Aggregate {
  if (Object.hasOwn(AGGREGATES, name)) return AGGREGATES[name]
  if (LATER.includes(name)) throw new FactError('unsupported', `the aggregate ${name} is not built yet`, at)
  const near = nearest(name, Object.keys(AGGREGATES))
  throw new FactError('unknown-function', `there is no aggregate ${name}.${hint(near)}`, { ...at, nearest: near })
}

const longs = (counts: Float64Array): Vector => ({ type: LONG, as: 'f64', values: counts })

function countRows({ ids, count, rows }: Groups): Float64Array {
  const counts = new Float64Array(count)
  for (let i = 0; i < rows; i++) counts[ids[i]]++
  return counts
}

function countDistinct(vector: Vector, groups: Groups, run: Run): Vector {
  const group: Vector = { type: LONG, as: 'i32', values: groups.ids }
  const pairs = numberRows([group, vector], groups.rows, run)
  const counts = new Float64Array(groups.count)
  const seen = new Uint8Array(pairs.count)
  for (let i = 0; i < groups.rows; i++) {
    if (seen[pairs.ids[i]] === 0) {
      seen[pairs.ids[i]] = 1
      counts[groups.ids[i]]++
    }
  }
  return longs(counts)
}

const digitsOf = (type: ValueType): number => (type.base === 'decimal' ? type.digits : 0)

/** Sums of integers in 53 bits, or undefined where some needs more. */
function smallSums(values: Float64Array, { ids, count, rows }: Groups): Float64Array | undefined {
  const sums = new Float64Array(count)
  let largest = 0
  for (let i = 0; i < rows; i++) {
    const next = sums[ids[i]] + values[i]
    sums[ids[i]] = next
    if (next > largest) largest = next
    else if (-next > largest) largest = -next
  }
  return largest <= Number.MAX_SAFE_INTEGER ? sums : undefined
}

/** Exact sums of long or decimal, scaled by the digits of the type. */
function wideSums(vector: Vector, { ids, count, rows }: Groups): bigint[] {
  const sums = new Array<bigint>(count).fill(0n)
  for (let i = 0; i < rows; i++) {
    const value = vector.values[i]
    sums[ids[i]] += value instanceof Decimal ? value.unscaled : BigInt(value as number | bigint)
  }
  return sums
}

function doubleSums(values: ArrayLike<number>, groups: Groups): Float64Array {
  const sums = new ExactSums(groups.count)
  for (let i = 0; i < groups.rows; i++) sums.add(groups.ids[i], values[i])
  return Float64Array.from({ length: groups.count }, (_, group) => finite(sums.total(group)))
}

function sum(vector: Vector, groups: Groups, run: Run): Vector {
  run.stop()
  const { type } = vector
  if (type.base === 'any') return mixedSums(vector, groups, run)
  if (type.base === 'double') return { type, as: 'f64', values: doubleSums(vector.values as Float64Array, groups) }
  const small = vector.as === 'f64' ? smallSums(vector.values, groups) : undefined
  if (small) return { type, as: 'f64', values: small }
  const check =
    type.base === 'long'
      ? (total: bigint): Value => long(total)
      : (total: bigint) => new Decimal(checkDecimal(total), digitsOf(type))
  return vectorFrom(type, wideSums(vector, groups).map(check), run)
}

function average(vector: Vector, groups: Groups, run: Run): Vector {
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
    const small = vector.as === 'f64' ? smallSums(vector.values, groups) : undefined
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

/** The least (-1) or greatest (1) value of each group. */
function extreme(vector: Vector, groups: Groups, sign: -1 | 1, run: Run): Vector {
  run.stop()
  const best = new Int32Array(groups.count).fill(-1)
  const raw = vector.as !== 'any' && ordered(vector.type)
  const values = raw ? vector.values : boxed(vector, groups.rows, run)
  for (let i = 0; i < groups.rows; i++) {
    const group = groups.ids[i]
    const leader = best[group]
    if (leader < 0) best[group] = i
    else if (raw) {
      const [x, y] = [values[i] as number, values[leader] as number]
      if (sign > 0 ? x > y : x < y) best[group] = i
    } else if (compareValues(values[i] as Value, values[leader] as Value) * sign > 0) best[group] = i
  }
  return cast(take(vector, best), vector.type, groups.count, run)
}
