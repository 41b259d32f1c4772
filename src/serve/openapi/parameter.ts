import { MOST_SHARDS } from '../../extract/shard.ts'
import { either, flag, list, type Schema, text, wholeFrom } from './schema.ts'

/** What may stand behind the question mark of a URL. */
export interface Parameter {
  readonly name: string
  readonly doc: string
  readonly schema: Schema
}

export const AS_OF: Parameter = {
  name: 'asOf',
  doc: 'A `t`, a day (midnight UTC) or an instant with its zone; now where absent.',
  schema: text,
}

export const ATTRIBUTES: Parameter = {
  name: 'attributes',
  doc: 'A comma list of `:ns/name`, `ns/name`, `name` of its own kind, `ref{…}` one step further, `ns/_name` backwards.',
  schema: text,
}

/** How to read entities. */
export const READING: readonly Parameter[] = [
  ATTRIBUTES,
  { name: 'pull', doc: 'A pull pattern as EDN text, instead of attributes.', schema: text },
  { name: 'ages', doc: 'Tells since when each value is known.', schema: flag },
  { name: 'maxAge', doc: 'A duration of ISO-8601; older values are treated as missing.', schema: text },
]

/** To see one's own event. */
export const APPLIED: readonly Parameter[] = [
  { name: 'after', doc: 'Answers once this is applied: a `t`, or `topic/partition/offset`.', schema: text },
  { name: 'waitMs', doc: 'How long to wait for `after`, milliseconds.', schema: wholeFrom(0, 60_000) },
]

export const LIMIT = (most: number, absent: number): Parameter => ({
  name: 'limit',
  doc: `At most so many; ${absent} where absent.`,
  schema: wholeFrom(1, most),
})

export const COLUMNS: Parameter = {
  name: 'columns',
  doc: 'A comma list of columns, in the order wanted.',
  schema: text,
}
export const FILTERS: Parameter = {
  name: 'filters',
  doc: 'JSON such as `[["country","=","France"]]`; `= < <= > >= in null not-null`.',
  schema: text,
}

/** Of a plan of shards. */
export const PLANNING: readonly Parameter[] = [
  { name: 'shards', doc: 'How many; 8 where absent.', schema: wholeFrom(1, MOST_SHARDS) },
  { name: 'count', doc: 'Counts rows and bytes, which costs as much as the extract.', schema: flag },
]

/** Of a shard. */
export const SHARD: readonly Parameter[] = [
  { name: 'shard', doc: 'From 0; take the links of the plan.', schema: wholeFrom(0, MOST_SHARDS - 1) },
  { name: 'of', doc: 'How many shards there are.', schema: wholeFrom(1, MOST_SHARDS) },
]

/** What a saved query declares: one parameter of each name, repeated for a collection. */
export const DECLARED: Parameter = {
  name: 'parameters',
  doc: 'The parameters of the query by their names.',
  schema: { type: 'object', additionalProperties: either(text, list(text)) },
}
