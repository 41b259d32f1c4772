import type { ValueType } from '../../model/type.ts'
import { compareValues, type Value } from '../../model/value.ts'
import { type Comparison, holds } from '../functions/comparison.ts'
import { type Condition, rawTest, selectRows } from './condition.ts'
import { comparableForms } from './numbering.ts'
import { BLOCK, firstOf, type Relation, type Run, takeRows } from './relation.ts'
import { type Coding, type Vector, valueAt } from './vector.ts'

/** Rows in which a variable meets a condition. */
export function filterByConstant(relation: Relation, variable: string, condition: Condition, run: Run): Relation {
  run.stop()
  const vector = relation.columns.get(variable) as Vector
  const rows = selectRows(rawTest(condition, vector, run), vector, relation.rows, null, run)
  return rows.length === relation.rows ? relation : takeRows(relation, rows, run)
}

/** Rows in which two variables compare so. */
export function filterByPair(relation: Relation, a: string, comparison: Comparison, b: string, run: Run): Relation {
  const rows = pairRows(
    relation.columns.get(a) as Vector,
    comparison,
    relation.columns.get(b) as Vector,
    relation.rows,
    run,
  )
  return rows.length === relation.rows ? relation : takeRows(relation, rows, run)
}

/** Rows in which two vectors are equal. */
export const equalRows = (a: Vector, b: Vector, rows: number, run: Run): Int32Array => pairRows(a, '=', b, rows, run)

function pairRows(first: Vector, comparison: Comparison, second: Vector, rows: number, run: Run): Int32Array {
  const [a, b] = comparableForms(first, rows, second, rows, run)
  const out = new Int32Array(rows)
  const compare = comparator(a, b, comparison, run)
  let count = 0
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) if (holds(comparison, compare(i))) out[count++] = i
  }
  return firstOf(out, count)
}

/** The sign of a row's two values. */
function comparator(a: Vector, b: Vector, comparison: Comparison, coding: Coding): (row: number) => number {
  const byRaw = a.as !== 'any' && b.as !== 'any' && (comparison === '=' || comparison === '!=' || ordered(a.type))
  if (!byRaw) return row => compareValues(valueAt(a, row, coding), valueAt(b, row, coding))
  const [x, y] = [a.values as Float64Array, b.values as Float64Array]
  return row => (x[row] < y[row] ? -1 : x[row] > y[row] ? 1 : 0)
}

/** Whether raw numbers of this type have the order of the values; codes of texts have not. */
export function ordered(type: ValueType): boolean {
  switch (type.base) {
    case 'string':
    case 'enum':
    case 'uuid':
    case 'json':
    case 'keyword':
      return false
    default:
      return true
  }
}

/** What is left where both sides are constants: all rows or none. */
export function constantsHold(a: Value, comparison: Comparison, b: Value): boolean {
  return holds(comparison, compareValues(a, b))
}
