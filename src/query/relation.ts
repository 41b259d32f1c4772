import type { ValueType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import { type Coding, constantVector, take, type Vector } from './vector.ts'

/** An intermediate result: rows over variables. A step never changes the relation that it was given. */
export interface Relation {
  readonly rows: number
  /** By variable. Every vector has `rows` rows. */
  readonly columns: ReadonlyMap<string, Vector>
  /** Variables on which no two rows agree; null where rows may be equal. */
  readonly key: ReadonlySet<string> | null
}

/** One row that says nothing: what a query begins with. */
export const UNIT: Relation = { rows: 1, columns: new Map(), key: new Set() }

/** What every step may use: how values are coded, and when to stop. */
export interface Run extends Coding {
  /** Throws when the query is to end; called at least once in 4,096 rows. */
  readonly stop: () => void
}

/** Work between two looks at the stop flag, in rows. */
export const BLOCK = 4096

/** These rows, in this order. Rows that differ must differ in `rows` too, or `key` must be dropped by the caller. */
export function takeRows(relation: Relation, rows: Int32Array): Relation {
  const columns = new Map<string, Vector>()
  for (const [name, vector] of relation.columns) columns.set(name, take(vector, rows))
  return { rows: rows.length, columns, key: relation.key }
}

/** Only some of the variables. */
export function project(relation: Relation, names: ReadonlySet<string>): Relation {
  const columns = new Map([...relation.columns].filter(([name]) => names.has(name)))
  const { key } = relation
  return { rows: relation.rows, columns, key: key !== null && [...key].every(name => names.has(name)) ? key : null }
}

export function withColumn(relation: Relation, name: string, vector: Vector): Relation {
  return { ...relation, columns: new Map([...relation.columns, [name, vector]]) }
}

/** A relation of one row. */
export function oneRow(
  values: ReadonlyMap<string, { readonly type: ValueType; readonly value: Value }>,
  coding: Coding,
): Relation {
  const columns = new Map<string, Vector>()
  for (const [name, { type, value }] of values) columns.set(name, constantVector(type, value, 1, coding))
  return { rows: 1, columns, key: new Set() }
}

/** A list of row numbers that grows. */
export class RowList {
  #rows: Int32Array
  length = 0

  constructor(capacity: number) {
    this.#rows = new Int32Array(Math.max(16, capacity))
  }

  /** Space for `more` rows from `length` on; the caller writes there and then moves `length`. */
  room(more: number): Int32Array {
    if (this.length + more > this.#rows.length) {
      const wider = new Int32Array(Math.max(this.length + more, this.#rows.length * 2))
      wider.set(this.#rows.subarray(0, this.length))
      this.#rows = wider
    }
    return this.#rows
  }

  rows(): Int32Array {
    return this.#rows.subarray(0, this.length)
  }
}
