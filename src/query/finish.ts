import { FactError } from '../base/error.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import { setWide } from '../model/column.ts'
import type { Decimal } from '../model/decimal.ts'
import { KIND_SIZE } from '../model/entity-id.ts'
import { ANY, showType, type ValueType } from '../model/type.ts'
import type { EntityRef } from '../model/value.ts'
import { aggregateNamed } from './aggregates.ts'
import type { FindElement } from './ast.ts'
import type { Compiled } from './compile.ts'
import { distinct, groupRows } from './join.ts'
import type { RunOptions } from './options.ts'
import { sortedRows } from './order.ts'
import type { Run } from './relation.ts'
import type { Found } from './run.ts'
import { boxed, cast, rawOf, take, type Vector } from './vector.ts'

/** A column as a listing shows it, before there are rows. */
export interface ColumnShape {
  readonly name: string
  readonly find: string
  readonly type: ValueType
  readonly nullable: boolean
}

/** The columns of a query's answer. A type that depends on arguments not given is `any`. */
export function columnsOf(compiled: Compiled): ColumnShape[] {
  return compiled.query.find.map((element, i) => {
    const type = compiled.types.get(element.variable.name) ?? ANY
    const result =
      element.find === 'aggregate' ? aggregateNamed(element.name, element.at).result(type, element.at) : type
    return { name: compiled.query.keys?.[i] ?? columnName(element), find: element.text, type: result, nullable: false }
  })
}

/** `?country` is `country`, `(sum ?x)` is `sum_x`. */
const columnName = (element: FindElement): string => {
  const variable = element.variable.name.slice(1)
  return element.find === 'variable' ? variable : `${element.name}_${variable}`
}

/** Groups, orders and cuts what the clauses found, and shapes it as an answer. */
export function finish(compiled: Compiled, found: Found, options: RunOptions): Answer {
  const { query } = compiled
  const { run } = found
  const vectors = query.find.some(element => element.find === 'aggregate')
    ? grouped(compiled, found)
    : plainRows(compiled, found)
  const shapes = columnsOf(compiled)
  const typed = vectors.columns.map((vector, i) => asType(vector, shapes[i].type, vectors.rows, run))
  const order = sortedRows(sortOrder(compiled, typed, options), vectors.rows, run)
  const columns = order === null ? typed : typed.map(vector => take(vector, order))
  const [from, to] = cut(compiled, vectors.rows, options)
  return {
    shape: query.shape,
    columns: columns.map((vector, i) =>
      answerColumn(shapes[i], from === 0 ? vector : take(vector, range(from, to)), to - from, run),
    ),
    rows: to - from,
    strings: run.strings,
    keys: query.keys,
  }
}

interface Rows {
  readonly columns: readonly Vector[]
  readonly rows: number
}

/** The set of rows over find and `:with`, shown without the latter. */
function plainRows({ query }: Compiled, { relation, run }: Found): Rows {
  const names = [...query.find.map(element => element.variable.name), ...query.with.map(variable => variable.name)]
  const rows = distinct(relation, new Set(names), run)
  return { columns: query.find.map(element => rows.columns.get(element.variable.name) as Vector), rows: rows.rows }
}

/** Aggregates over the set of rows of find and `:with`; the other elements make the groups. */
function grouped({ query }: Compiled, { relation, run }: Found): Rows {
  const names = [...query.find.map(element => element.variable.name), ...query.with.map(variable => variable.name)]
  const set = distinct(relation, new Set(names), run)
  const column = (element: FindElement): Vector => set.columns.get(element.variable.name) as Vector
  const { ids, first } = groupRows(query.find.filter(element => element.find === 'variable').map(column), set.rows, run)
  const groups = { ids, count: first.length, rows: set.rows }
  const columns = query.find.map(element => {
    if (element.find === 'variable') return take(column(element), first)
    try {
      return aggregateNamed(element.name, element.at).over(column(element), groups, run)
    } catch (error) {
      throw error instanceof FactError
        ? new FactError(error.kind, `${element.text}: ${error.message}`, { ...error.details, ...element.at })
        : error
    }
  })
  return { columns, rows: first.length }
}

/** The type that the query promises, unless an argument brought values that it does not hold. */
function asType(vector: Vector, type: ValueType, rows: number, run: Run): Vector {
  if (showType(vector.type) === showType(type)) return vector
  const open = type.base === 'any' || (type.base === 'ref' && type.kind === null)
  const fits = open || boxed(vector, rows, run).every(value => rawOf(value, type, run) !== undefined)
  return cast(vector, fits ? type : ANY, rows, run)
}

/** `:order-by` first; the sharded entity first in an extract; ties and the rest by all columns, left to right. */
function sortOrder({ query }: Compiled, columns: readonly Vector[], options: RunOptions) {
  const asked = (query.orderBy ?? []).map(({ element, descending }) => ({ vector: columns[element], descending }))
  const sharded = query.find.findIndex(
    element => element.find === 'variable' && element.variable.name === options.shard?.variable,
  )
  const shard = sharded < 0 ? [] : [{ vector: columns[sharded], descending: false }]
  return [...(options.shard ? shard : asked), ...columns.map(vector => ({ vector, descending: false }))]
}

/** First row and the row after the last one that the query's and then the caller's offset and limit leave. */
function cut({ query }: Compiled, rows: number, options: RunOptions): [number, number] {
  let [from, to] = [0, rows]
  for (const { offset, limit } of [query, options]) {
    from = Math.min(to, from + (offset ?? 0))
    if (limit !== null && limit !== undefined) to = Math.min(to, from + limit)
  }
  if (query.shape === 'scalar' || query.shape === 'tuple') to = Math.min(to, from + 1)
  return [from, to]
}

const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)

/** References leave as entity numbers, wide decimals as 128 bits, everything else as it is. */
function answerColumn(shape: ColumnShape, vector: Vector, rows: number, run: Run): AnswerColumn {
  const { type } = vector
  const base = { ...shape, type, present: null }
  if (type.base === 'ref') {
    const numbers = new Float64Array(rows)
    if (vector.as === 'any') for (let i = 0; i < rows; i++) numbers[i] = (vector.values[i] as EntityRef).number
    else {
      const start = run.schema.kind(type.kind as string).number * KIND_SIZE
      for (let i = 0; i < rows; i++) numbers[i] = start + Number(vector.values[i])
    }
    return { ...base, v: { as: 'f64', values: numbers } }
  }
  if (vector.as === 'any' && type.base === 'decimal') {
    const lanes = new BigInt64Array(2 * rows)
    for (let i = 0; i < rows; i++) setWide(lanes, i, (vector.values[i] as Decimal).unscaled)
    return { ...base, v: { as: 'i128', values: lanes } }
  }
  if (vector.as === 'any') return { ...base, v: { as: 'any', values: vector.values.slice(0, rows) } }
  return { ...base, v: vector }
}
