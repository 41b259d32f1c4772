import { assert } from '../base/assert.ts'
import { utf8 } from '../base/bytes.ts'
import { FactError } from '../base/error.ts'
import { type Random, seeded } from '../base/random.ts'
import { xxHash64 } from '../base/xxhash64.ts'
import type { Answer, AnswerColumn } from '../model/answer.ts'
import { setWide } from '../model/column.ts'
import type { Decimal } from '../model/decimal.ts'
import { KIND_SIZE } from '../model/entity-id.ts'
import { ANY, showType, type ValueType } from '../model/type.ts'
import type { EntityRef } from '../model/value.ts'
import { aggregateNamed } from './aggregates/aggregates.ts'
import { groupsOf } from './aggregates/grouping.ts'
import type { Bound } from './check/arguments.ts'
import type { Compiled } from './check/compiled.ts'
import { type ColumnShape, columnsOf } from './check/find-columns.ts'
import { keyText } from './columns/numbering.ts'
import type { Relation, Run } from './columns/relation.ts'
import { boxed, cast, rawOf, take, type Vector, valueAt } from './columns/vector.ts'
import type { Constant, ParsedQuery, Variable } from './language/ast.ts'
import { distinct } from './operators/join.ts'
import { withMaybe } from './operators/maybe.ts'
import type { RunOptions } from './operators/options.ts'
import { type SortColumn, sortedRows } from './operators/order.ts'
import { pullsOf, sourceView } from './pull-find.ts'
import type { Found } from './run.ts'

/** Groups, orders and cuts what the clauses found, and shapes it as an answer. */
export function finish(compiled: Compiled, found: Found, options: RunOptions): Answer {
  const { query } = compiled
  const { run } = found
  const vectors = query.find.some(element => element.find === 'aggregate')
    ? grouped(compiled, found, options)
    : plainRows(compiled, found, options)
  const shapes = columnsOf(compiled)
  const typed = vectors.columns.map(({ vector, present }, i): FoundColumn => {
    const type = query.find[i].find === 'pull' ? vector.type : shapes[i].type
    return { vector: asType(vector, type, vectors.rows, run), present }
  })
  const order = vectors.rows < 2 ? null : sortedRows(sortOrder(compiled, typed, options), vectors.rows, run)
  const [from, to] = cut(compiled, vectors.rows, options)
  const rows = order === null ? (from === 0 ? null : range(from, to)) : order.subarray(from, to)
  const pulls = pullsOf(compiled, found, options)
  return {
    shape: query.shape,
    columns: typed.map(({ vector, present }, i): AnswerColumn => {
      const shown = rows === null ? vector : take(vector, rows)
      const pull = pulls[i]
      if (pull !== null) return { ...shapes[i], ...pull(shown, to - from) }
      const flags = present === null ? null : rows === null ? present : take(present, rows)
      return answerColumn(shapes[i], shown, flags, to - from, run)
    }),
    rows: to - from,
    strings: run.strings,
    keys: query.keys,
    keysAs: query.keysAs,
  }
}

/** A column before it is ordered; `present` is false where it is null. */
interface FoundColumn {
  readonly vector: Vector
  readonly present: Vector | null
}

interface Rows {
  readonly columns: readonly FoundColumn[]
  readonly rows: number
}

/** The set of rows over the variables of find and `:with`, and beside them what `maybe` finds. */
function foundSet(
  compiled: Compiled,
  { relation, run }: Found,
  options: RunOptions,
): { set: Relation; column: (i: number) => FoundColumn } {
  const { query } = compiled
  const names = [...query.find.map(element => element.variable.name), ...query.with.map(variable => variable.name)]
  let set = distinct(relation, new Set(names), run)
  for (const [i, element] of query.find.entries()) {
    if (element.find !== 'maybe') continue
    const asked = { attribute: compiled.schema.attribute(element.ident), view: sourceView(element, options) }
    set = withMaybe(set, element.variable.name, asked, { name: `#maybe${i}`, present: `#present${i}` }, run)
  }
  const column = (i: number): FoundColumn => {
    const element = query.find[i]
    if (element.find !== 'maybe') return { vector: set.columns.get(element.variable.name) as Vector, present: null }
    return { vector: set.columns.get(`#maybe${i}`) as Vector, present: set.columns.get(`#present${i}`) as Vector }
  }
  return { set, column }
}

/** The rows of find, `:with` not shown. */
function plainRows(compiled: Compiled, found: Found, options: RunOptions): Rows {
  const { set, column } = foundSet(compiled, found, options)
  return { columns: compiled.query.find.map((_, i) => column(i)), rows: set.rows }
}

/** Aggregates over the set of rows of find and `:with`; the other elements make the groups. */
function grouped(compiled: Compiled, found: Found, options: RunOptions): Rows {
  const { query } = compiled
  const { run, bound } = found
  const { set, column } = foundSet(compiled, found, options)
  const keys = query.find.flatMap((element, i) => (element.find === 'aggregate' ? [] : keyVectors(column(i))))
  const groups = groupsOf(keys, set.rows, run)
  let seed: bigint | undefined
  const aggregated = query.find.map((element, place): FoundColumn | null => {
    if (element.find !== 'aggregate') return null
    const { vector } = column(place)
    try {
      const n = element.amount === null ? null : amountOf(element.amount, bound)
      const chance = (group: number): Random => {
        seed ??= querySeed(query, bound, options)
        // by the values of the group, since the order of groups follows from the plan
        const key = keys.map(each => keyText(valueAt(each, groups.first[group], run))).join('|')
        return seeded(Number(BigInt.asIntN(32, xxHash64(utf8(`${place}|${key}`), seed))))
      }
      const aggregate = aggregateNamed(element.name, n !== null, element.at)
      return { vector: aggregate.over(vector, groups, run, { n, chance }), present: null }
    } catch (error) {
      throw error instanceof FactError
        ? new FactError(error.kind, `${element.text}: ${error.message}`, { ...error.details, ...element.at })
        : error
    }
  })
  const { first } = groups
  const columns = aggregated.map((made, place): FoundColumn => {
    if (made !== null) return made
    const { vector, present } = column(place)
    return { vector: take(vector, first), present: present && take(present, first) }
  })
  return { columns, rows: first.length }
}

/** What tells the values of a column apart: first whether there is one, since null comes before everything. */
const keyVectors = ({ vector, present }: FoundColumn): Vector[] => (present === null ? [vector] : [present, vector])

/** How many values an aggregate gives. Throws `argument`. */
function amountOf(amount: Constant | Variable, { constants }: Bound): number {
  const value = amount.term === 'constant' ? amount.literal.value : constants.get(amount.name)?.value
  if (typeof value === 'bigint' && value >= 1n && value <= 1_000_000_000n) return Number(value)
  throw new FactError(
    'argument',
    `${amount.term === 'variable' ? amount.name : 'an amount'} must be a whole number from 1`,
  )
}

/** Chance is the same for the same query, arguments and moments. */
function querySeed({ text }: ParsedQuery, { constants, tables }: Bound, { sources }: RunOptions): bigint {
  const moments = [...sources].map(([name, view]) => `${name} ${view.t}`).sort()
  const values = [...constants].map(([name, { value }]) => `${name} ${keyText(value)}`).sort()
  const rows = tables.map(
    table => `${table.variables} ${table.rows.map(row => row.map(({ value }) => keyText(value)))}`,
  )
  return xxHash64(utf8([text, ...moments, ...values, ...rows].join('\n')), 0n)
}

/** The type that the query promises, unless an argument brought values that it does not hold. */
function asType(vector: Vector, type: ValueType, rows: number, run: Run): Vector {
  if (vector.type === type || showType(vector.type) === showType(type)) return vector
  const open = type.base === 'any' || (type.base === 'ref' && type.kind === null)
  const fits = open || boxed(vector, rows, run).every(value => rawOf(value, type, run) !== undefined)
  return cast(vector, fits ? type : ANY, rows, run)
}

/** `:order-by` first; the sharded entity first in an extract; ties and the rest by all columns, left to right. A pull is ordered by its entity. */
function sortOrder({ query }: Compiled, columns: readonly FoundColumn[], options: RunOptions): SortColumn[] {
  const by = (column: FoundColumn, descending: boolean): SortColumn[] =>
    keyVectors(column).map(vector => ({ vector, descending }))
  const asked = (query.orderBy ?? []).flatMap(({ element, descending }) => by(columns[element], descending))
  const sharded = query.find.findIndex(
    element => element.find === 'variable' && element.variable.name === options.shard?.variable,
  )
  const shard = sharded < 0 ? [] : by(columns[sharded], false)
  return [...(options.shard ? shard : asked), ...columns.flatMap(column => by(column, false))]
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
function answerColumn(shape: ColumnShape, vector: Vector, flags: Vector | null, rows: number, run: Run): AnswerColumn {
  const { type } = vector
  const base = { ...shape, type, present: flags === null ? null : Uint8Array.from(flags.values as Int32Array) }
  if (type.base === 'ref') {
    if (vector.as === 'i32') return entityColumn(base, vector.values, run.schema.kind(type.kind as string).number, rows)
    assert(vector.as === 'any', `references as ${vector.as}`)
    const { values } = vector
    return {
      ...base,
      v: { as: 'f64', values: Float64Array.from({ length: rows }, (_, i) => (values[i] as EntityRef).number) },
    }
  }
  if (vector.as === 'any' && type.base === 'decimal') {
    const lanes = new BigInt64Array(2 * rows)
    for (let i = 0; i < rows; i++) setWide(lanes, i, (vector.values[i] as Decimal).unscaled)
    return { ...base, v: { as: 'i128', values: lanes } }
  }
  if (vector.as === 'any') return { ...base, v: { as: 'any', values: vector.values.slice(0, rows) } }
  return { ...base, v: vector }
}

/** References to one kind. Their numbers are eight bytes a row, which Arrow makes of the ordinals where they are sent. */
function entityColumn(base: Omit<AnswerColumn, 'v'>, ordinals: Int32Array, kind: number, rows: number): AnswerColumn {
  let made: AnswerColumn['v'] | null = null
  return {
    ...base,
    entities: { kind, ordinals },
    get v() {
      if (made === null) {
        const numbers = new Float64Array(rows)
        const start = kind * KIND_SIZE
        for (let i = 0; i < rows; i++) numbers[i] = start + ordinals[i]
        made = { as: 'f64', values: numbers }
      }
      return made
    },
  }
}
