import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { parseType, type ValueType } from '../../model/type.ts'
import type { Input, ParsedQuery } from './ast.ts'
import { type Edn, type EdnPlace, readEdn } from './edn.ts'
import { parseQueryForm } from './parse.ts'
import { isVariable } from './parse-clause.ts'

export interface Parameter {
  /** With its question mark. */
  readonly name: string
  readonly type: ValueType
  /** EDN, or null where the parameter must be given. */
  readonly default: Edn | null
  readonly doc: string
}

/** A file of `queries/`. */
export interface SavedQuery {
  readonly doc: string
  readonly params: readonly Parameter[]
  /** As declared, null where it follows from `:find`. */
  readonly shardBy: string | null
  /** Its `:in` follows from the parameters. */
  readonly query: ParsedQuery
}

const KEYS = [':doc', ':params', ':shard-by', ':query']

const fail = (words: string, at: EdnPlace): never => {
  throw new FactError('parse-error', words, at)
}

/** Reads `{:doc "…" :params [{:name ?country :type :string}] :shard-by ?c :query [:find …]}`. Throws `parse-error` and what `parseQuery` throws, with line and column. */
export function parseSavedQuery(text: string): SavedQuery {
  const form = readEdn(text)
  const parts = partsOf(form, KEYS, 'a saved query')
  const query = parts.get(':query')
  if (query === undefined) return fail('a saved query needs :query', form.at)
  const params = paramsOf(parts.get(':params'))
  const shardBy = parts.get(':shard-by')
  if (shardBy !== undefined && !isVariable(shardBy)) fail(':shard-by takes a variable', shardBy.at)
  return {
    doc: textOf(parts.get(':doc'), ':doc'),
    params,
    shardBy: shardBy?.form === 'symbol' ? shardBy.name : null,
    query: withParams(parseQueryForm(query, text), params),
  }
}

function partsOf(form: Edn, keys: readonly string[], what: string): Map<string, Edn> {
  if (form.form !== 'map') return fail(`${what} is a map: {${keys[0]} …}`, form.at)
  const parts = new Map<string, Edn>()
  for (const [key, value] of form.entries) {
    if (key.form !== 'keyword' || !keys.includes(key.name)) {
      const name = key.form === 'keyword' ? key.name : 'this'
      return fail(`${name} is no part of ${what}; the parts are ${keys.join(' ')}.${hint(nearest(name, keys))}`, key.at)
    }
    if (parts.has(key.name)) fail(`${key.name} stands here twice`, key.at)
    parts.set(key.name, value)
  }
  return parts
}

function textOf(form: Edn | undefined, what: string): string {
  if (form === undefined) return ''
  return form.form === 'string' ? form.text : fail(`${what} takes a string`, form.at)
}

function paramsOf(form: Edn | undefined): Parameter[] {
  if (form === undefined) return []
  if (form.form !== 'vector' && form.form !== 'list') return fail(':params takes a vector of maps', form.at)
  return form.items.map(item => {
    const parts = partsOf(item, [':name', ':type', ':default', ':doc'], 'a parameter')
    const name = parts.get(':name')
    const type = parts.get(':type')
    if (name?.form !== 'symbol' || !isVariable(name)) return fail('a parameter needs a :name such as ?country', item.at)
    if (type === undefined) return fail(`${name.name} needs a :type`, item.at)
    return {
      name: name.name,
      type: parameterType(type),
      default: parts.get(':default') ?? null,
      doc: textOf(parts.get(':doc'), ':doc'),
    }
  })
}

/** `:string`, `"decimal(3)"`, `[:entity "customer"]`, `[:list :string]`, `[:enum "a" "b"]`. */
function parameterType(form: Edn): ValueType {
  try {
    if (form.form === 'string') return parseType(form.text)
    if (form.form === 'keyword') return parseType(form.name.slice(1))
  } catch (error) {
    throw error instanceof FactError
      ? new FactError(error.kind, error.message, { ...error.details, ...form.at })
      : error
  }
  const words = 'a type is :string, "decimal(3)", [:entity "customer"], [:list :string] or [:enum "a" "b"]'
  if (form.form !== 'vector' || form.items[0]?.form !== 'keyword' || form.items.length < 2) return fail(words, form.at)
  const [head, ...rest] = form.items
  const texts = rest.map(item => (item.form === 'string' ? item.text : null))
  const name = head.form === 'keyword' ? head.name : ''
  if (name === ':entity' && rest.length === 1 && texts[0] !== null) return { base: 'ref', kind: texts[0] }
  if (name === ':enum' && texts.every(text => text !== null)) return { base: 'enum', values: texts }
  if (name === ':list' && rest.length === 1) return { base: 'list', of: parameterType(rest[0]) }
  return fail(words, form.at)
}

/** The same query with an input for each parameter, behind the sources that it names itself. */
function withParams(query: ParsedQuery, params: readonly Parameter[]): ParsedQuery {
  const named = query.inputs.find(input => input.input === 'values' || input.input === 'rules')
  if (named) return fail('the :in of a saved query names sources only; its parameters stand in :params', named.at)
  const inputs = params.map((param): Input => {
    const variable = { term: 'variable', name: param.name, at: query.at } as const
    const bind = param.type.base === 'list' ? 'collection' : 'scalar'
    return { input: 'values', binding: { bind, variables: [variable], at: query.at }, at: query.at }
  })
  return { ...query, inputs: [...query.inputs, ...inputs] }
}

/** Declared types by variable, as `runQuery` takes them: of a list, the type of its elements. */
export const parameterTypes = (params: readonly Parameter[]): Map<string, ValueType> =>
  new Map(params.map(({ name, type }) => [name, type.base === 'list' ? type.of : type]))
