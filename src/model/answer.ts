import type { Raw } from './column.ts'
import type { Strings } from './fact-view.ts'
import type { ValueType } from './type.ts'
import type { Value } from './value.ts'

/** One column of an answer. A reference is an entity number in an `f64`. */
export interface AnswerColumn {
  /** As every format names it: `country`, `sum_x`, `max_3_x`. */
  readonly name: string
  /** The find element as written: `?country`, `(sum ?x)`. */
  readonly find: string
  readonly type: ValueType
  readonly nullable: boolean
  /** At least `rows` rows; `any` where the type is `any` or a list. */
  readonly v: Raw | { readonly as: 'any'; readonly values: readonly AnyValue[] }
  /** 0 where the value is null; null where none is. */
  readonly present: Uint8Array | null
}

/** A cell of a column without one type: a value, or a list of them. */
export type AnyValue = Value | readonly AnyValue[] | null

/** How the find spec shapes the rows: `[:find ?a ?b]`, `[:find [?a ...]]`, `[:find [?a ?b]]`, `[:find ?a .]`. */
export type Shape = 'relation' | 'collection' | 'tuple' | 'scalar'

/** What a query gives: exact and complete, columns until the very edge. */
export interface Answer {
  readonly shape: Shape
  readonly columns: readonly AnswerColumn[]
  readonly rows: number
  /** Resolves the codes in `i32` columns of string, enum, uuid, json and keyword type. */
  readonly strings: Strings
  /** Keys of return maps (`:keys`), where the query asked for them. */
  readonly keys: readonly string[] | null
}
