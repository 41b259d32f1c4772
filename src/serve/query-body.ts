import { textOf } from '../base/bytes.ts'
import { FactError } from '../base/error.ts'
import { ExactNumber, parseExact } from '../base/json.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { ExplainRequest, QueryRequest, SourceSpec } from '../database/api.ts'
import { textOfJsonQuery } from '../query/query.ts'
import { ednExplainRequest, ednQueryRequest } from './edn-body.ts'
import { exactArgument } from './exact-argument.ts'
import {
  anything,
  either,
  exactWhole,
  flag,
  list as listOf,
  mapOf,
  object,
  type Schema,
  text,
  wholeFrom,
} from './openapi/schema.ts'
import { EDN_TYPE, JSON_TYPE } from './route.ts'

const MEMBERS = ['query', 'args', 'asOf', 'sources', 'limit', 'offset', 'timeoutMs'] as const

const moment = either(text, exactWhole)
const source = object({ asOf: moment, history: flag, since: moment, rows: listOf(anything), types: listOf(text) }, [
  'asOf',
  'history',
  'since',
  'rows',
  'types',
])
const COUNT = wholeFrom(0, Number.MAX_SAFE_INTEGER)

/** The shape of such a body, with further members. */
export const queryBody = (more: Readonly<Record<string, Schema>>): Schema =>
  object(
    {
      query: either(text, mapOf(anything)),
      args: either(mapOf(anything), listOf(anything)),
      ...{ asOf: moment, sources: mapOf(source), limit: COUNT, offset: COUNT, timeoutMs: COUNT },
      ...more,
    },
    [...MEMBERS.filter(name => name !== 'query'), ...Object.keys(more)],
  )

/** Reads the body of `POST /query`. Throws `unsupported-media`, `parse-error` with line and column, or `argument`. */
export const queryRequest = (contentType: string | undefined, body: Uint8Array): QueryRequest =>
  read(contentType, body, ednQueryRequest, json => jsonQueryRequest(json, MEMBERS))

/** The same of `POST /explain`, which may say `run`. */
export const explainRequest = (contentType: string | undefined, body: Uint8Array): ExplainRequest =>
  read(contentType, body, ednExplainRequest, jsonExplainRequest)

function read<X>(
  contentType: string | undefined,
  body: Uint8Array,
  edn: (text: string) => X,
  json: (value: unknown) => X,
): X {
  const type = contentType?.split(';')[0].trim().toLowerCase()
  if (type !== JSON_TYPE && type !== EDN_TYPE) {
    const words = type === undefined ? 'the body has no Content-Type' : `a body of type ${type} cannot be read here`
    throw new FactError(
      'unsupported-media',
      `${words}; send ${JSON_TYPE} or ${EDN_TYPE}, with curl as -H 'Content-Type: ${JSON_TYPE}'`,
    )
  }
  const text = textOf(body)
  if (text === undefined) throw new FactError('parse-error', 'the body is not UTF-8')
  return type === EDN_TYPE ? edn(text) : json(parseExact(text))
}

function jsonQueryRequest(body: unknown, members: readonly string[]): QueryRequest {
  if (!isObject(body)) throw new FactError('argument', 'the body is a JSON object such as {"query": "[:find …]"}')
  checkMembers(body, members, 'of the body')
  const { query, args, asOf, sources } = body
  return {
    query: queryText(query),
    ...(args === undefined ? {} : { args: argumentsOf(args) }),
    ...(asOf === undefined ? {} : { asOf: momentOf(asOf, 'asOf') }),
    ...(sources === undefined ? {} : { sources: sourcesOf(sources) }),
    ...wholeMembers(body),
  }
}

function jsonExplainRequest(body: unknown): ExplainRequest {
  const request = jsonQueryRequest(body, [...MEMBERS, 'run'])
  const { run } = body as { run?: unknown }
  if (run === undefined) return request
  if (typeof run !== 'boolean') throw new FactError('argument', 'run is true or false')
  return { ...request, run }
}

/** A query as EDN text in a string, or in its JSON form. */
function queryText(query: unknown): string {
  if (typeof query === 'string') return query
  if (isObject(query)) return textOfJsonQuery(query)
  throw new FactError(
    'argument',
    'query is missing: it is the EDN text of a query as a string, or an object such as {"find": ["?x"], "where": [["?x", ":a/b"]]}',
  )
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)

/** Throws `argument` with the nearest names where an object has a member that nothing reads. */
export function checkMembers(object: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new FactError(
      'argument',
      `${name} is no member ${where}.${hint(near) || ` There are ${known.join(', ')}.`}`,
      { nearest: near },
    )
  }
}

/** Arguments by name, or in the order of `:in`, as parsed JSON. */
export function argumentsOf(args: unknown): NonNullable<QueryRequest['args']> {
  if (Array.isArray(args)) return args.map((value, i) => exactArgument(value, `argument ${i + 1}`))
  if (!isObject(args)) throw new FactError('argument', 'args is an object by name, or an array in the order of :in')
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, exactArgument(value, `the argument ${name}`)]),
  )
}

/** The sources of a query by name, as parsed JSON. */
export function sourcesOf(sources: unknown): Readonly<Record<string, SourceSpec>> {
  if (!isObject(sources))
    throw new FactError('argument', 'sources is an object such as {"$before": {"asOf": "2024-05-01"}}')
  return Object.fromEntries(Object.entries(sources).map(([name, value]) => [name, sourceOf(name, value)]))
}

function sourceOf(name: string, source: unknown): SourceSpec {
  if (!name.startsWith('$')) throw new FactError('argument', `the name of a source begins with $, and ${name} does not`)
  if (!isObject(source))
    throw new FactError('argument', `the source ${name} is an object such as {"asOf": "2024-05-01"}`)
  checkMembers(source, ['asOf', 'history', 'since', 'rows', 'types'], `of the source ${name}`)
  const { asOf, history, since, rows, types } = source
  if (history !== undefined && typeof history !== 'boolean')
    throw new FactError('argument', `history of ${name} is true or false`)
  return {
    ...(asOf === undefined ? {} : { asOf: momentOf(asOf, `asOf of ${name}`) }),
    ...(history === undefined ? {} : { history }),
    ...(since === undefined ? {} : { since: momentOf(since, `since of ${name}`) }),
    ...(rows === undefined ? {} : { rows: rowsOf(rows, name) }),
    ...(types === undefined ? {} : { types: typesOf(types, name) }),
  }
}

/** Rows of values, each as exact as an argument. */
function rowsOf(rows: unknown, name: string): unknown[] {
  if (!Array.isArray(rows)) throw new FactError('argument', `rows of ${name} is a list of rows`)
  return rows.map((row, i) => exactArgument(row, `row ${i + 1} of ${name}`))
}

function typesOf(types: unknown, name: string): string[] {
  if (Array.isArray(types) && types.every(type => typeof type === 'string')) return types
  throw new FactError('argument', `types of ${name} is a list such as ["string", "long"]`)
}

function momentOf(asOf: unknown, where: string): string | number {
  if (typeof asOf === 'string' || typeof asOf === 'number') return asOf
  if (asOf instanceof ExactNumber) return asOf.text
  throw new FactError('argument', `${where} is a t, or text such as "2024-05-01" or "2024-05-01T12:00:00Z"`)
}

/** The moment that a body asks for. */
export const asOfMember = (body: Readonly<Record<string, unknown>>): string | number | undefined =>
  body['asOf'] === undefined ? undefined : momentOf(body['asOf'], 'asOf')

/** `limit`, `offset` and `timeoutMs`, where they are there. */
export function wholeMembers(
  body: Readonly<Record<string, unknown>>,
): Pick<QueryRequest, 'limit' | 'offset' | 'timeoutMs'> {
  const found: Record<string, number> = {}
  for (const name of ['limit', 'offset', 'timeoutMs']) {
    const value = body[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw new FactError('argument', `${name} is a whole number from 0`)
    found[name] = value
  }
  return found
}
