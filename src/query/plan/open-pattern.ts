import { kindOf, ordinalOf } from '../../model/entity-id.ts'
import type { FactView } from '../../model/fact-view.ts'
import { HistoryView } from '../../model/history.ts'
import type { Attribute } from '../../model/schema.ts'
import { ANY, KEYWORD, type ValueType } from '../../model/type.ts'
import { EntityRef, Keyword } from '../../model/value.ts'
import { historyBase } from '../check/log-functions.ts'
import { filterByConstant } from '../columns/filter.ts'
import { type Relation, type Run, withColumn } from '../columns/relation.ts'
import { boxed, constantVector, type Vector, vectorFrom } from '../columns/vector.ts'
import { comparable } from '../functions/comparable.ts'
import type { Literal, Pattern, Places, Term } from '../language/ast.ts'
import { stack } from '../operators/correlate.ts'
import { type FactPattern, probe, scan } from '../operators/facts.ts'
import { join } from '../operators/join.ts'
import { entityNumberOf, patternMaker } from './fact-pattern.ts'
import { type Candidate, first, type Source, type State, sourceWith, thin } from './planning.ts'

/** The five places of a pattern over facts. */
export function placesOf({ terms, at }: Places): Record<'entity' | 'attribute' | 'value' | 'tx' | 'op', Term> {
  const [entity, attribute, value, tx, op] = Array.from(
    { length: 5 },
    (_, i): Term => terms[i] ?? { term: 'blank', at },
  )
  return { entity, attribute, value, tx, op }
}

/**
 * A pattern over all attributes, `[?e ?a ?v]`: one pattern for each attribute that can match at all, their rows one after the other.
 * The attribute is bound to its keyword.
 */
export function openCandidate(clause: Places, state: State, source: Source): Candidate {
  const view = source.view(clause.source)
  const places = placesOf(clause)
  const name = (term: Term): string | null =>
    term.term === 'variable' && !source.constants.has(term.name) ? term.name : null
  if (view instanceof HistoryView && places.tx.term !== 'blank') {
    const t = entityNumberOf(places.tx, view, source)
    const variable = name(places.tx)
    if (t !== undefined || (variable !== null && state.bound.has(variable)))
      return changedCandidate(clause, { t, variable }, view, state, source)
  }
  const statistics = source.statistics(clause.source)
  const [entity, attribute, value, tx, op] = Object.values(places).map(name)
  const known = (variable: string | null): boolean => variable !== null && state.bound.has(variable)
  const probing = known(entity)
  const branches = branchesOf(clause, view, state, source)
  let rows = 0
  let looked = 0
  for (const { attribute: each, pattern } of branches) {
    const passing = statistics.count(each) * statistics.share(each, pattern.conditions)
    const extent = Math.max(1, view.extent(each.kind))
    const single = pattern.entity !== null && 'ordinal' in pattern.entity
    rows += probing ? (state.rows * passing) / extent : single ? passing / extent : passing
    looked += single || probing ? 1 : pattern.column.length
  }
  rows = Math.max(1e-3, probing ? rows : state.rows * rows)
  for (const variable of [attribute, value, tx, op])
    if (known(variable)) rows /= Math.max(1, Math.min(rows, state.bound.get(variable as string) as number))
  const bound = new Map(state.bound)
  for (const variable of [entity, attribute, value, tx, op])
    if (variable !== null)
      bound.set(variable, Math.max(1, Math.min(rows, bound.get(variable) ?? Number.POSITIVE_INFINITY)))
  const cross = !first(state) && ![entity, attribute, value, tx, op].some(known)
  const shown: Shown = { entity, attribute, added: [entity, attribute, value, tx, op].filter(n => n !== null) }
  return {
    step: {
      op: probing ? 'probe' : first(state) ? 'scan' : cross ? 'cross' : 'join',
      detail: `${clause.source === '$' ? '' : `${clause.source} `}${branches.length} attributes`,
      estimatedRows: rows,
      nested: [],
      once: true,
      run: (input, run) =>
        probing ? probeAll(input, branches, shown, run) : scanAll(input, branches, shown, source.types, run),
    },
    after: { rows, bound },
    cost: probing ? state.rows * branches.length : looked + state.rows,
    cross,
    shards: !probing && source.shard !== null && entity === source.shard.variable,
    fused: [],
  }
}

/** The patterns that an open one stands for. */
function branchesOf(clause: Places, view: FactView, state: State, source: Source): Branch[] {
  const places = placesOf(clause)
  return attributesFor(places, view, source).map(each => {
    const pattern: Pattern = {
      clause: 'pattern',
      source: clause.source,
      ident: each.ident,
      identAt: clause.at,
      at: clause.at,
      ...places,
    }
    return { attribute: each, pattern: patternMaker(pattern, each, [], state.bound, source)() }
  })
}

/** Facts that a transaction states and ends, as a guess. */
const CHANGES = 20

/**
 * The same pattern over a history where its transactions are known before: of all that ever happened only what they changed is brought
 * together, when the step runs.
 */
function changedCandidate(
  clause: Places,
  { t, variable }: { readonly t: number | undefined; readonly variable: string | null },
  view: HistoryView,
  state: State,
  source: Source,
): Candidate {
  const places = placesOf(clause)
  const names = Object.values(places).flatMap(term =>
    term.term === 'variable' && !source.constants.has(term.name) ? [term.name] : [],
  )
  const entity = places.entity.term === 'variable' && names.includes(places.entity.name) ? places.entity.name : null
  const attribute =
    places.attribute.term === 'variable' && names.includes(places.attribute.name) ? places.attribute.name : null
  const rows = Math.max(1e-3, state.rows * CHANGES)
  const bound = new Map(state.bound)
  for (const each of names) bound.set(each, Math.max(1, Math.min(rows, bound.get(each) ?? Number.POSITIVE_INFINITY)))
  const shown: Shown = { entity, attribute, added: names }
  return {
    step: {
      op: first(state) ? 'scan' : 'join',
      detail: `${historyBase(clause.source) ?? clause.source} what transactions changed`,
      estimatedRows: rows,
      nested: [],
      once: true,
      run: (input, run) => {
        const [low, high] = t === undefined ? extentOf(input, variable as string, run) : [t, t]
        const window = view.window(low, high)
        const inside = sourceWith(source, { view: name => (name === clause.source ? window : source.view(name)) })
        return scanAll(input, branchesOf(clause, window, state, inside), shown, source.types, run)
      },
    },
    after: { rows, bound },
    // every interval is looked at, but no more than that
    cost: state.rows + view.t,
    cross: !first(state) && !names.some(each => state.bound.has(each)),
    shards: false,
    fused: [],
  }
}

/** The first and the last transaction of a column; an empty stretch where it has no rows. */
function extentOf(input: Relation, variable: string, run: Run): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const value of boxed(input.columns.get(variable) as Vector, input.rows, run)) {
    const t = value instanceof EntityRef ? ordinalOf(value.number) : Number(value)
    if (t < low) low = t
    if (t > high) high = t
  }
  return [Math.min(low, high + 1), high]
}

interface Branch {
  readonly attribute: Attribute
  readonly pattern: FactPattern
}

/** Variables of the pattern. */
interface Shown {
  readonly entity: string | null
  readonly attribute: string | null
  /** All of them. */
  readonly added: readonly string[]
}

/** Attributes of which some fact could match, by what is known before any row is read. */
function attributesFor(
  places: Record<'entity' | 'attribute' | 'value', Term>,
  view: FactView,
  source: Source,
): readonly Attribute[] {
  const { schema } = view
  const named = source.constant(places.attribute)
  let all = schema.attributes
  if (named !== undefined) {
    const found = named.value instanceof Keyword ? schema.find(named.value.name) : undefined
    all = found === undefined ? [] : [found]
  }
  const entity = entityNumberOf(places.entity, view, source)
  if (entity !== undefined) all = all.filter(attribute => attribute.kind.number === kindOf(entity))
  const entityType = places.entity.term === 'variable' ? source.types.get(places.entity.name) : undefined
  if (entityType?.base === 'ref' && entityType.kind !== null)
    all = all.filter(({ kind }) => kind.name === entityType.kind)
  const literal = source.constant(places.value)
  if (literal !== undefined) all = all.filter(({ type }) => couldHold(type, literal))
  else if (places.value.term === 'lookup') all = all.filter(({ type }) => type.base === 'ref')
  const valueType = places.value.term === 'variable' ? source.types.get(places.value.name) : undefined
  if (valueType !== undefined) all = all.filter(({ type }) => comparable(type, valueType))
  return all.filter(attribute => view.count(attribute) > 0)
}

const couldHold = (type: ValueType, literal: Literal): boolean =>
  comparable(type, literal.type) || (type.base === 'ref' && literal.type.base === 'long')

/** Each row of the input, extended by the facts of its entity. */
function probeAll(input: Relation, all: readonly Branch[], shown: Shown, run: Run): Relation {
  const entities = input.columns.get(shown.entity as string) as Vector
  const parts = present(input, all, shown, run)
    .filter(
      ({ attribute }) =>
        entities.type.base !== 'ref' || entities.type.kind === null || entities.type.kind === attribute.kind.name,
    )
    .map(({ attribute, pattern }) => {
      const asked =
        shown.attribute !== null && input.columns.has(shown.attribute)
          ? ofAttribute(input, shown.attribute, attribute, run)
          : input
      return named(probe(asked, pattern, shown.entity as string, run), attribute, shown, run)
    })
  return together(parts, input, shown, new Map(), run)
}

/** All facts, joined with the input. */
function scanAll(
  input: Relation,
  all: readonly Branch[],
  shown: Shown,
  types: ReadonlyMap<string, ValueType>,
  run: Run,
): Relation {
  const parts = present(input, all, shown, run).map(({ attribute, pattern }) =>
    named(scan(pattern, run), attribute, shown, run),
  )
  const facts = together(parts, { rows: 0, columns: new Map(), key: new Set() }, shown, types, run)
  return join(thin(input, run), facts, run)
}

/** The branches whose attribute stands in some row, where rows say which. */
function present(input: Relation, all: readonly Branch[], { attribute }: Shown, run: Run): readonly Branch[] {
  const vector = attribute === null ? undefined : input.columns.get(attribute)
  if (vector === undefined) return all
  const idents = new Set<string>()
  for (const value of boxed(vector, input.rows, run)) if (value instanceof Keyword) idents.add(value.name)
  return all.filter(branch => idents.has(branch.attribute.ident))
}

const ofAttribute = (input: Relation, variable: string, attribute: Attribute, run: Run): Relation =>
  filterByConstant(
    input,
    variable,
    { comparison: '=', literal: { value: new Keyword(attribute.ident), type: KEYWORD, exact: null } },
    run,
  )

/** The rows of one attribute, with the attribute itself. */
function named(facts: Relation, attribute: Attribute, shown: Shown, run: Run): Relation {
  if (shown.attribute === null) return { ...facts, key: null }
  const key = facts.key === null ? null : new Set([...facts.key, shown.attribute])
  if (facts.columns.has(shown.attribute)) return { ...facts, key }
  const keyword = constantVector(KEYWORD, new Keyword(attribute.ident), facts.rows, run)
  return { ...withColumn(facts, shown.attribute, keyword), key }
}

function together(
  parts: readonly Relation[],
  input: Relation,
  { added }: Shown,
  types: ReadonlyMap<string, ValueType>,
  run: Run,
): Relation {
  const names = [...new Set([...input.columns.keys(), ...added])]
  const some = parts.filter(part => part.rows > 0)
  if (some.length === 0) {
    const columns = names.map((name): [string, Vector] => [
      name,
      vectorFrom(types.get(name) ?? input.columns.get(name)?.type ?? ANY, [], run),
    ])
    return { rows: 0, columns: new Map(columns), key: new Set() }
  }
  const whole = stack(some, names, run)
  const keys = some.map(part => part.key)
  // rows of two attributes differ in the attribute, and where that is not shown, nothing tells
  const key = keys.every(each => each !== null) ? new Set(keys.flatMap(each => [...each])) : null
  return { ...whole, key }
}
