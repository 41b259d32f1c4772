import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { ExplainRequest, QueryRequest, SourceSpec } from '../database/api.ts'
import { showDate, showInstant } from '../model/instant.ts'
import { type Edn, readEdn, showForm } from '../query/query.ts'

type Entries = readonly (readonly [Edn, Edn])[]

const KEYS = [':query', ':args', ':as-of', ':sources', ':limit', ':offset', ':timeout-ms']

/** Reads an EDN body: the query itself, or a map `{:query :args :as-of :sources :limit :offset :timeout-ms}`. */
export const ednQueryRequest = (text: string): QueryRequest => requestOf(text, readEdn(text), KEYS)

/** The same of `POST /explain`, where the map may say `:run`. */
export function ednExplainRequest(text: string): ExplainRequest {
  const form = readEdn(text)
  const request = requestOf(text, form, [...KEYS, ':run'])
  const run = form.form === 'map' ? form.entries.find(([key]) => nameOf(key) === ':run')?.[1] : undefined
  if (run === undefined) return request
  if (run.form !== 'boolean') throw new FactError('argument', ':run is true or false', run.at)
  return { ...request, run: run.value }
}

function requestOf(text: string, form: Edn, keys: readonly string[]): QueryRequest {
  if (form.form !== 'map' || !form.entries.some(([key]) => nameOf(key) === ':query')) return { query: text }
  const { entries } = form
  for (const [key] of entries) {
    const name = nameOf(key)
    if (keys.includes(name)) continue
    const near = nearest(name, keys)
    throw new FactError('argument', `${name} is no key of a request.${hint(near) || ` There are ${keys.join(' ')}.`}`, {
      ...key.at,
      nearest: near,
    })
  }
  const value = (name: string) => entries.find(([key]) => nameOf(key) === name)?.[1]
  const [args, asOf, sources] = [value(':args'), value(':as-of'), value(':sources')]
  const whole = (member: string, name: string) => {
    const given = value(name)
    return given === undefined ? {} : { [member]: wholeOf(given, name) }
  }
  return {
    query: queryText(text, entries),
    ...(args === undefined ? {} : { args: argumentsOf(args) }),
    ...(asOf === undefined ? {} : { asOf: momentOf(asOf) }),
    ...(sources === undefined ? {} : { sources: sourcesOf(sources) }),
    ...whole('limit', ':limit'),
    ...whole('offset', ':offset'),
    ...whole('timeoutMs', ':timeout-ms'),
  }
}

/** The name of a keyword or symbol, the text of a string, or EDN text of anything else. */
function nameOf(form: Edn): string {
  if (form.form === 'keyword' || form.form === 'symbol') return form.name
  return form.form === 'string' ? form.text : showForm(form)
}

/** The text of the query with all that stands before it blanked, so that errors name lines and columns of the whole body. */
function queryText(text: string, entries: Entries): string {
  const index = entries.findIndex(([key]) => nameOf(key) === ':query')
  const start = offsetOf(text, entries[index][1])
  const blank = text.slice(0, start).replace(/[^\n]/g, ' ')
  if (index + 1 < entries.length) return blank + text.slice(start, offsetOf(text, entries[index + 1][0]))
  // the last brace closes the map, unless it stands in a comment behind it
  for (let end = text.lastIndexOf('}'); end > start; end = text.lastIndexOf('}', end - 1)) {
    const candidate = blank + text.slice(start, end)
    if (reads(candidate)) return candidate
  }
  return blank + text.slice(start)
}

function reads(text: string): boolean {
  try {
    readEdn(text)
    return true
  } catch {
    return false
  }
}

function offsetOf(text: string, { at }: Edn): number {
  let start = 0
  for (let line = 1; line < at.line; line++) start = text.indexOf('\n', start) + 1
  return start + at.column - 1
}

function argumentsOf(form: Edn): NonNullable<QueryRequest['args']> {
  const edn = (item: Edn) => ({ $edn: showForm(item) })
  if (form.form === 'vector' || form.form === 'list') return form.items.map(edn)
  if (form.form === 'map')
    return Object.fromEntries(form.entries.map(([key, item]) => [nameOf(key).replace(/^:/, ''), edn(item)]))
  throw new FactError('argument', ':args is a map by name, or a vector in the order of :in', form.at)
}

function sourcesOf(form: Edn): Readonly<Record<string, SourceSpec>> {
  if (form.form !== 'map') throw new FactError('argument', ':sources is a map such as {$before {:as-of 1200}}', form.at)
  return Object.fromEntries(
    form.entries.map(([key, source]) => {
      const name = nameOf(key)
      if (!name.startsWith('$'))
        throw new FactError('argument', `the name of a source begins with $, and ${name} does not`, key.at)
      if (source.form !== 'map')
        throw new FactError('argument', `the source ${name} is a map such as {:as-of 1200}`, source.at)
      return [name, Object.fromEntries(source.entries.map(([member, value]) => sourceMember(name, member, value)))]
    }),
  )
}

function sourceMember(source: string, member: Edn, value: Edn): readonly [string, unknown] {
  const name = nameOf(member)
  const items = value.form === 'vector' || value.form === 'list' || value.form === 'set' ? value.items : null
  const edn = (item: Edn) => ({ $edn: showForm(item) })
  switch (name) {
    case ':as-of':
      return ['asOf', momentOf(value)]
    case ':since':
      return ['since', momentOf(value)]
    case ':history':
      if (value.form === 'boolean') return ['history', value.value]
      throw new FactError('argument', `:history of ${source} is true or false`, value.at)
    case ':rows':
      if (items === null) throw new FactError('argument', `:rows of ${source} is a vector of rows`, value.at)
      return ['rows', items.map(row => (row.form === 'vector' || row.form === 'list' ? row.items.map(edn) : edn(row)))]
    case ':types':
      if (items?.every(item => item.form === 'string' || item.form === 'keyword'))
        return ['types', items.map(item => (item.form === 'string' ? item.text : nameOf(item).slice(1)))]
      throw new FactError('argument', `:types of ${source} is a vector such as ["string" "long"]`, value.at)
    default:
      throw new FactError(
        'argument',
        `${name} is no key of the source ${source}. There are :as-of, :history, :since, :rows and :types.`,
        member.at,
      )
  }
}

function momentOf(form: Edn): string | number {
  if (form.form === 'long') return String(form.value)
  if (form.form === 'string') return form.text
  if (form.form === 'inst') {
    const ms = form.micros / 1000n - (form.micros % 1000n < 0n ? 1n : 0n)
    return showInstant(Number(ms))
  }
  if (form.form === 'date') return showDate(form.days)
  throw new FactError('argument', ':as-of is a t, an #inst, a #date, or their text', form.at)
}

function wholeOf(form: Edn, name: string): number {
  if (form.form === 'long' && form.value >= 0n && form.value <= Number.MAX_SAFE_INTEGER) return Number(form.value)
  throw new FactError('argument', `${name} is a whole number from 0`, form.at)
}
