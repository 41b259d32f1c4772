import { FactError } from '../../base/error.ts'
import { ExactNumber } from '../../base/json.ts'
import { showEdnString } from './edn-text.ts'

const SECTIONS: Readonly<Record<string, string>> = {
  find: ':find',
  keys: ':keys',
  syms: ':syms',
  strs: ':strs',
  with: ':with',
  in: ':in',
  where: ':where',
  orderBy: ':order-by',
  limit: ':limit',
  offset: ':offset',
  timeout: ':timeout',
}

const fail = (words: string): never => {
  throw new FactError('parse-error', words)
}

/**
 * The text of a query that a program wrote as JSON: `{"find": ["?c", ["sum", "?x"]], "where": [["?e", ":a/b", "?c"], [["<", "?x", 5]], ["not", …]]}`.
 * Sections are as in the map form, vectors and lists are arrays. A string that begins with `?`, `$`, `%` or `:`, and `_`, `.` and `...`, is what it is in EDN;
 * any other string is a string, but for the name at the head of a call, a rule or an aggregate. `{"$edn": "…"}` is anything else. Throws `parse-error`.
 */
export function textOfJsonQuery(json: unknown): string {
  if (!isObject(json)) return fail('a query in JSON is an object such as {"find": ["?x"], "where": [["?x", ":a/b"]]}')
  const sections = Object.entries(json).map(([key, value]) => {
    const name = Object.hasOwn(SECTIONS, key)
      ? SECTIONS[key]
      : fail(`${key} is no part of a query; there are ${Object.keys(SECTIONS).join(', ')}`)
    return `${name} ${section(key, value)}`
  })
  return `{${sections.join(' ')}}`
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof ExactNumber)

function section(key: string, value: unknown): string {
  if (key === 'limit' || key === 'offset' || key === 'timeout') return term(value)
  if (!Array.isArray(value)) return fail(`${key} is a list`)
  switch (key) {
    case 'find':
    case 'orderBy':
      return vector(value, element)
    case 'where':
      return vector(value, clause)
    case 'keys':
    case 'syms':
    case 'strs':
      return vector(value, name)
    default:
      return vector(value, term)
  }
}

const vector = (items: readonly unknown[], show: (item: unknown) => string): string => `[${items.map(show).join(' ')}]`

/** A word of the language where one stands: the name of a function, rule, aggregate or column. */
function name(json: unknown): string {
  return typeof json === 'string' && /^[^\s()[\]{}";,\\]+$/.test(json) ? json : fail(`${show(json)} is no name`)
}

const show = (json: unknown): string => JSON.stringify(json) ?? String(json)

/** Whether a string is a variable, source, keyword or sign rather than a string or a name. */
const isWord = (text: string): boolean => /^[?$%:][^\s()[\]{}";,\\]*$/.test(text) || ['_', '.', '...'].includes(text)

/** An element of `:find`: `"?x"`, `["sum", "?x"]`, or of a collection or tuple. */
function element(json: unknown): string {
  if (!Array.isArray(json)) return term(json)
  const [head] = json
  return typeof head === 'string' && !isWord(head) ? call(json) : vector(json, element)
}

const call = ([head, ...args]: readonly unknown[]): string => `(${[name(head), ...args.map(term)].join(' ')})`

const NESTING = ['not', 'or', 'and']
const JOINING = ['not-join', 'or-join']

function clause(json: unknown): string {
  if (!Array.isArray(json)) return fail(`a clause is a list, and ${show(json)} is none`)
  const [head, ...rest] = json
  // [["<", "?x", 5]] and [["+", "?x", 1], "?y"], but [[":customer/id", "1"], ":customer/age", "?a"] is a pattern
  if (Array.isArray(head) && !(typeof head[0] === 'string' && isWord(head[0])))
    return `[${[call(head), ...rest.map(term)].join(' ')}]`
  const source = typeof head === 'string' && head.startsWith('$') ? head : undefined
  const word = source === undefined ? head : rest[0]
  if (typeof word !== 'string' || isWord(word)) return vector(json, term)
  const body = source === undefined ? rest : rest.slice(1)
  const parts = NESTING.includes(word)
    ? body.map(clause)
    : JOINING.includes(word)
      ? [term(body[0]), ...body.slice(1).map(clause)]
      : body.map(term)
  return `(${[...(source === undefined ? [] : [source]), name(word), ...parts].join(' ')})`
}

function term(json: unknown): string {
  if (typeof json === 'string') return isWord(json) ? json : showEdnString(json)
  if (Array.isArray(json)) return vector(json, term)
  if (typeof json === 'boolean' || typeof json === 'number' || typeof json === 'bigint') return String(json)
  if (isObject(json)) {
    const { $edn } = json
    return typeof $edn === 'string'
      ? $edn
      : fail(`${show(json)} is no value; {"$edn": "…"} is anything that EDN can say`)
  }
  if (json instanceof ExactNumber) return json.text
  return fail(`${show(json)} is no value`)
}
