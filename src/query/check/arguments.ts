import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { Decimal, parseDecimal } from '../../model/decimal.ts'
import { entityNumber, kindOf, ordinalOf } from '../../model/entity-id.ts'
import { keyOfText } from '../../model/entity-text.ts'
import type { FactView } from '../../model/fact-view.ts'
import { parseDate, parseInstantNanos } from '../../model/instant.ts'
import type { Kind } from '../../model/schema.ts'
import { ANY, BOOLEAN, DOUBLE, LONG, refTo, STRING, showType, type ValueType } from '../../model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from '../../model/value.ts'
import { wider } from '../functions/comparable.ts'
import { entityRef } from '../functions/lookup.ts'
import { example } from '../functions/meant.ts'
import { narrowed } from '../functions/narrowed.ts'
import type { Binding, Literal, ParsedQuery, PullPattern } from '../language/ast.ts'
import { variablesOf } from '../language/clause-terms.ts'
import { type Edn, readEdn } from '../language/edn.ts'
import { showForm } from '../language/edn-form.ts'
import { elementLiteral, listLiteral, literalOf } from '../language/literal.ts'
import { formOfJson, parsePull, pullPatternOf } from '../language/pull-pattern.ts'
import { filler } from '../operators/maybe.ts'
import type { Arguments } from '../operators/options.ts'
import type { Compiled } from './compiled.ts'

/** Values that inputs bring: constants, and rows over several variables. */
export interface Bound {
  readonly constants: ReadonlyMap<string, Literal>
  readonly tables: readonly Table[]
  /** Patterns of pulls, by the name of their input. */
  readonly patterns: ReadonlyMap<string, PullPattern>
  /** Some argument names an entity that nobody knows: there is no row to begin with. */
  readonly nothing: boolean
}

/** Rows of literals over variables. */
export interface Table {
  readonly variables: readonly string[]
  readonly rows: readonly (readonly Literal[])[]
}

const fail = (words: string): never => {
  throw new FactError('argument', words)
}

/** An argument: JSON, or EDN where it was given as `{$edn: "…"}`. */
type Given = { readonly json: unknown } | { readonly edn: Edn }

/** The argument of each input that takes values, and the text of the rules. */
export interface Assigned {
  readonly values: ReadonlyMap<Binding, Given>
  readonly rules: string | null
}

/** Which argument is for which input. Throws `argument`. */
export function assignArguments(query: ParsedQuery, args: Arguments): Assigned {
  const bindings = query.inputs.flatMap(input => (input.input === 'values' ? [input.binding] : []))
  const values = new Map<Binding, Given>()
  let rules: string | null = null
  if (Array.isArray(args)) {
    const wanted = query.inputs.filter(input => input.input !== 'source')
    // rules may stand where `%` stands, or be left out where a caller gives them by name
    const positions = args.length === wanted.length ? wanted : wanted.filter(input => input.input === 'values')
    if (args.length !== positions.length)
      fail(
        bindings.length === 0
          ? `the query takes no argument, not ${args.length}`
          : `the query takes ${bindings.length === 1 ? 'one argument' : `${bindings.length} arguments`} (${bindings.map(nameOf).join(', ')}), not ${args.length}`,
      )
    positions.forEach((input, i) => {
      if (input.input === 'rules') rules = rulesText(args[i])
      else if (input.input === 'values') values.set(input.binding, givenOf(args[i], nameOf(input.binding)))
    })
  } else {
    const named = new Map(Object.entries(args))
    if (named.has('%')) {
      if (!query.inputs.some(input => input.input === 'rules'))
        fail('the query takes no rules: % does not stand in :in')
      rules = rulesText(named.get('%'))
      named.delete('%')
    }
    for (const binding of bindings) {
      const name = nameOf(binding)
      const key =
        [name, name.slice(1)].find(candidate => named.has(candidate)) ??
        fail(`the argument ${name} is missing: the query takes ${bindings.map(nameOf).join(', ')}`)
      values.set(binding, givenOf(named.get(key), name))
      named.delete(key)
    }
    const [stranger] = named.keys()
    if (stranger !== undefined) {
      const all = bindings.map(nameOf)
      const near = nearest(
        stranger,
        all.flatMap(name => [name, name.slice(1)]),
      )
      fail(
        `the query takes no argument ${stranger}; it takes ${all.length === 0 ? 'none' : all.join(', ')}.${hint(near)}`.replace(
          /\.$/,
          '',
        ),
      )
    }
  }
  if (rules === null && query.inputs.some(input => input.input === 'rules'))
    fail('the rules of % are missing: give them as EDN text')
  return { values, rules }
}

/** A tuple or relation goes by its first variable. */
function nameOf(binding: Binding): string {
  const first = binding.variables.find(variable => variable.term === 'variable')
  return first?.term === 'variable' ? first.name : '_'
}

function rulesText(value: unknown): string {
  if (typeof value === 'string') return value
  const edn = (value as { $edn?: unknown } | null)?.$edn
  return typeof edn === 'string' ? edn : fail('the rules of % are EDN text')
}

function givenOf(value: unknown, name: string): Given {
  if (value === null || value === undefined) return fail(`${name} is null, and nil is never a value`)
  const edn = typeof value === 'object' ? (value as { $edn?: unknown }).$edn : undefined
  if (typeof edn !== 'string') return { json: value }
  try {
    return { edn: readEdn(edn, name) }
  } catch (error) {
    throw error instanceof FactError ? new FactError('argument', `${name}: ${error.message}`, error.details) : error
  }
}

/** What the check of a query needs to know of its arguments: the rules, and types where no use tells. */
export function argumentTexts(
  query: ParsedQuery,
  { values, rules }: Assigned,
): { rules: string | null; natural: Map<string, ValueType> } {
  const natural = new Map<string, ValueType>()
  for (const [binding, given] of values) {
    if (patternUse(binding, query) === 'only') continue
    for (const row of rowsOf(binding, given)) {
      binding.variables.forEach((variable, i) => {
        if (variable.term !== 'variable') return
        const type = naturalValue(row[i])?.type
        const before = natural.get(variable.name)
        if (type) natural.set(variable.name, before === undefined ? type : wider(before, type))
      })
    }
  }
  return { rules, natural }
}

/** Reads the arguments, each as the type that its variable has. Throws `argument`. */
export function bindArguments(compiled: Compiled, { values }: Assigned, view: FactView): Bound {
  const constants = new Map<string, Literal>()
  const tables: Table[] = []
  const patterns = new Map<string, PullPattern>()
  let nothing = false
  for (const [binding, given] of values) {
    const use = patternUse(binding, compiled.query)
    if (use !== 'none') patterns.set(nameOf(binding), patternFor(given, nameOf(binding)))
    if (use === 'only') continue
    const table = tableOf(binding, given, compiled.types, view)
    if (binding.bind === 'collection' || binding.bind === 'relation') tables.push(table)
    else if (table.rows.length === 0) {
      nothing = true
      // there will be no rows, but a plan wants something in the place of what nobody knows
      for (const name of table.variables) {
        const type = compiled.types.get(name) ?? ANY
        constants.set(name, { value: filler(type, view), type, exact: null })
      }
    } else for (const [i, name] of table.variables.entries()) constants.set(name, table.rows[0][i])
  }
  for (const { variable, term } of compiled.fixed) {
    const type = compiled.types.get(variable.name) ?? ANY
    if (term.term === 'lookup')
      constants.set(variable.name, { value: entityRef(term, view), type: refTo(null), exact: null })
    else constants.set(variable.name, entityLiteral(term.literal, type))
  }
  return { constants, tables, patterns, nothing }
}

/** Whether an input is the pattern of a pull, and nothing else. */
function patternUse(binding: Binding, query: ParsedQuery): 'none' | 'also' | 'only' {
  const name = nameOf(binding)
  if (
    !query.find.some(element => element.find === 'pull' && 'input' in element.pattern && element.pattern.input === name)
  )
    return 'none'
  const elsewhere = [...query.find.map(element => element.variable), ...query.with, ...query.where.flatMap(variablesOf)]
  return elsewhere.some(variable => variable.name === name) ? 'also' : 'only'
}

function patternFor(given: Given, name: string): PullPattern {
  try {
    if ('edn' in given) return pullPatternOf(given.edn)
    return typeof given.json === 'string' ? parsePull(given.json) : pullPatternOf(formOfJson(given.json))
  } catch (error) {
    throw error instanceof FactError ? new FactError('argument', `${name}: ${error.message}`, error.details) : error
  }
}

const entityLiteral = (literal: Literal, type: ValueType): Literal =>
  type.base === 'ref' && typeof literal.value === 'bigint'
    ? { value: new EntityRef(Number(literal.value)), type, exact: null }
    : literal

/** The rows that a binding makes of one argument or of the form of `ground`. Rows that name an entity nobody knows are left out. */
export function compileRows(binding: Binding, form: Edn, types: ReadonlyMap<string, ValueType>, view: FactView): Table {
  return tableOf(binding, { edn: form }, types, view)
}

/** A value of a row as a type; undefined where it names an entity that nobody knows. Throws `argument`. */
export const givenLiteral = (value: unknown, type: ValueType, name: string, view: FactView): Literal | undefined =>
  literalFor(givenOf(value, name), type, name, view)

/** The type that a value of a row has by itself. */
export function naturalType(value: unknown): ValueType {
  return value === null || value === undefined ? ANY : (naturalValue(givenOf(value, 'a value'))?.type ?? ANY)
}

function tableOf(binding: Binding, given: Given, types: ReadonlyMap<string, ValueType>, view: FactView): Table {
  const places = binding.variables
    .map((variable, place) => ({ variable, place }))
    .filter(({ variable }) => variable.term === 'variable')
  const variables = places.map(({ variable }) => (variable as { name: string }).name)
  const rows: Literal[][] = []
  for (const row of rowsOf(binding, given)) {
    const literals = places.map(({ place }, i) =>
      literalFor(row[place], types.get(variables[i]) ?? ANY, variables[i], view),
    )
    if (literals.every(literal => literal !== undefined)) rows.push(literals)
  }
  return { variables, rows }
}

/** The argument as rows, one value for each variable of the binding. */
function rowsOf(binding: Binding, given: Given): Given[][] {
  const name = nameOf(binding)
  const width = binding.variables.length
  const row = (value: Given): Given[] => {
    const items =
      itemsOf(value) ?? fail(`${name} takes rows of ${width} values, each a list, and ${shown(value)} is none`)
    return items.length === width
      ? items
      : fail(`${name} takes a row of ${width} values, not ${items.length}: ${shown(value)}`)
  }
  switch (binding.bind) {
    case 'scalar':
      return [[given]]
    case 'tuple':
      return [row(given)]
    case 'collection':
      return (itemsOf(given) ?? fail(`${name} takes a list of values, and ${shown(given)} is none`)).map(item => [item])
    case 'relation':
      return (itemsOf(given) ?? fail(`${name} takes a list of rows, and ${shown(given)} is none`)).map(row)
  }
}

/** What was given, for an error; as much of it as fits into one. */
function shown(given: Given): string {
  const text = 'json' in given ? (JSON.stringify(given.json, plain) ?? 'nothing') : showForm(given.edn)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function itemsOf(given: Given): Given[] | undefined {
  if ('json' in given)
    return Array.isArray(given.json) ? given.json.map(json => givenOf(json, 'an element')) : undefined
  const { edn } = given
  if (edn.form === 'vector' || edn.form === 'list' || edn.form === 'set') return edn.items.map(item => ({ edn: item }))
  return edn.form === 'map'
    ? edn.entries.map(([key, value]) => ({ edn: { form: 'vector', items: [key, value], at: key.at } }))
    : undefined
}

const isLossless = (json: unknown): boolean => typeof json === 'object' && json !== null && 'isLosslessNumber' in json

/** The text of a number of JSON, whichever parser read it. */
function numberText(json: unknown): string | undefined {
  if (typeof json === 'number' || typeof json === 'bigint' || json instanceof Decimal || isLossless(json))
    return String(json)
  return undefined
}

/** A value as it is where no use gives it a type; undefined where it is no value. */
function naturalLiteral(given: Given): Literal | undefined {
  if ('edn' in given) return literalOf(given.edn)
  const { json } = given
  if (typeof json === 'string') return { value: json, type: STRING, exact: null }
  if (typeof json === 'boolean') return { value: json, type: BOOLEAN, exact: null }
  if (Number.isSafeInteger(json)) return { value: BigInt(json as number), type: LONG, exact: null }
  const text = numberText(json)
  return text === undefined ? undefined : numberLiteral(text)
}

/** The same of lists and maps too, and of symbols in EDN. */
function naturalValue(given: Given): Literal | undefined {
  const simple = naturalLiteral(given)
  if (simple !== undefined) return simple
  if ('edn' in given) return elementLiteral(given.edn)
  const items = itemsOf(given)?.map(naturalValue)
  if (items === undefined || items.includes(undefined)) return undefined
  return listLiteral(items as Literal[])
}

/** Long where there is no fraction and no exponent, else double; exact in any case. */
function numberLiteral(text: string): Literal {
  if (/^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.replace('+', ''))
    if (BigInt.asIntN(64, value) === value) return { value, type: LONG, exact: null }
  }
  const value = Number(text)
  if (!Number.isFinite(value)) return fail(`${text} is no number`)
  return { value, type: DOUBLE, exact: parseDecimal(text) ?? null }
}

/** Reads one value as a type; undefined where it names an entity that nobody knows. Throws `argument`. */
function literalFor(given: Given, type: ValueType, name: string, view: FactView): Literal | undefined {
  const refuse = (): never =>
    fail(
      `${name} takes ${showType(type)}, and ${shown(given)} is none: write ${'json' in given ? example(type).replace(/^#\w+ /, '') : example(type)}`,
    )
  if (type.base === 'ref') return entityFor(given, type, name, view)
  if (type.base === 'any' || type.base === 'list') return naturalValue(given) ?? refuse()
  const natural = naturalLiteral(given)
  if (natural === undefined) return refuse()
  if (
    'edn' in given &&
    typeof natural.value !== 'string' &&
    typeof natural.value !== 'bigint' &&
    typeof natural.value !== 'number'
  ) {
    return narrowed(natural, type) ?? refuse()
  }
  return readAs(natural, type) ?? refuse()
}

const plain = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' || isLossless(value) ? String(value) : value

/** A string or number of JSON as a value of a type. */
function readAs(natural: Literal, type: ValueType): Literal | undefined {
  const { value } = natural
  const text = typeof value === 'string' ? value : undefined
  const as = (made: Value | undefined): Literal | undefined =>
    made === undefined ? undefined : { value: made, type, exact: null }
  switch (type.base) {
    case 'long':
    case 'double':
    case 'decimal': {
      if (text === undefined) return typeof value === 'boolean' ? undefined : narrowed(natural, type)
      if (parseDecimal(text) === undefined) return undefined
      return narrowed(numberLiteral(text), type)
    }
    case 'boolean':
      return as(typeof value === 'boolean' ? value : text === 'true' ? true : text === 'false' ? false : undefined)
    case 'instant': {
      if (typeof value === 'bigint') return as(Instant.ofMs(Number(value)))
      const day = text === undefined ? undefined : parseDate(text)
      if (day !== undefined) return as(new Instant(BigInt(day) * 86_400_000_000n))
      const nanos = text === undefined ? undefined : parseInstantNanos(text)
      return as(nanos === undefined || nanos % 1000n !== 0n ? undefined : new Instant(nanos / 1000n))
    }
    case 'date': {
      const day = text === undefined ? undefined : parseDate(text)
      return as(day === undefined ? undefined : new LocalDate(day))
    }
    case 'keyword':
      return as(text === undefined || text === '' ? undefined : new Keyword(text.startsWith(':') ? text : `:${text}`))
    case 'uuid':
      return as(text?.toLowerCase())
    default:
      return text === undefined ? undefined : as(text)
  }
}

/** An entity by number, `customer:17850`, or a lookup ref. */
function entityFor(given: Given, type: ValueType & { base: 'ref' }, name: string, view: FactView): Literal | undefined {
  const wrong = (): never =>
    fail(
      `${name} takes an entity${type.kind === null ? '' : ` of kind ${type.kind}`}, and ${shown(given)} is none: write its number, "${type.kind ?? 'kind'}:key" or [":${type.kind ?? 'kind'}/id", key]`,
    )
  const number = entityNumberOf(given, type.kind, view) ?? wrong()
  if (number < 0) return undefined
  if (type.kind !== null && kindOf(number) !== view.schema.kind(type.kind).number) wrong()
  return { value: new EntityRef(number), type, exact: null }
}

/** An entity number, -1 where nobody knows the entity, undefined where the argument names none. */
function entityNumberOf(given: Given, kind: string | null, view: FactView): number | undefined {
  const natural = naturalLiteral(given)
  if (natural === undefined) {
    const items = itemsOf(given)
    const ident = items?.length === 2 ? naturalLiteral(items[0]) : undefined
    const key = items?.length === 2 ? naturalLiteral(items[1]) : undefined
    if (ident === undefined || key === undefined) return undefined
    const attribute = view.schema.attribute(
      ident.value instanceof Keyword ? ident.value.name : `:${String(ident.value).replace(/^:/, '')}`,
    )
    return attribute.identity ? numberOfKey(attribute.kind, key, view) : undefined
  }
  if (typeof natural.value === 'bigint') return numberKnown(Number(natural.value), view)
  if (typeof natural.value !== 'string') return undefined
  if (/^\d+$/.test(natural.value)) return numberKnown(Number(natural.value), view)
  const colon = natural.value.indexOf(':')
  const named = colon > 0 ? view.schema.kindNamed(natural.value.slice(0, colon)) : undefined
  if (named === undefined || (kind !== null && named.name !== kind)) return undefined
  const text = keyOfText(named.keyType, natural.value.slice(colon + 1))
  return text === undefined ? undefined : numbered(named, view.ordinal(named, text))
}

function numberKnown(number: number, view: FactView): number {
  const kind = view.schema.kinds.find(k => k.number === kindOf(number))
  return Number.isSafeInteger(number) && kind !== undefined && ordinalOf(number) < view.extent(kind) ? number : -1
}

function numberOfKey(kind: Kind, key: Literal, view: FactView): number {
  const typed = key.value instanceof EntityRef ? undefined : (readAs(key, kind.keyType) ?? narrowed(key, kind.keyType))
  if (typed === undefined) return fail(`the key of ${kind.name} is ${showType(kind.keyType)}`)
  return numbered(kind, view.ordinal(kind, typed.value))
}

const numbered = (kind: Kind, ordinal: number): number => (ordinal < 0 ? -1 : entityNumber(kind.number, ordinal))
