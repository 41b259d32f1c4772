/** Counts transactions from 1; 0 is the empty store. A whole number below 2^32 - 1. */
export type T = number

/** Where a record came from. A partition or a file is one *source*, in which positions only grow. */
export type Origin =
  | { readonly topic: string; readonly partition: number; readonly offset: bigint }
  | { readonly file: string; readonly topic: string; readonly line: number }

/** One record of a source, judged by nobody yet. */
export interface RawRecord {
  readonly origin: Origin
  /** Of the record itself, milliseconds since 1970. */
  readonly timestamp: number
  /** Bytes of the key, or null where the record has none. */
  readonly key: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the value as the producer wrote them; null is a tombstone. */
  readonly value: Uint8Array | null
  /** Why no judge needs to see it: what stands at this place is no record. `value` then holds its bytes as they are. */
  readonly fault?: { readonly reason: Reason; readonly detail: string }
}

/** The headers of every record that has none. */
export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

/** Why a record was refused (surface §4). */
export type Reason =
  | 'not-json'
  | 'unknown-topic'
  | 'unknown-contract'
  | 'invalid-event'
  | 'conflict'
  | 'id-conflict'
  | 'handler'
  | 'handler-timeout'
  | 'tombstone'
  | 'too-large'

export interface Refusal {
  readonly reason: Reason
  /** A sentence that says what to do. */
  readonly detail: string
  /** JSON pointer to the field at fault, where there is one. */
  readonly path: string | null
  /** `name/version` of the contract that judged it, where one was found. */
  readonly contract: string | null
}
