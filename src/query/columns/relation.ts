import type { Pieces } from '../../base/lent-memory.ts'
import type { ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import type { Memory, Pace } from './pace.ts'
import type { Trace } from './trace.ts'
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
export interface Run extends Coding, Pace {
  readonly memory: Memory
  /** Whether it is about a part of the entities of a kind, so that arrays of all of them are not worth making. */
  readonly partial?: boolean
  /** Where columns are made that nobody needs once the answer was taken; anew where absent. */
  readonly pieces?: Pieces
  /** Where steps note what they did, when somebody asked for it. */
  readonly trace?: Trace
}

/** Work between two looks at the stop flag, in rows. */
export const BLOCK = 4096

/** These rows, in this order. Rows that differ must differ in `rows` too, or `key` must be dropped by the caller. */
export function takeRows(relation: Relation, rows: Int32Array, pace?: Pace): Relation {
  const columns = new Map<string, Vector>()
  for (const [name, vector] of relation.columns) columns.set(name, take(vector, rows, pace))
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

/** Up to here a copy is cheaper than another look at the same buffer: a short array has none of its own until somebody asks for it. */
const SHORT = 64

/** The first numbers of an array that nobody writes to any more. */
export const firstOf = (rows: Int32Array, length: number): Int32Array =>
  length === rows.length ? rows : length <= SHORT ? rows.slice(0, length) : rows.subarray(0, length)

const COPY = 1 << 16

/** A list of row numbers that grows. */
export class RowList {
  #rows: Int32Array
  readonly #pace: Pace | undefined
  length = 0

  constructor(capacity: number, pace?: Pace) {
    this.#rows = new Int32Array(Math.max(16, capacity))
    this.#pace = pace
  }

  /** Space for `more` rows from `length` on; the caller writes there and then moves `length`. */
  room(more: number): Int32Array {
    if (this.length + more > this.#rows.length) {
      const length = Math.max(this.length + more, this.#rows.length * 2)
      this.#pace?.reserve(length * 4)
      const wider = new Int32Array(length)
      // the machine finds the pages as they are written, so that this can take longer than all else
      for (let start = 0; start < this.length; start += COPY) {
        if (start > 0) this.#pace?.stop()
        wider.set(this.#rows.subarray(start, Math.min(this.length, start + COPY)), start)
      }
      this.#rows = wider
    }
    return this.#rows
  }

  rows(): Int32Array {
    return firstOf(this.#rows, this.length)
  }
}
