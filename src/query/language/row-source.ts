import type { ValueType } from '../../model/type.ts'

/** A source that has rows instead of facts: `[$rows ?x ?y]` matches them place by place. */
export interface Rows {
  /** Each a list of values as an argument has them; a value that is no list is a row of one. */
  readonly rows: readonly unknown[]
  /** Of each place; null where they follow from use, or else from the values. */
  readonly types: readonly ValueType[] | null
}

/** What the check of a query needs to know of such a source. */
export interface RowsShape {
  /** Of each place; null where the source does not say. */
  readonly declared: readonly ValueType[] | null
  /** The types that the values have by themselves. */
  readonly natural: readonly ValueType[]
  /** It is `$schema`, whose second place says what the third is. */
  readonly schema: boolean
}
