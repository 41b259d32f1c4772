import type { Pieces } from '../base/lent-memory.ts'
import type { Raw } from './column.ts'
import type { Attribute, Kind, Schema } from './schema.ts'
import type { T } from './transaction.ts'
import type { Value } from './value.ts'

/** Texts and their codes; a text never changes its code. */
export interface Strings {
  /** The code of a text, or -1 where no fact ever held it. */
  code(text: string): number
  /** The text of a code that was given out. */
  text(code: number): string
  /** Codes are 0 to size - 1. */
  readonly size: number
  /** Codes below it mean the same text in every answer over the same store, and never fewer; none do where absent. */
  readonly lasting?: number
}

/**
 * The facts of one attribute that a view sees, as columns of equal length. Row `i` is the fact
 * `(entityAt(i), attribute, v[i])`, true since `from[i]`; it counts only where `visible(from[i], t)` holds.
 *
 * - The arrays belong to the view: nobody writes to them, and they stay as they are while the view is in use.
 * - Rows are ascending by entity. `e` null means that row `i` is the entity with ordinal `i`
 *   (cardinality one only), so two such columns of one kind are aligned: equal positions, equal entities.
 * - `count` is exact; where it equals `length`, every row is visible and needs no test.
 * - An array may be made when it is first read: who does not need `from` should not touch it. Whether a row is visible is also told by
 *   `presence`, where it is there: visible in the rows in which `from` is, without saying since when, and cheaper to have in the past.
 * - `length` may exceed nothing: every array has at least that many rows, and may have more.
 * - `op` is there on a history only: 1 where the row states that the fact began at `from`, 0 that it ended then. An entity may then have
 *   several rows of an attribute that has one value.
 */
export interface FactColumn {
  readonly attribute: Attribute
  readonly length: number
  readonly count: number
  readonly e: Int32Array | null
  readonly v: Raw
  readonly from: Uint32Array
  readonly t: T
  readonly op?: Uint8Array
  readonly presence?: Uint32Array
  readonly seek?: FactSeek
  /** Where it is there, row `i` is the entity with ordinal `first + i * step`, as `e` says too, and may be visible or not. */
  readonly run?: { readonly first: number; readonly step: number }
}

/**
 * Some facts of a column, found without making its arrays: what is asked of few entities, or of one value, need not touch the others.
 * They are columns of their own, in which every row is visible unless something else is said. Null where reading the arrays costs less.
 */
export interface FactSeek {
  /** The facts of these entities, of whom some may have none; -1 is no entity. */
  of(ordinals: Int32Array): FactColumn | null
  /** The facts that have one of these codes, ordinals or safe integers as value. */
  holding(values: Int32Array | Float64Array): FactColumn | null
  /** The rows of every `step`th entity from `first` on, at most so many, as a column with a `run`; visible ones and others. Its arrays are made in `pieces`, where they are given. */
  every?(first: number, step: number, rows: number, pieces?: Pieces): FactColumn | null
  /** No more facts than this have the value; undefined where only reading all tells, whichever value it is. */
  most(value: number): number | undefined
}

/** Whether a row with this `from` is a fact at `t`. An unused row has `from` 0, which wraps around to the largest number. */
export const visible = (from: number, t: T): boolean => (from - 1) >>> 0 < t

/** Visible in the rows that are facts, whatever else it says. */
export const presenceOf = (column: FactColumn): Uint32Array => column.presence ?? column.from

/** Every interval of one attribute up to the view's moment, also the ended ones, in no particular order. A row with `from` 0 is none. */
export interface IntervalColumn {
  readonly attribute: Attribute
  readonly length: number
  readonly e: Int32Array
  readonly v: Raw
  readonly from: Uint32Array
  /** 0 where the fact still holds at the view's moment. */
  readonly to: Uint32Array
}

/**
 * What one reader may see at one moment. Queries, entities and extracts know nothing else of a store, so as-of,
 * several databases and (later) privacy are different views and no code path can forget them.
 *
 * - A view answers the same for ever: nothing that is written later shows.
 * - Ordinals and codes agree between views of one store, and between nothing else.
 */
export interface FactView {
  readonly t: T
  /** Every assertion and retraction up to `t`, instead of what holds at one moment: `facts` have an `op`, and `values` throws `wrong-source`. */
  readonly history?: true
  /** instant(t), milliseconds since 1970; 0 for the empty store. */
  readonly instant: number
  /** The moment asked, milliseconds since 1970: the `asOf` as it was given, otherwise `instant`. */
  readonly at: number
  /** Whether this moment can never get another fact. */
  readonly settled: boolean
  readonly schema: Schema
  readonly strings: Strings

  /** The visible facts of an attribute. Repeated calls cost nothing. */
  facts(attribute: Attribute): FactColumn

  /** How many facts of the attribute are visible, exactly; cheap enough for a planner. */
  count(attribute: Attribute): number

  /** All intervals that began at or before `t`; with `after`, those that neither began nor ended after it may be left out. */
  intervals(attribute: Attribute, after?: T): IntervalColumn

  /** Those of one entity, in order of `from`, then of value, without touching other rows. */
  intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[]

  /** How many ordinals a kind has; a dense column of it is at most that long. */
  extent(kind: Kind): number

  /**
   * The ordinal of a key, or -1 where the store never knew it. It may be known only later than `t`:
   * whether it is an entity *here* is for `known` to say.
   */
  ordinal(kind: Kind, key: Value): number

  /** The key of an ordinal below `extent(kind)`. */
  key(kind: Kind, ordinal: number): Value

  /** Whether the entity has at least one fact at `t`. */
  known(kind: Kind, ordinal: number): boolean

  /** The visible facts of one entity's attribute in ascending order of value, without touching other rows. */
  values(attribute: Attribute, ordinal: number): readonly PointFact[]

  /**
   * The first transaction of the store, before or after `t`, that stated the attribute of this entity, or undefined.
   * It lies outside of the view, and is there so that an error can say from when on something is known.
   */
  firstKnown(attribute: Attribute, ordinal: number): T | undefined

  /** instant(t) of any transaction of the store, milliseconds. */
  instantOf(t: T): number
}

export interface PointFact {
  readonly value: Value
  readonly from: T
}

export interface PointInterval extends PointFact {
  /** 0 where the fact still holds at the view's moment. */
  readonly to: T
}
