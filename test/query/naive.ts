import { Decimal } from '../../src/model/decimal.ts'
import { entityNumber } from '../../src/model/entity-id.ts'
import type { FactView } from '../../src/model/fact-view.ts'
import { compareValues, EntityRef, type Value } from '../../src/model/value.ts'
import { add, multiply, type Numeric, subtract } from '../../src/query/arithmetic.ts'
import type { Clause, ParsedQuery, Rule, Term, Variable } from '../../src/query/ast.ts'
import { variablesOf } from '../../src/query/clause-terms.ts'

/**
 * Datalog by the definition: every clause against every fact, one row at a time. Knows no types, no plan and no columns;
 * shares nothing with the engine but the parser and the arithmetic of single values.
 */

type Row = ReadonlyMap<string, Value>
interface Fact {
  readonly e: Value
  readonly v: Value
  readonly tx: Value
}

class NotYet extends Error {}

export interface World {
  readonly views: ReadonlyMap<string, FactView>
  readonly rules: readonly Rule[]
}

const cache = new WeakMap<FactView, Map<string, Fact[]>>()

function factsOf(view: FactView, ident: string): Fact[] {
  const known = cache.get(view) ?? new Map<string, Fact[]>()
  cache.set(view, known)
  let facts = known.get(ident)
  if (facts === undefined) {
    const attribute = view.schema.attribute(ident)
    facts = []
    for (let ordinal = 0; ordinal < view.extent(attribute.kind); ordinal++) {
      for (const { value, from } of view.values(attribute, ordinal)) {
        facts.push({
          e: new EntityRef(entityNumber(attribute.kind.number, ordinal)),
          v: value,
          tx: new EntityRef(from),
        })
      }
    }
    known.set(ident, facts)
  }
  return facts
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

const number = (value: Value | undefined): Numeric => value as Numeric

function step(clause: Clause, row: Row, world: World): Row[] {
  switch (clause.clause) {
    case 'pattern': {
      const rows: Row[] = []
      for (const fact of factsOf(world.views.get(clause.source) as FactView, clause.ident)) {
        const e = unify(clause.entity, fact.e, row, world)
        const v = e && unify(clause.value, fact.v, e, world)
        const tx = v && unify(clause.tx, fact.tx, v, world)
        if (tx) rows.push(tx)
      }
      return rows
    }
    case 'predicate': {
      const first = clause.args
        .map(arg => termValue(arg, row, world))
        .find((v, i) => v !== undefined && clause.args[i].term === 'variable')
      const values = clause.args.map(arg => termValue(arg, row, world, first))
      if (values.some(value => value === undefined)) throw new NotYet()
      const sign = compareValues(values[0] as Value, values[1] as Value)
      const holds = {
        '<': sign < 0,
        '<=': sign <= 0,
        '>': sign > 0,
        '>=': sign >= 0,
        '=': sign === 0,
        '!=': sign !== 0,
      }[clause.name]
      return holds ? [row] : []
    }
    case 'computation': {
      const first = clause.args
        .map(arg => termValue(arg, row, world))
        .find((v, i) => v !== undefined && clause.args[i].term === 'variable')
      const values = clause.args.map(arg => termValue(arg, row, world, first instanceof Decimal ? first : 0))
      if (values.some(value => value === undefined)) throw new NotYet()
      const fn = { '+': add, '-': subtract, '*': multiply }[clause.name]
      if (!fn) throw new Error(`the naive evaluator has no ${clause.name}`)
      const next = unify(clause.to, fn(number(values[0]), number(values[1])), row, world)
      return next ? [next] : []
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
      throw new Error('the naive evaluator has no ground')
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
