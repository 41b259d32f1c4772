import { FactError } from '../../base/error.ts'
import { ExactNumber } from '../../base/json.ts'
import type { Schema } from '../../model/schema.ts'
import { Keyword } from '../../model/value.ts'
import type { PullPattern, PullSpec } from './ast.ts'
import { type Edn, type EdnPlace, readEdn } from './edn.ts'
import { showForm } from './edn-form.ts'
import { elementLiteral } from './literal.ts'

const fail = (words: string, at: EdnPlace): never => {
  throw new FactError('parse-error', words, at)
}

/** Reads a pattern: `[:customer/country {:line/_customer [*]}]`. Throws `parse-error` with line and column. */
export const parsePull = (text: string): PullPattern => pullPatternOf(readEdn(text))

/** The same of a form that stands in a larger text. */
export function pullPatternOf(form: Edn): PullPattern {
  if (form.form !== 'vector' && form.form !== 'list')
    return fail('a pull pattern is a vector such as [:customer/country {:customer/friend [*]}]', form.at)
  if (form.items.length === 0) return fail('a pull pattern needs something to pull', form.at)
  let wildcard = false
  const specs: PullSpec[] = []
  for (const item of form.items) {
    if (isWord(item, '*')) wildcard = true
    else if (item.form === 'map')
      for (const [key, value] of item.entries) specs.push({ ...specOf(key), follow: followOf(value) })
    else specs.push(specOf(item))
  }
  return { wildcard, specs, at: form.at }
}

/** A pattern that a program wrote as JSON: `[":customer/country", {":line/_customer": ["*"]}]`. */
export function formOfJson(json: unknown): Edn {
  const at = { line: 1, column: 1 }
  if (Array.isArray(json)) return { form: 'vector', items: json.map(formOfJson), at }
  if (typeof json === 'string')
    return json.startsWith(':') ? { form: 'keyword', name: json, at } : { form: 'string', text: json, at }
  if (typeof json === 'boolean') return { form: 'boolean', value: json, at }
  if (json === null || json === undefined) return { form: 'nil', at }
  if (typeof json === 'object' && !(json instanceof ExactNumber)) {
    const entries = Object.entries(json).map(([key, value]): [Edn, Edn] => [formOfJson(key), formOfJson(value)])
    return { form: 'map', entries, at }
  }
  return readEdn(json instanceof ExactNumber ? json.text : String(json))
}

/** A word as a symbol, a string or a keyword. */
const isWord = (form: Edn, word: string): boolean =>
  (form.form === 'symbol' && form.name === word) ||
  (form.form === 'string' && form.text === word) ||
  (form.form === 'keyword' && form.name === `:${word}`)

function followOf(form: Edn): PullSpec['follow'] {
  if (isWord(form, '...')) return { times: Number.POSITIVE_INFINITY }
  if (form.form !== 'long') {
    if (form.form !== 'vector' && form.form !== 'list')
      return fail(
        'what a reference leads to is a pattern such as [*], a number of steps, or ... for all of them',
        form.at,
      )
    return pullPatternOf(form)
  }
  if (form.value < 1n) return fail('a recursion goes at least 1 step, or ... without end', form.at)
  return { times: Number(form.value) }
}

/** An attribute alone, or with options: `[:a/b :as "b" :limit 3]`, `(limit :a/b 3)`, `(default :a/b 0)`. */
function specOf(form: Edn): PullSpec {
  if (form.form === 'keyword') return attributeSpec(form.name, form.at)
  if (form.form !== 'vector' && form.form !== 'list')
    return fail(
      `${showForm(form)} is no attribute such as :customer/country, no *, no map such as {:customer/friend [*]}, and no attribute with options in brackets`,
      form.at,
    )
  const [first, ...rest] = form.items
  if (first === undefined) return fail('an attribute is expected here', form.at)
  for (const word of ['limit', 'default'] as const) {
    if (!isWord(first, word) || (first.form === 'keyword' && rest[0]?.form !== 'keyword')) continue
    if (rest.length !== 2) throw new FactError('arity', `(${word} :a/b value) takes an attribute and a value`, form.at)
    return optioned(rest[0], [[`:${word}`, rest[1]]], form.at)
  }
  if (rest.length % 2 !== 0) return fail('options come in pairs: [:a/b :as "b" :limit 3]', form.at)
  const options = Array.from({ length: rest.length / 2 }, (_, i): [string, Edn] => {
    const name = rest[2 * i]
    return [name.form === 'keyword' ? name.name : '', rest[2 * i + 1]]
  })
  return optioned(first, options, form.at)
}

function optioned(attribute: Edn, options: readonly (readonly [string, Edn])[], at: EdnPlace): PullSpec {
  if (attribute.form !== 'keyword') return fail('an attribute is a keyword such as :customer/country', attribute.at)
  let spec = attributeSpec(attribute.name, attribute.at)
  for (const [name, value] of options) {
    switch (name) {
      case ':as':
        spec = { ...spec, key: elementLiteral(value).value }
        break
      case ':limit':
        spec = { ...spec, limit: limitOf(value) }
        break
      case ':default':
        spec = { ...spec, default: elementLiteral(value).value }
        break
      case ':xform':
        if (value.form !== 'symbol') return fail(':xform takes the name of a procedure', value.at)
        spec = { ...spec, xform: value.name }
        break
      default:
        return fail(
          `the options of an attribute are :as, :limit, :default and :xform${name === '' ? '' : `, not ${name}`}`,
          at,
        )
    }
  }
  return spec
}

function limitOf(form: Edn): number | null {
  if (form.form === 'nil') return null
  if (form.form !== 'long' || form.value < 1n) return fail('a limit is a whole number from 1, or nil for all', form.at)
  return Number(form.value)
}

function attributeSpec(written: string, at: EdnPlace): PullSpec {
  const reverse = /^:(?:[^/]+\/)?_/.test(written)
  const ident = reverse ? written.replace(/^(:(?:[^/]+\/)?)_/, '$1') : written
  return { ident, reverse, key: new Keyword(written), limit: null, default: null, xform: null, follow: null, at }
}

export const DB_ID = ':db/id'

/** Checks a pattern against a schema. Throws `unknown-attribute` with the nearest names, `wrong-type`. */
export function checkPull(pattern: PullPattern, schema: Schema): void {
  for (const { ident, reverse, follow, at } of pattern.specs) {
    if (ident !== DB_ID) {
      const attribute = schema.find(ident)
      if (attribute === undefined) {
        const { kind, message, details } = schema.unknown(ident)
        throw new FactError(kind, message, { ...details, ...at })
      }
      if ((reverse || follow !== null) && attribute.type.base !== 'ref')
        throw new FactError('wrong-type', `${ident} is no reference, so nothing can be followed`, at)
    } else if (reverse || follow !== null) throw new FactError('wrong-type', ':db/id is no reference', at)
    if (follow !== null && 'specs' in follow) checkPull(follow, schema)
  }
}
