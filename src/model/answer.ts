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
  /** Of references to one kind also this, for whoever needs no entity numbers: `v` makes them when it is asked for. */
  readonly entities?: { readonly kind: number; readonly ordinals: Int32Array }
  /** 0 where the value is null; null where none is. */
  readonly present: Uint8Array | null
}

/** A cell of a column without one type: a value, a list of them, or what a pull gives. */
export type AnyValue = Value | readonly AnyValue[] | PullMap | TypedText | null

/**
 * What pull gives for one entity: by keyword (`:customer/country`), or by whatever name `:as` gave. Most maps of a pull share their keys,
 * so a key whose value is null is not there.
 */
export class PullMap {
  readonly keys: readonly Value[]
  readonly values: readonly AnyValue[]

  constructor(keys: readonly Value[], values: readonly AnyValue[]) {
    this.keys = keys
    this.values = values
  }

  /** What is there. */
  get pairs(): [Value, Exclude<AnyValue, null>][] {
    const pairs: [Value, Exclude<AnyValue, null>][] = []
    for (const [i, value] of this.values.entries()) if (value !== null) pairs.push([this.keys[i], value])
    return pairs
  }
}

/** A text in a pull that would look like any string without its type. */
export class TypedText {
  readonly base: 'uuid' | 'json'
  readonly text: string
  constructor(base: 'uuid' | 'json', text: string) {
    this.base = base
    this.text = text
  }
}

/** How the find spec shapes the rows: `[:find ?a ?b]`, `[:find [?a ...]]`, `[:find [?a ?b]]`, `[:find ?a .]`. */
export type Shape = 'relation' | 'collection' | 'tuple' | 'scalar'

export type KeyForm = 'keyword' | 'symbol' | 'string'

/** What a query gives: exact and complete, columns until the very edge. */
export interface Answer {
  readonly shape: Shape
  readonly columns: readonly AnswerColumn[]
  readonly rows: number
  /** Resolves the codes in `i32` columns of string, enum, uuid, json and keyword type. */
  readonly strings: Strings
  /** Keys of return maps (`:keys`, `:syms`, `:strs`), where the query asked for them. */
  readonly keys: readonly string[] | null
  /** What those keys are where a format tells them apart, as EDN does; keywords where nothing is said. */
  readonly keysAs?: KeyForm
}
