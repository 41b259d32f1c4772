/** The kinds of mistake that the world can make. Clients branch on them, so a kind is never renamed. */
export type ErrorKind =
  // a request that can never succeed as it is
  | 'parse-error'
  | 'unknown-attribute'
  | 'unknown-function'
  | 'unknown-rule'
  | 'unknown-source'
  | 'unbound-variable'
  | 'wrong-type'
  | 'wrong-source'
  | 'arity'
  | 'argument'
  | 'unstratified'
  | 'arithmetic'
  | 'invalid-as-of'
  | 'not-found'
  | 'unknown-query'
  | 'unknown-route'
  | 'wrong-method'
  | 'not-acceptable'
  | 'wrong-store'
  | 'too-large'
  | 'unsupported-media'
  | 'cannot-shard'
  | 'several-rows'
  | 'procedure'
  | 'invalid-event'
  | 'unsupported'
  // a request that may succeed later
  | 'busy'
  | 'not-ready'
  | 'timeout'
  | 'memory'
  | 'store-full'
  | 'disk-full'
  | 'internal'
  // what only the command line and the project's files can meet
  | 'usage'
  | 'contract'
  | 'damaged'
  | 'locked'
  | 'unavailable'
  | 'disk-failed'

export interface ErrorDetails {
  /** The file in which the mistake stands. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1. */
  readonly column?: number
  /** Byte offset in the file, from 0. */
  readonly offset?: number
  /** Transaction at which damage begins. */
  readonly t?: number
  /** Known names that resemble the unknown one, nearest first. */
  readonly nearest?: readonly string[]
  /** The first moment at which an entity was known, or null where it never was. */
  readonly knownFrom?: { readonly t: number; readonly instant: string } | null
  /** Seconds after which it is worth asking again. */
  readonly retryAfter?: number
}

/**
 * A mistake that is not ours: expected, typed, and worded so that its reader knows what to do.
 * `kind` is for programs, `message` for people, `details` for both.
 */
export class FactError extends Error {
  readonly kind: ErrorKind
  readonly details: ErrorDetails

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message)
    this.name = 'FactError'
    this.kind = kind
    this.details = details
  }
}

/** Several mistakes found in one go, as a check of a whole folder finds them. */
export class FactErrors extends Error {
  readonly errors: readonly FactError[]

  constructor(errors: readonly FactError[]) {
    super(errors.map(located).join('\n'))
    this.name = 'FactErrors'
    this.errors = errors
  }
}

/** One line for a terminal: `file:line:column: message`, as compilers and editors write it. */
export function located(error: FactError): string {
  const { file, line, column } = error.details
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  return place === '' ? error.message : `${place}: ${error.message}`
}
