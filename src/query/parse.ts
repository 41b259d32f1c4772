import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Shape } from '../model/answer.ts'
import type { FindElement, Input, OrderBy, ParsedQuery, Variable } from './ast.ts'
import { type Edn, type EdnPlace, readEdn } from './edn.ts'
import { isSource, isVariable, parseBinding, parseClauses, parseVariable } from './parse-clause.ts'

const SECTIONS = [':find', ':in', ':with', ':where', ':keys', ':order-by', ':limit', ':offset']
const LATER = [':syms', ':strs', ':timeout', ':at', ':at-many']

const fail = (words: string, at: EdnPlace): never => {
  throw new FactError('parse-error', words, at)
}

/** Reads a query: `[:find …]`, `{:find […] …}`, or a string that holds one of these. Throws `parse-error`, `arity` or `unsupported` with line and column. */
export function parseQuery(text: string): ParsedQuery {
  return parseQueryForm(readEdn(text), text)
}

/** The same of a form that stands in a larger text, whose places it keeps. */
export function parseQueryForm(form: Edn, text: string): ParsedQuery {
  if (form.form === 'string') return parseQuery(form.text)
  const sections = sectionsOf(form)
  const find = sections.get(':find')
  if (find === undefined) return fail('a query needs :find', form.at)
  const { shape, elements } = parseFind(find, form.at)
  const inputs = (sections.get(':in') ?? []).map(parseInput)
  checkInputs(inputs)
  return {
    text,
    shape,
    find: elements,
    with: (sections.get(':with') ?? []).map(item => parseVariable(item, ':with')),
    inputs,
    where: parseClauses(sections.get(':where') ?? [], '$'),
    keys: parseKeys(sections.get(':keys'), shape, elements.length, form.at),
    orderBy: parseOrderBy(sections.get(':order-by'), elements),
    limit: parseCount(sections.get(':limit'), ':limit', form.at),
    offset: parseCount(sections.get(':offset'), ':offset', form.at),
    at: form.at,
  }
}

/** The forms of each section, whether the query is a list of sections or a map of them. */
function sectionsOf(form: Edn): Map<string, readonly Edn[]> {
  const sections = new Map<string, Edn[]>()
  const open = (key: Edn): Edn[] => {
    if (key.form !== 'keyword')
      return fail('a query is [:find … :where …], {:find […] :where […]} or a string of these', key.at)
    if (LATER.includes(key.name)) throw new FactError('unsupported', `${key.name} is not built yet`, key.at)
    if (!SECTIONS.includes(key.name))
      return fail(`${key.name} is no part of a query.${hint(nearest(key.name, SECTIONS))}`, key.at)
    if (sections.has(key.name)) return fail(`${key.name} stands here twice`, key.at)
    const items: Edn[] = []
    sections.set(key.name, items)
    return items
  }
  if (form.form === 'map') {
    for (const [key, value] of form.entries)
      open(key).push(...(value.form === 'vector' || value.form === 'list' ? value.items : [value]))
  } else if (form.form === 'vector' || form.form === 'list') {
    let items: Edn[] | undefined
    for (const item of form.items) {
      // inside :order-by, :asc and :desc are words of their own
      if (item.form === 'keyword' && item.name !== ':asc' && item.name !== ':desc') items = open(item)
      else if (items) items.push(item)
      else fail('a query begins with :find', item.at)
    }
    const order = sections.get(':order-by')
    if (order?.length === 1 && order[0].form === 'vector') sections.set(':order-by', [...order[0].items])
  } else fail('a query is [:find … :where …], {:find […] :where […]} or a string of these', form.at)
  return sections
}

function parseFind(items: readonly Edn[], at: EdnPlace): { shape: Shape; elements: FindElement[] } {
  if (items.length === 0) return fail(':find needs something to find', at)
  const dot = items.findIndex(item => item.form === 'symbol' && item.name === '.')
  if (dot >= 0) {
    if (dot !== 1 || items.length !== 2)
      return fail('a scalar is :find ?x . with one element before the point', items[dot].at)
    return { shape: 'scalar', elements: [parseElement(items[0])] }
  }
  const [first] = items
  if (items.length > 1 || first.form !== 'vector') return { shape: 'relation', elements: items.map(parseElement) }
  const last = first.items.at(-1)
  if (last?.form === 'symbol' && last.name === '...') {
    if (first.items.length !== 2) return fail('a collection is :find [?x ...] with one element', first.at)
    return { shape: 'collection', elements: [parseElement(first.items[0])] }
  }
  if (first.items.length === 0) return fail(':find needs something to find', first.at)
  return { shape: 'tuple', elements: first.items.map(parseElement) }
}

function parseElement(form: Edn): FindElement {
  if (form.form === 'symbol' && isVariable(form))
    return { find: 'variable', variable: parseVariable(form, ':find'), text: form.name, at: form.at }
  if (form.form !== 'list') return fail(':find takes variables and aggregates such as (sum ?x)', form.at)
  const [name, ...args] = form.items
  if (name?.form !== 'symbol') return fail('an aggregate begins with its name', form.at)
  if (name.name === 'pull' || name.name === 'maybe')
    throw new FactError('unsupported', `(${name.name} …) in :find is not built yet`, name.at)
  if (args.length === 2 && args[0].form === 'long') {
    throw new FactError('unsupported', `(${name.name} n ?x), an aggregate of several values, is not built yet`, form.at)
  }
  if (args.length !== 1)
    throw new FactError('arity', `the aggregate ${name.name} takes one variable, not ${args.length}`, form.at)
  const variable = parseVariable(args[0], `the aggregate ${name.name}`)
  return { find: 'aggregate', name: name.name, variable, text: `(${name.name} ${variable.name})`, at: form.at }
}

function parseInput(form: Edn): Input {
  if (form.form === 'symbol' && form.name === '%') return { input: 'rules', at: form.at }
  if (form.form === 'symbol' && isSource(form)) return { input: 'source', name: form.name, at: form.at }
  return { input: 'values', binding: parseBinding(form), at: form.at }
}

function checkInputs(inputs: readonly Input[]): void {
  const seen = new Set<string>()
  const meet = (name: string, at: EdnPlace) => {
    if (seen.has(name)) fail(`${name} stands in :in twice`, at)
    seen.add(name)
  }
  for (const input of inputs) {
    if (input.input === 'source') meet(input.name, input.at)
    else if (input.input === 'rules') meet('%', input.at)
    else
      for (const variable of input.binding.variables) if (variable.term === 'variable') meet(variable.name, variable.at)
  }
}

function parseKeys(items: readonly Edn[] | undefined, shape: Shape, width: number, at: EdnPlace): string[] | null {
  if (items === undefined) return null
  if (shape !== 'relation' && shape !== 'tuple')
    return fail(':keys needs rows of several columns: a relation or a tuple', items[0]?.at ?? at)
  if (items.length !== width)
    throw new FactError('arity', `:keys names ${items.length} columns, but :find has ${width}`, items[0]?.at ?? at)
  return items.map(item => {
    if (item.form === 'symbol') return item.name
    if (item.form === 'keyword') return item.name.slice(1)
    return fail(':keys takes names', item.at)
  })
}

function parseCount(items: readonly Edn[] | undefined, section: string, at: EdnPlace): number | null {
  if (items === undefined) return null
  const [count] = items
  if (
    items.length !== 1 ||
    count.form !== 'long' ||
    count.value < 0n ||
    count.value > BigInt(Number.MAX_SAFE_INTEGER)
  ) {
    return fail(`${section} takes one whole number from 0`, count?.at ?? at)
  }
  return Number(count.value)
}

/** Find elements, each as written in `:find`, with `:asc` (the default) or `:desc` behind it. */
function parseOrderBy(items: readonly Edn[] | undefined, elements: readonly FindElement[]): OrderBy[] | null {
  if (items === undefined) return null
  const order: OrderBy[] = []
  for (const item of items) {
    if (item.form === 'keyword') {
      const last = order.pop()
      if (last === undefined) return fail(`${item.name} follows what is to be ordered`, item.at)
      order.push({ element: last.element, descending: item.name === ':desc' })
      continue
    }
    const { text } = parseElement(item)
    const element = elements.findIndex(other => other.text === text)
    if (element < 0) return fail(`:order-by takes elements of :find, and ${text} is none`, item.at)
    order.push({ element, descending: false })
  }
  return order
}

export const variablesOf = (query: ParsedQuery): Variable[] => [
  ...query.find.map(element => element.variable),
  ...query.with,
]
