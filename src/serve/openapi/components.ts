import {
  anything,
  described,
  either,
  exactWhole,
  flag,
  instant,
  list,
  mapOf,
  named,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  whole,
} from './schema.ts'

/** The members by which an answer says of which moment it is. */
export const MOMENT = {
  t: described(whole, 'The transaction as of which this is.'),
  instant: described(instant, 'Of that transaction.'),
  settled: described(flag, 'Whether nothing can be added to that moment any more.'),
}

/** And the moment that was asked for, from which ages count. */
export const ASKED = { ...MOMENT, at: described(instant, 'The moment asked.') }

const counts = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, whole]))

const entityMembers = {
  id: described(text, '`kind:key`'),
  entity: described(whole, 'Its number.'),
  attributes: described(
    orNull(mapOf(anything)),
    'By name; a pattern may name them otherwise, and give nothing at all.',
  ),
  since: mapOf(either(named('Transaction'), list(named('Transaction')))),
}

const runMembers = {
  ...counts('runs', 'failed'),
  lastRun: orNull(instant),
  meanMs: orNull({ type: 'number' }),
  longestMs: orNull({ type: 'number' }),
}

const columnMembers = {
  name: described(text, 'As every format names it.'),
  find: described(text, 'As the query has it.'),
  type: text,
  nullable: flag,
}

/** Shapes by the names under which the document has them. */
export const COMPONENTS: Readonly<Record<string, Schema>> = {
  Problem: {
    ...{ type: 'object', description: 'RFC 9457. Programs go by `kind`.' },
    properties: {
      type: text,
      title: text,
      status: whole,
      kind: text,
      detail: described(text, 'What was wrong, where, and what to do.'),
      line: described(whole, 'In the text that was sent, from 1.'),
      column: whole,
      in: described(text, 'Which text that is, where it is not the query: the rules of `%`, or an argument.'),
      nearest: described(list(text), 'Names that look like an unknown one.'),
      knownFrom: described(orNull(named('Transaction')), 'The first moment at which an entity was known.'),
      id: described(text, 'Where to find an error of ours in the log.'),
    },
    required: ['type', 'title', 'status', 'kind', 'detail'],
    additionalProperties: false,
  },
  Transaction: object({ t: whole, instant }),
  Entity: object(entityMembers, ['since']),
  EntityAt: object({ ...entityMembers, ...ASKED }, ['since']),
  UnknownEntity: object({ id: text, kind: oneOf('not-found'), knownFrom: orNull(named('Transaction')) }),
  Origin: described(
    either(
      object({ contract: text, topic: text, partition: exactWhole, offset: exactWhole }),
      object({ contract: text, file: text, line: exactWhole }),
    ),
    'The event behind a fact.',
  ),
  Interval: object({
    attribute: text,
    value: anything,
    from: named('Transaction'),
    to: orNull(named('Transaction')),
    origin: named('Origin'),
  }),
  LoggedTransaction: object({
    ...{ t: whole, instant, recordTime: instant, eventTime: orNull(instant), contract: text, origin: named('Origin') },
    facts: list(object({ id: text, entity: whole, attribute: text, value: anything, op: oneOf('assert', 'retract') })),
  }),
  Column: object(columnMembers),
  Answer: object({
    ...ASKED,
    columns: list(named('Column')),
    result: described(
      anything,
      'In the shape of `:find`: rows, a list, one row or one value; null where there is none.',
    ),
    rows: whole,
  }),
  Answers: object({
    ...ASKED,
    columns: list(named('Column')),
    results: list(object({ result: anything, rows: whole })),
  }),
  SavedQuery: object({
    ...{ name: text, version: text, doc: text },
    params: list(object({ name: text, type: text, default: anything, doc: text })),
    shardBy: orNull(text),
    result: described(oneOf('rows', 'maps', 'values', 'row', 'map', 'value'), 'The shape of its result in JSON.'),
    columns: list(named('Column')),
    error: described(orNull(text), 'What is wrong with the file; the version before it stays in force.'),
    ...runMembers,
    callers: list(object({ caller: text, ...runMembers })),
  }),
  Plan: object({ text, plan: named('PlanStep'), warnings: list(text) }),
  PlanStep: object({
    ...{ op: text, detail: text, estimatedRows: orNull({ type: 'number' }), rows: orNull(whole) },
    ...{ ms: orNull({ type: 'number' }), children: list(named('PlanStep')) },
  }),
  ExtractPlan: object({
    ...{ query: text, version: orNull(text), args: mapOf(anything), ...MOMENT, columns: list(named('Column')) },
    arrowSchema: described(text, 'The encapsulated IPC message in base64.'),
    ...{ totalRecords: orNull(whole), totalBytes: orNull(whole), ordered: flag },
    shards: list(
      object({
        ...{ shard: whole, of: whole, ticket: text, rows: orNull(whole) },
        uri: described({ type: 'string', format: 'uri-reference' }, 'Relative to the URL of the plan.'),
      }),
    ),
  }),
  Attribute: object({
    ...{ ident: text, type: text, many: flag, doc: text, owner: orNull(text), contracts: list(text) },
    ...{ live: whole, history: whole, index: flag, unique: flag },
  }),
  Contract: object({
    ...{ name: text, version: text, fingerprint: text, doc: text, owner: text, topic: text },
    ...{ published: orNull(instant), ...counts('seen', 'refused') },
  }),
  DeadLetter: object(
    {
      ...{ id: whole, at: instant, reason: text, detail: text, path: orNull(text), contract: orNull(text) },
      ...{
        origin: mapOf(anything),
        key: orNull(text),
        headers: mapOf(text),
        value: orNull(text),
        base64: orNull(text),
      },
      resolved: either(object({ at: instant, t: whole }), object({ at: instant, discarded: text })),
    },
    ['resolved'],
  ),
  Source: object({
    ...{ name: text, next: exactWhole, known: orNull(instant), ...counts('late', 'heldBack', 'superseded') },
    timestamps: oneOf('producer', 'broker', null),
    ...{ end: orNull(whole), lag: orNull(whole), lagSeconds: orNull({ type: 'number' }) },
  }),
  Kafka: object({
    ...{ reached: flag, at: orNull(instant), rate: whole, lastError: orNull(object({ at: instant, words: text })) },
    topics: list(
      object({
        ...{ topic: text, state: oneOf('reading', 'waiting', 'stopped') },
        ...{ reason: orNull(text), detail: orNull(text) },
      }),
    ),
  }),
  Status: object({
    ...{ store: text, t: whole, instant: orNull(instant), frontier: orNull(instant), completeThrough: orNull(instant) },
    ...counts('deadLetters', 'late', 'heldBack', 'superseded'),
    ...{ sources: list(named('Source')), ready: flag, kafka: orNull(named('Kafka')), warnings: list(text) },
    gaps: list(object({ source: text, from: whole, to: whole, at: instant, reason: text })),
    unkept: list(object({ topic: text, letters: whole, oldest: instant, places: mapOf(whole) })),
  }),
  Stats: object({
    ...{ store: text, t: whole, instant: orNull(instant), frontier: orNull(instant) },
    ...counts('entities', 'facts', 'live', 'history', 'deadLetters', 'late', 'heldBack', 'superseded', 'strings'),
    ...counts('bytesInMemory', 'bytesLeft', 'factsLeft', 'bytesOnDisk', 'bytesOfLog', 'bytesOfSegments'),
    bytesAFact: { type: 'number' },
    kinds: mapOf(whole),
    attributes: mapOf(object(counts('live', 'history'))),
  }),
}
