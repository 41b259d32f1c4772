import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import type { KeyForm, Shape } from '../../model/answer.ts'
import { LONG } from '../../model/type.ts'
import type { Constant, FindElement, Input, OrderBy, ParsedQuery, Variable } from './ast.ts'
import { type Edn, type EdnPlace, readEdn } from './edn.ts'
import { showForm } from './edn-form.ts'
import { parseMaybeElement, parsePullElement } from './find-element.ts'
import { isSource, isVariable, parseBinding, parseClauses, parseVariable } from './parse-clause.ts'

const SECTIONS = [
  ':find',
  ':in',
  ':with',
  ':where',
  ':keys',
  ':syms',
  ':strs',
  ':order-by',
  ':limit',
  ':offset',
  ':timeout',
]
const LATER = [':at', ':at-many']
const KEY_FORMS: readonly (readonly [string, KeyForm])[] = [
  [':keys', 'keyword'],
  [':syms', 'symbol'],
  [':strs', 'string'],
]

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
  const { sections, keys } = sectionsOf(form)
  const find = sections.get(':find')
  if (find === undefined) return fail(NO_QUERY, form.at)
  const { shape, elements } = parseFind(find, keys.get(':find') ?? form.at)
  const inputs = (sections.get(':in') ?? []).map(parseInput)
  checkInputs(inputs)
  checkPatternInputs(inputs, elements)
  return {
    text,
    shape,
    find: elements,
    with: (sections.get(':with') ?? []).map(item => parseVariable(item, ':with')),
    inputs,
    where: parseClauses(sections.get(':where') ?? [], '$'),
    ...parseKeys(sections, shape, elements.length, form.at),
    orderBy: parseOrderBy(sections.get(':order-by'), elements, keys.get(':order-by')),
    limit: parseCount(sections.get(':limit'), ':limit', keys.get(':limit')),
    offset: parseCount(sections.get(':offset'), ':offset', keys.get(':offset')),
    timeout: parseCount(sections.get(':timeout'), ':timeout', keys.get(':timeout')),
    at: form.at,
  }
}

/** The forms of each section, whether the query is a list of sections or a map of them, and where its key stands. */
function sectionsOf(form: Edn): {
  readonly sections: ReadonlyMap<string, readonly Edn[]>
  readonly keys: ReadonlyMap<string, EdnPlace>
} {
  const sections = new Map<string, Edn[]>()
  const keys = new Map<string, EdnPlace>()
  const open = (key: Edn): Edn[] => {
    if (key.form !== 'keyword') return fail(NO_QUERY, key.at)
    if (LATER.includes(key.name)) throw new FactError('unsupported', `${key.name} is not built yet`, key.at)
    if (!SECTIONS.includes(key.name)) return fail(strangeSection(key.name), key.at)
    if (sections.has(key.name)) return fail(`${key.name} stands here twice`, key.at)
    const items: Edn[] = []
    sections.set(key.name, items)
    keys.set(key.name, key.at)
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
      else fail(NO_QUERY, item.at)
    }
  } else fail(NO_QUERY, form.at)
  return { sections, keys }
}

const NO_QUERY =
  'a query begins with :find: it is [:find ?x :where [?x :a/b]], or a map {:find [?x] :where [[?x :a/b]]}, or a string of either'

function strangeSection(name: string): string {
  // an attribute ends up here where the brackets of a pattern are missing
  if (name.includes('/')) return `${name} stands in no clause: a pattern has brackets, [?e ${name} ?v]`
  const near = nearest(name, SECTIONS)
  return `${name} is no part of a query${near.length > 0 ? `.${hint(near)}` : `; the parts are ${SECTIONS.join(' ')}`}`
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
  if (form.form !== 'list') return fail(strangeElement(form), form.at)
  const [name, ...args] = form.items
  if (name?.form !== 'symbol') return fail('an aggregate begins with its name', form.at)
  if (name.name === 'pull') return parsePullElement(args, form.at)
  if (name.name === 'maybe') return parseMaybeElement(args, form.at)
  if (args.length !== 1 && args.length !== 2)
    throw new FactError('arity', `the aggregate ${name.name} takes one variable, not ${args.length}`, form.at)
  const last = args[args.length - 1]
  if (last.form === 'list')
    return fail(
      `the aggregate ${name.name} takes a variable: bind what it is about in :where, as [${showForm(last)} ?x], and say (${name.name} ?x)`,
      last.at,
    )
  const variable = parseVariable(last, `the aggregate ${name.name}`)
  const amount = args.length === 2 ? parseAmount(args[0]) : null
  const shown = amount === null ? '' : `${amount.term === 'constant' ? amount.literal.value : amount.name} `
  const text = `(${name.name} ${shown}${variable.name})`
  return { find: 'aggregate', name: name.name, amount, variable, text, at: form.at }
}

function strangeElement(form: Edn): string {
  const what = ':find takes variables such as ?x, aggregates such as (sum ?x), (pull ?x [*]) and (maybe ?x :a/b)'
  if (form.form !== 'symbol') return what
  if (SECTIONS.includes(`:${form.name}`)) return `${form.name} is no variable; the part of a query is :${form.name}`
  return `${form.name} is no variable, which would be ?${form.name}; ${what}`
}

/** How many values an aggregate gives. */
function parseAmount(form: Edn): Constant | Variable {
  if (isVariable(form)) return parseVariable(form, 'an amount')
  if (form.form !== 'long' || form.value < 1n || form.value > 1_000_000_000n)
    return fail('an aggregate of several values takes how many, from 1, and a variable: (max 3 ?x)', form.at)
  return { term: 'constant', literal: { value: form.value, type: LONG, exact: null }, at: form.at }
}

function parseInput(form: Edn): Input {
  if (form.form === 'symbol' && form.name === '%') return { input: 'rules', at: form.at }
  if (form.form === 'symbol' && isSource(form)) return { input: 'source', name: form.name, at: form.at }
  // a plain name is the pattern of a pull
  if (form.form === 'symbol' && /^[a-zA-Z]/.test(form.name)) {
    const variable: Variable = { term: 'variable', name: form.name, at: form.at }
    return { input: 'values', binding: { bind: 'scalar', variables: [variable], at: form.at }, at: form.at }
  }
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

/** A plain name in `:in` is the pattern of some pull, and a pattern that is no variable stands in `:in`. */
function checkPatternInputs(inputs: readonly Input[], elements: readonly FindElement[]): void {
  const asked = elements.flatMap(element =>
    element.find === 'pull' && 'input' in element.pattern ? [element.pattern] : [],
  )
  const given = inputs.flatMap(input =>
    input.input === 'values' && input.binding.bind === 'scalar' ? input.binding.variables : [],
  )
  for (const { name, at } of given)
    if (!name.startsWith('?') && !asked.some(pattern => pattern.input === name))
      fail(`${name} is no variable, no source and no pattern of a pull; a variable is ?${name}`, at)
  for (const { input, at } of asked)
    if (!given.some(({ name }) => name === input))
      throw new FactError('unbound-variable', `the pattern ${input} is no input: name it in :in`, at)
}

/** Names of the columns of return maps, by one of `:keys`, `:syms` and `:strs`. */
function parseKeys(
  sections: ReadonlyMap<string, readonly Edn[]>,
  shape: Shape,
  width: number,
  at: EdnPlace,
): { keys: string[] | null; keysAs: KeyForm } {
  const [given, other] = KEY_FORMS.filter(([section]) => sections.has(section))
  if (given === undefined) return { keys: null, keysAs: 'keyword' }
  const [section, keysAs] = given
  const items = sections.get(section) ?? []
  if (other !== undefined)
    return fail(`a query has one of :keys, :syms and :strs`, sections.get(other[0])?.[0]?.at ?? at)
  if (shape !== 'relation' && shape !== 'tuple')
    return fail(`${section} needs rows of several columns: a relation or a tuple`, items[0]?.at ?? at)
  if (items.length !== width)
    throw new FactError(
      'arity',
      `${section} needs a name for each element of :find: ${width}, not ${items.length}`,
      items[0]?.at ?? at,
    )
  const keys = items.map(item => {
    if (item.form === 'symbol') return item.name
    if (item.form === 'keyword') return item.name.slice(1)
    return item.form === 'string' ? item.text : fail(`${section} takes names`, item.at)
  })
  const doubled = keys.findIndex((key, i) => keys.indexOf(key) !== i)
  if (doubled >= 0) return fail(`${keys[doubled]} names two columns`, items[doubled].at)
  return { keys, keysAs }
}

function parseCount(items: readonly Edn[] | undefined, section: string, at: EdnPlace | undefined): number | null {
  if (items === undefined || at === undefined) return null
  const [count] = items
  if (
    items.length !== 1 ||
    count.form !== 'long' ||
    count.value < 0n ||
    count.value > BigInt(Number.MAX_SAFE_INTEGER)
  ) {
    const unit = section === ':timeout' ? ' of milliseconds' : ''
    return fail(`${section} takes one whole number${unit} from 0, that stands in the text`, count?.at ?? at)
  }
  return Number(count.value)
}

/** Find elements, each as written in `:find`, with `:asc` (the default) or `:desc` behind it. */
function parseOrderBy(
  items: readonly Edn[] | undefined,
  elements: readonly FindElement[],
  at: EdnPlace | undefined,
): OrderBy[] | null {
  if (items === undefined || at === undefined) return null
  const order: OrderBy[] = []
  // brackets may stand around all of it, and around each element with its direction
  const flat = (item: Edn): readonly Edn[] => (item.form === 'vector' ? item.items.flatMap(flat) : [item])
  let directed = true
  for (const item of items.flatMap(flat)) {
    if (item.form === 'keyword') {
      const last = directed ? undefined : order.pop()
      if (last === undefined || (item.name !== ':asc' && item.name !== ':desc'))
        return fail(`${item.name} says no order: behind an element stands :asc or :desc, once`, item.at)
      order.push({ element: last.element, descending: item.name === ':desc' })
      directed = true
      continue
    }
    const { text } = parseElement(item)
    const element = elements.findIndex(other => other.text === text)
    if (element < 0)
      return fail(
        `:order-by takes elements of :find as they stand there (${elements.map(({ text }) => text).join(', ')}), and ${text} is none`,
        item.at,
      )
    order.push({ element, descending: false })
    directed = false
  }
  return order.length > 0 ? order : fail(':order-by needs an element of :find', at)
}

export const variablesOf = (query: ParsedQuery): Variable[] => [
  ...query.find.map(element => element.variable),
  ...query.with,
]
