import type { ErrorKind } from '../../base/error.ts'

/** What can be wrong with whatever names a moment. */
export const OF_MOMENTS: readonly ErrorKind[] = ['invalid-as-of']

/** With whatever names an entity, or attributes of it. */
export const OF_ENTITIES: readonly ErrorKind[] = [...OF_MOMENTS, 'not-found', 'unknown-attribute']

/** With a pull pattern. */
export const OF_PATTERNS: readonly ErrorKind[] = [
  'parse-error',
  'unknown-function',
  'wrong-type',
  'arity',
  'arithmetic',
  'procedure',
  'timeout',
  'memory',
]

/** With whoever waits for an event. */
export const OF_WAITING: readonly ErrorKind[] = ['not-ready']

/** With a query while it runs. */
export const OF_RUNS: readonly ErrorKind[] = [
  ...OF_MOMENTS,
  'wrong-type',
  'arithmetic',
  'procedure',
  'busy',
  'timeout',
  'memory',
  'not-found',
]

/** With the text of a query. */
export const OF_QUERIES: readonly ErrorKind[] = [
  ...OF_RUNS,
  'parse-error',
  'unknown-attribute',
  'unknown-function',
  'unknown-rule',
  'unknown-source',
  'unbound-variable',
  'wrong-source',
  'arity',
  'unstratified',
  'unsupported',
]

/** With a saved query, whose text was checked when it was read; its version may be older than the contracts. */
export const OF_SAVED: readonly ErrorKind[] = [...OF_RUNS, 'unknown-query']
