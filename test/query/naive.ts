import { Decimal } from '../../src/model/decimal.ts'
import { entityNumber } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { compareValues, EntityRef, Keyword, type Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import type { Clause, Computation, ParsedQuery, Predicate, Rule, Term, Variable } from '../../src/query/language/ast.ts'
import { variablesOf } from '../../src/query/language/clause-terms.ts'
import { elementLiteral } from '../../src/query/language/literal.ts'
import { PLAIN, plainLookup, ways } from './naive-functions.ts'
import { everyFact, type Past, type PastFact, pastFacts } from './naive-past.ts'

/**
 * Datalog by the definition: every clause against every fact, one row at a time. Knows no types, no plan and no columns;
 * shares nothing with the engine but the parser and the arithmetic of single values (`naive-functions.ts`).
 */

type Row = ReadonlyMap<string, Value>

class NotYet extends Error {}

export interface World {
  readonly views: ReadonlyMap<string, FactView>
  /** Sources that look back; they win over views. */
  readonly past?: ReadonlyMap<string, Past>
  /** Sources that have rows instead of facts. */
  readonly rows?: ReadonlyMap<string, readonly (readonly Value[])[]>
  readonly rules: readonly Rule[]
  /** All rows of rules that reach themselves, by source and name. */
  readonly tables?: ReadonlyMap<string, ReadonlyMap<string, readonly Value[]>>
  /** More rows than these at a time are `TooMany`. */
  readonly most?: number
}

/** Thrown where nested loops would take too long. */
export class TooMany extends Error {}

const cache = new WeakMap<FactView | Past, PastFact[]>()

/** All facts of a source. */
function factsIn(source: string, world: World): PastFact[] {
  const past = world.past?.get(source)
  const holder = past ?? (world.views.get(source) as FactView)
  let facts = cache.get(holder)
  if (facts === undefined) cache.set(holder, (facts = past ? pastFacts(past) : everyFact(holder as FactView)))
  return facts
}

const factsOf = (source: string, ident: string, world: World): PastFact[] =>
  factsIn(source, world).filter(fact => fact.a === ident)

/** The row extended by terms that meet values. */
function unifyAll(terms: readonly Term[], values: readonly Value[], row: Row, world: World): Row[] {
  let next: Row | undefined = row
  for (const [i, term] of terms.entries()) next = next && unify(term, values[i], next, world)
  return next ? [next] : []
}

const equal = (a: Value, b: Value): boolean => compareValues(a, b) === 0

/** The value of a term, undefined where it is a variable without one. A literal beside `other` is exact where that is. */
function termValue(term: Term, row: Row, world: World, other?: Value): Value | undefined {
  if (term.term === 'variable') return row.get(term.name)
  if (term.term === 'constant') {
    const { value, exact } = term.literal
    if (other instanceof EntityRef && typeof value === 'bigint') return new EntityRef(Number(value))
    return exact !== null && typeof other !== 'number' ? exact : value
  }
  if (term.term === 'lookup') {
    const view = [...world.views.values()][0]
    const { kind } = view.schema.attribute(term.ident)
    return new EntityRef(entityNumber(kind.number, view.ordinal(kind, term.key.literal.value)))
  }
  return undefined
}

function unify(term: Term, value: Value, row: Row, world: World): Row | undefined {
  if (term.term === 'blank') return row
  const known = termValue(term, row, world, value)
  if (known !== undefined) return equal(known, value) ? row : undefined
  return new Map([...row, [(term as Variable).name, value]])
}

/** The result of a call for one row. */
function called(clause: Predicate | Computation, row: Row, world: World): Value | null {
  const first = clause.args
    .map(arg => termValue(arg, row, world))
    .find((v, i) => v !== undefined && clause.args[i].term === 'variable')
  const isComparison = ['<', '<=', '>', '>=', '=', '!='].includes(clause.name)
  const beside = isComparison ? first : first instanceof Decimal ? first : 0
  const values = clause.args.map(arg => termValue(arg, row, world, beside)) as Value[]
  if (values.some(value => value === undefined)) throw new NotYet()
  const fn = PLAIN[clause.name]
  if (fn) return fn(values)
  if (clause.source === null) throw new Error(`the naive evaluator has no ${clause.name}`)
  const { source } = clause
  return plainLookup(clause.name, values.slice(1), ident =>
    factsOf(source, ident, world)
      .filter(fact => equal(fact.e, values[0]))
      .map(fact => fact.v),
  )
}

function step(clause: Clause, row: Row, world: World): Row[] {
  switch (clause.clause) {
    case 'pattern': {
      const rows = world.rows?.get(clause.source)
      const terms = [clause.entity, clause.value, clause.tx, clause.op]
      if (rows === undefined)
        return factsOf(clause.source, clause.ident, world).flatMap(({ e, v, tx, op }) =>
          unifyAll(terms, [e, v, tx, op], row, world),
        )
      const said = rows.filter(values => equal(values[1], new Keyword(clause.ident)))
      return said.flatMap(([e, , ...rest]) => unifyAll(terms, [e, ...rest], row, world))
    }
    case 'places': {
      const rows = world.rows?.get(clause.source)
      if (rows !== undefined) return rows.flatMap(values => unifyAll(clause.terms, values, row, world))
      return factsIn(clause.source, world).flatMap(({ e, a, v, tx, op }) =>
        unifyAll(clause.terms, [e, new Keyword(a), v, tx, op], row, world),
      )
    }
    case 'predicate': {
      const value = called(clause, row, world)
      return value === null || value === false ? [] : [row]
    }
    case 'computation': {
      const value = called(clause, row, world)
      if (value === null) return []
      return ways(value, clause.to).flatMap(list => unifyAll(clause.to.variables, list, row, world))
    }
    case 'not': {
      const inside = clause.join === null ? row : restrict(row, clause.join)
      return solve(clause.clauses, inside, world).length === 0 ? [row] : []
    }
    case 'or': {
      const inside = clause.join === null ? row : restrict(row, clause.join)
      const names = (clause.join ?? variablesOf(clause)).map(variable => variable.name)
      return clause.branches
        .flatMap(branch => solve(branch, inside, world))
        .map(found => {
          for (const name of names) if (!found.has(name)) throw new NotYet()
          return new Map([
            ...row,
            ...[...found].filter(([name]) => names.includes(name) || row.has(name)).filter(([name]) => !row.has(name)),
          ])
        })
    }
    case 'rule': {
      const table = world.tables?.get(`${clause.source} ${clause.name}`)
      if (table !== undefined) {
        return [...table.values()].flatMap(values => {
          let next: Row | undefined = row
          values.forEach((value, i) => {
            next = next && unify(clause.args[i], value, next, world)
          })
          return next ? [next] : []
        })
      }
      const branches = world.rules.filter(rule => rule.name === clause.name)
      return branches.flatMap(rule => {
        const given = new Map<string, Value>()
        rule.variables.forEach((variable, i) => {
          const value = termValue(clause.args[i], row, world)
          if (value !== undefined) given.set(variable.name, value)
        })
        return solve(rule.clauses, given, world).flatMap(found => {
          let next: Row | undefined = row
          rule.variables.forEach((variable, i) => {
            next = next && unify(clause.args[i], found.get(variable.name) as Value, next, world)
          })
          return next ? [next] : []
        })
      })
    }
    case 'ground':
      return ways(elementLiteral(clause.values).value, clause.binding).flatMap(list =>
        unifyAll(clause.binding.variables, list, row, world),
      )
    case 'call':
      throw new Error('bug: rules become relations only when a query is compiled')
  }
}

const restrict = (row: Row, names: readonly Variable[]): Row =>
  new Map([...row].filter(([name]) => names.some(v => v.name === name)))

/** All rows that satisfy the clauses, doubles included. */
function solve(clauses: readonly Clause[], row: Row, world: World): Row[] {
  const rank = (clause: Clause) => ['pattern', 'rule', 'or', 'computation', 'predicate', 'not'].indexOf(clause.clause)
  let waiting = [...clauses].sort((a, b) => rank(a) - rank(b))
  let rows: Row[] = [row]
  while (waiting.length > 0) {
    let moved = false
    const nots = waiting.every(clause => clause.clause === 'not')
    for (const clause of waiting) {
      if (clause.clause === 'not' && !nots) continue
      try {
        rows = rows.flatMap(each => step(clause, each, world))
        if (rows.length > (world.most ?? Number.POSITIVE_INFINITY)) throw new TooMany()
        waiting = waiting.filter(other => other !== clause)
        moved = true
        break
      } catch (error) {
        if (!(error instanceof NotYet)) throw error
      }
    }
    if (!moved) throw new NotYet()
  }
  return rows
}

/** The rows of find (and `:with`), before any aggregate, doubles included. */
export const naiveRows = (query: ParsedQuery, world: World, given: Row = new Map()): Row[] =>
  solve(query.where, given, world)

/**
 * All rows of rules that reach themselves, by the definition: from nothing, every branch is run on what is known until that gives nothing
 * new. `strata` are names of rules; those of one list reach each other, and lists stand before those that negate them. `$` only.
 */
export function withTables(world: World, strata: readonly (readonly string[])[]): World {
  const tables = new Map<string, Map<string, readonly Value[]>>()
  const whole: World = { ...world, tables }
  for (const names of strata) {
    for (const name of names) tables.set(`$ ${name}`, new Map())
    for (let before = -1, now = 0; before !== now; ) {
      before = now
      for (const rule of world.rules.filter(({ name }) => names.includes(name))) {
        for (const row of solve(rule.clauses, new Map(), whole)) {
          const values = rule.variables.map(variable => row.get(variable.name) as Value)
          tables.get(`$ ${rule.name}`)?.set(values.map(keyText).join(' | '), values)
        }
      }
      now = names.reduce((sum, name) => sum + (tables.get(`$ ${name}`)?.size ?? 0), 0)
    }
  }
  return whole
}
