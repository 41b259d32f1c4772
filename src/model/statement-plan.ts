import type { Attribute, Kind } from './schema.ts'
import type { ValueType } from './type.ts'
import type { Value } from './value.ts'

/** Events that are scanned before the first of them is applied, at most: what they need of a large memory is asked for together. */
export const EVENTS_AHEAD = 32

/**
 * The values of some events by number, as a scan of their bytes gives them: without strings and objects. Value `i` of event `k` stands at
 * `k * count + i`, where `count` is how many an event has. Whoever made them overwrites them with the next events. A value that is not
 * present means nothing.
 */
export interface Operands {
  readonly bytes: Uint8Array
  /** Of the same bytes; it goes on for three bytes at least behind each text. */
  readonly view: DataView
  readonly present: Uint8Array
  /** Of texts (string, enum, uuid): valid UTF-8 in `bytes`. */
  readonly start: Int32Array
  readonly end: Int32Array
  /**
   * Of all others: the long, the decimal scaled by 10^digits, milliseconds or microseconds since 1970, days since 1970, the double,
   * or 0 and 1. Always exact.
   */
  readonly number: Float64Array
}

/** One thing that an event says of an entity, whose attribute has cardinality one. */
export interface PlannedSetting {
  readonly attribute: Attribute
  readonly source:
    | { readonly from: 'operand'; readonly operand: number }
    | { readonly from: 'value'; readonly value: Value }
    /** A reference to an entity of the plan. */
    | { readonly from: 'entity'; readonly entity: number }
  /** What is absent ends what was true; otherwise it says nothing. */
  readonly retracts: boolean
}

/**
 * Which facts the events of one contract state, for contracts that are simple enough: no lists, and no attribute stated twice of one entity.
 * It means the same as the effects that the judge gives, in the same order.
 */
export interface StatementPlan {
  /** Types of the operands. */
  readonly types: readonly ValueType[]
  /** What an event may name; absent where its key is. Two of one kind may turn out to be the same. */
  readonly entities: readonly { readonly kind: Kind; readonly key: number }[]
  /** Nothing is said where the entity is absent. */
  readonly statements: readonly { readonly entity: number; readonly set: readonly PlannedSetting[] }[]
  /** Operands, or -1 where the contract names none: an instant, and two texts. */
  readonly time: number
  readonly id: number
  readonly subject: number
}
