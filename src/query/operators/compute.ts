import { pow10 } from '../../model/decimal.ts'
import { ANY, LONG, type ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import { BLOCK, type Relation, RowList, type Run } from '../columns/relation.ts'
import { rawOf, type Vector, valueAt, vectorFrom } from '../columns/vector.ts'
import { argumentTypes } from '../functions/call.ts'
import { isExact } from '../functions/comparable.ts'
import { callFunction, located, type Naming, type QueryFunction, resultType } from '../functions/function.ts'
import type { Term } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import type { Computed } from './bind.ts'

/** The result of a function for every row that has one. Throws `arithmetic`, `wrong-type` or `argument` with the place of the call. */
export function compute(
  name: string,
  fn: QueryFunction,
  args: readonly Term[],
  relation: Relation,
  at: EdnPlace,
  naming: Naming,
  run: Run,
): Computed {
  const types = new Map([...relation.columns].map(([column, vector]) => [column, vector.type]))
  const argTypes = argumentTypes(args, types)
  const literals = args.map(arg => (arg.term === 'constant' ? arg.literal : undefined))
  const type = resultType(name, fn, argTypes, literals, at)
  const columns = args.map((arg, i) => operand(arg, argTypes[i], relation))
  const quick = kernelled(fn, type, argTypes, columns, relation.rows, run)
  if (quick) return { rows: null, vector: quick }
  const values: Value[] = []
  const rows = new RowList(relation.rows)
  const kept = rows.room(relation.rows)
  const call = (row: number): Value | null => {
    // a list or a map may keep what it is given
    const given = columns.map(column => ('constant' in column ? column.constant : valueAt(column, row, run)))
    return located(() => callFunction(name, fn, given, naming), at)
  }
  const ask = fn.costly ? onceForEach(columns, call, run) : call
  for (let row = 0; row < relation.rows; row++) {
    if (row % BLOCK === 0) run.stop()
    const value = ask(row)
    if (value === null) continue
    values.push(value)
    kept[rows.length++] = row
  }
  const vector = resultVector(type, values, run)
  return { rows: rows.length === relation.rows ? null : rows.rows(), vector }
}

const REMEMBERED_BYTES = 64

/** Looks at the clock before each call, and makes it once for each different text where only one column of codes is given. */
function onceForEach(
  columns: readonly Operand[],
  call: (row: number) => Value | null,
  run: Run,
): (row: number) => Value | null {
  const unhurried = (row: number): Value | null => {
    run.stop()
    return call(row)
  }
  const [codes, ...others] = columns.filter(column => !('constant' in column))
  if (codes === undefined || others.length > 0 || 'constant' in codes || codes.as !== 'i32') return unhurried
  const known = new Map<number, Value | null>()
  return row => {
    const code = codes.values[row]
    let value = known.get(code)
    if (value === undefined) {
      run.reserve(REMEMBERED_BYTES)
      known.set(code, (value = unhurried(row)))
    }
    return value
  }
}

/** A function of values of mixed types may give something else than those of one type would. */
function resultVector(type: ValueType, values: readonly Value[], run: Run): Vector {
  const fits = isOpen(type) || values.every(value => rawOf(value, type, run) !== undefined)
  return vectorFrom(fits ? type : ANY, values, run)
}

const isOpen = (type: ValueType): boolean =>
  type.base === 'any' || type.base === 'list' || (type.base === 'ref' && type.kind === null)

type Operand = Vector | { readonly constant: Value }

function operand(arg: Term, type: ValueType, relation: Relation): Operand {
  if (arg.term === 'constant') {
    const { literal } = arg
    return { constant: type.base === 'decimal' && literal.exact !== null ? literal.exact : literal.value }
  }
  return relation.columns.get((arg as { name: string }).name) as Vector
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
  const [x, y] = columns.map((column, i) => scaledNumbers(column, types[i], type, fn.kernel !== 'multiply', rows, run))
  if (x === undefined || y === undefined) return undefined
  run.reserve(8 * rows)
  const out = new Float64Array(rows)
  let largest = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) {
      const z = fn.kernel === 'add' ? x[i] + y[i] : fn.kernel === 'subtract' ? x[i] - y[i] : x[i] * y[i]
      out[i] = z
      largest = Math.max(largest, Math.abs(x[i]), Math.abs(y[i]), Math.abs(z))
    }
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
  run: Run,
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
    return Number.isSafeInteger(raw) ? multiples(null, raw * factor, rows, run) : undefined
  }
  if (column.as !== 'f64') return undefined
  return factor === 1 ? column.values : multiples(column.values, factor, rows, run)
}

/** Each value times a factor; without values the factor itself. */
function multiples(values: Float64Array | null, factor: number, rows: number, run: Run): Float64Array {
  run.reserve(8 * rows)
  const out = new Float64Array(rows)
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) out[i] = values === null ? factor : values[i] * factor
  }
  return out
}
