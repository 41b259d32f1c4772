import { FactError } from '../base/error.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import type { FactView } from '../model/fact-view.ts'
import type { ValueType } from '../model/type.ts'
import { EntityRef } from '../model/value.ts'
import { givenLiteral } from './check/arguments.ts'
import { passesRow, rawTest } from './columns/condition.ts'
import { QueryStrings } from './columns/query-strings.ts'
import { type Coding, take, type Vector, vectorOf } from './columns/vector.ts'
import type { Comparison } from './functions/comparison.ts'

export const LITERAL_COMPARISONS = ['=', '<', '<=', '>', '>='] as const

/** A condition on a column of an answer, by its name. `in` takes a list. */
export interface Filter {
  readonly column: string
  readonly op: (typeof LITERAL_COMPARISONS)[number] | 'in' | 'null' | 'not-null'
  readonly value?: unknown
}

/** A filter that is asked of finished rows, since no clause can: what an aggregate gives, or whether there is anything. */
export interface Kept {
  readonly filter: Filter
  readonly column: number
  readonly type: ValueType
}

/** The rows of an answer that pass, in their order. Throws `argument` for a value that is not of the column's type. */
export function keptRows(answer: Answer, tests: readonly Kept[], view: FactView): Answer {
  const coding: Coding = { strings: new QueryStrings(answer.strings), schema: view.schema }
  const passes = tests.map(test => passing(answer.columns[test.column], test, answer.rows, view, coding))
  const rows: number[] = []
  for (let i = 0; i < answer.rows; i++) if (passes.every(pass => pass(i))) rows.push(i)
  if (rows.length === answer.rows) return answer
  const at = Int32Array.from(rows)
  return { ...answer, rows: rows.length, columns: answer.columns.map(column => taken(column, at)) }
}

function passing(
  column: AnswerColumn,
  { filter, type }: Kept,
  rows: number,
  view: FactView,
  coding: Coding,
): (row: number) => boolean {
  const { present, v } = column
  const there = (row: number): boolean => present === null || present[row] === 1
  const { op, value } = filter
  if (op === 'null') return row => !there(row)
  if (op === 'not-null') return there
  if (type.base === 'pull')
    throw new FactError('argument', `${filter.column} is a pull, of which a filter can only ask whether it is null`)
  const values = op === 'in' ? (value as readonly unknown[]) : [value]
  const literals = values.flatMap(each => givenLiteral(each, type, filter.column, view) ?? [])
  const comparison: Comparison = op === 'in' ? '=' : op
  if (type.base === 'ref') {
    const numbers = literals.map(({ value: each }) => (each instanceof EntityRef ? each.number : Number(each)))
    const found = v.values as Float64Array
    return row => there(row) && numbers.some(number => compared(found[row], comparison, number))
  }
  const vector: Vector =
    v.as === 'i128' ? vectorOf(v, type, rows) : v.as === 'any' ? anyVector(type, v) : { type, ...v }
  const each = literals.map(literal => passesRow(rawTest({ comparison, literal }, vector, coding), vector))
  return row => there(row) && each.some(pass => pass(row))
}

const anyVector = (type: ValueType, v: AnswerColumn['v']): Vector =>
  ({ type, as: 'any', values: v.values }) as unknown as Vector

function compared(a: number, comparison: Comparison, b: number): boolean {
  switch (comparison) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    default:
      return a === b
  }
}

function taken(column: AnswerColumn, rows: Int32Array): AnswerColumn {
  const { v, present, type } = column
  const flags = present === null ? null : Uint8Array.from(rows, row => present[row])
  if (v.as === 'i128') {
    const values = new BigInt64Array(2 * rows.length)
    for (const [i, row] of rows.entries()) {
      values[2 * i] = v.values[2 * row]
      values[2 * i + 1] = v.values[2 * row + 1]
    }
    return { ...column, v: { as: 'i128', values }, present: flags }
  }
  const { as, values } = take({ type, ...v } as Vector, rows)
  return { ...column, v: { as, values } as AnswerColumn['v'], present: flags }
}
