import { FactError } from '../base/error.ts'
import { pow10 } from '../model/decimal.ts'
import { LONG, type ValueType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import type { Term } from './ast.ts'
import { isExact } from './comparable.ts'
import type { EdnPlace } from './edn.ts'
import type { Naming, QueryFunction } from './functions.ts'
import { argumentTypes } from './infer.ts'
import { BLOCK, type Relation, type Run } from './relation.ts'
import { type Vector, valueAt, vectorFrom } from './vector.ts'

/** The result of a function for every row. Throws `arithmetic` with the place of the call. */
export function compute(
  fn: QueryFunction,
  args: readonly Term[],
  relation: Relation,
  at: EdnPlace,
  naming: Naming,
  run: Run,
): Vector {
  const types = new Map([...relation.columns].map(([name, vector]) => [name, vector.type]))
  const argTypes = argumentTypes(args, types)
  const type = fn.result(argTypes, at)
  const columns = args.map((arg, i) => operand(arg, argTypes[i], relation))
  const quick = kernelled(fn, type, argTypes, columns, relation.rows, run)
  if (quick) return quick
  const values: Value[] = new Array(relation.rows)
  const given: Value[] = new Array(args.length)
  for (let row = 0; row < relation.rows; row++) {
    if (row % BLOCK === 0) run.stop()
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]
      given[i] = 'constant' in column ? column.constant : valueAt(column, row, run)
    }
    values[row] = located(() => fn.value(given, naming), at)
  }
  return vectorFrom(type, values, run)
}

type Operand = Vector | { readonly constant: Value }

function operand(arg: Term, type: ValueType, relation: Relation): Operand {
  if (arg.term === 'constant') {
    const { literal } = arg
    return { constant: type.base === 'decimal' && literal.exact !== null ? literal.exact : literal.value }
  }
  return relation.columns.get((arg as { name: string }).name) as Vector
}

function located<X>(work: () => X, at: EdnPlace): X {
  try {
    return work()
  } catch (error) {
    if (error instanceof FactError && error.details.line === undefined)
      throw new FactError(error.kind, error.message, { ...error.details, ...at })
    throw error
  }
}

/** Two exact numbers in 53 bits each, without boxing; undefined where some result would need more. */
function kernelled(
  fn: QueryFunction,
  type: ValueType,
  types: readonly ValueType[],
  columns: readonly Operand[],
  rows: number,
  run: Run,
): Vector | undefined {
  if (fn.kernel === undefined || columns.length !== 2 || !types.every(isExact) || !isExact(type)) return undefined
  const [x, y] = columns.map((column, i) => scaledNumbers(column, types[i], type, fn.kernel !== 'multiply', rows))
  if (x === undefined || y === undefined) return undefined
  run.stop()
  const out = new Float64Array(rows)
  let largest = 0
  for (let i = 0; i < rows; i++) {
    const z = fn.kernel === 'add' ? x[i] + y[i] : fn.kernel === 'subtract' ? x[i] - y[i] : x[i] * y[i]
    out[i] = z
    largest = Math.max(largest, Math.abs(x[i]), Math.abs(y[i]), Math.abs(z))
  }
  return largest <= Number.MAX_SAFE_INTEGER
    ? { type: type.base === 'long' ? LONG : type, as: 'f64', values: out }
    : undefined
}

/** Raw integers of an operand, brought to the digits of the result where they add up. */
function scaledNumbers(
  column: Operand,
  type: ValueType,
  result: ValueType,
  align: boolean,
  rows: number,
): Float64Array | undefined {
  const own = type.base === 'decimal' ? type.digits : 0
  const shift = align && result.base === 'decimal' ? result.digits - own : 0
  const factor = Number(pow10(shift))
  if (!Number.isSafeInteger(factor)) return undefined
  if ('constant' in column) {
    const { constant } = column
    const raw =
      typeof constant === 'bigint'
        ? Number(constant)
        : typeof constant === 'object' && 'unscaled' in constant
          ? Number(constant.unscaled)
          : Number.NaN
    return Number.isSafeInteger(raw) ? new Float64Array(rows).fill(raw * factor) : undefined
  }
  if (column.as !== 'f64') return undefined
  return factor === 1 ? column.values : column.values.map(raw => raw * factor)
}
