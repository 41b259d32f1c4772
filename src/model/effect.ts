import type { Attribute, Kind } from './schema.ts'
import type { Value } from './value.ts'

/** An entity by its kind and key; whether it has a number already is nobody's business here. */
export interface EntityKey {
  readonly kind: Kind
  /** Of the type `kind.keyType`. */
  readonly key: Value
}

/**
 * What one event wants changed. Plain data: a contract's `facts:` and a handler both give these, and `expand` nets them.
 * A value of an attribute of type `ref` is an `EntityKey`, any other a `Value` of the attribute's type.
 * One that is `ordered` replaces nothing that an event of a later time stated (store rule 9).
 */
export type Effect =
  /** The entity exists: states its identity. */
  | { readonly op: 'mention'; readonly entity: EntityKey }
  | {
      readonly op: 'assert'
      readonly entity: EntityKey
      readonly attribute: Attribute
      readonly value: Value | EntityKey
      readonly ordered?: boolean | undefined
    }
  /** Ends one value; without `value` whatever holds. */
  | {
      readonly op: 'retract'
      readonly entity: EntityKey
      readonly attribute: Attribute
      readonly value?: Value | EntityKey
      readonly ordered?: boolean | undefined
    }
  /** Makes the values of a cardinality-many attribute exactly these. */
  | {
      readonly op: 'replace'
      readonly entity: EntityKey
      readonly attribute: Attribute
      readonly values: readonly (Value | EntityKey)[]
      readonly ordered?: boolean | undefined
    }
  /** Ends all facts of the entity and all references to it, and the same of its components. */
  | { readonly op: 'retractEntity'; readonly entity: EntityKey }
