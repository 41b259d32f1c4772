import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { isFunction } from '../functions/functions.ts'
import type { Clause, Constant, LookupRef, Rule, RuleCall, RuleRelation, Variable } from '../language/ast.ts'
import { changeClauses, innerLists, mapVariables } from '../language/clause-terms.ts'

/** No text can hold this name, so it means the same in every scope. */
const FIXED = '?('

export const isFixed = (name: string): boolean => name.startsWith(FIXED)

/** A variable's name as its author wrote it: what makes it unique in the query begins with a parenthesis. */
export const writtenName = (name: string): string => (isFixed(name) ? 'a constant' : name.replace(/\(.*$/, ''))

/** A constant that stands for a variable: an argument of a rule call. */
export interface Fixed {
  readonly variable: Variable
  readonly term: Constant | LookupRef
}

/** A query in which no rule is called by its name. */
export interface Expanded {
  readonly clauses: Clause[]
  readonly fixed: Fixed[]
  /** Rules that stay relations, with what their branches were expanded to. */
  readonly relations: ReadonlyMap<RuleRelation, readonly (readonly Clause[])[]>
}

/**
 * Puts the branches of each called rule in place of the call, as an `or-join`, or makes it a call of a relation where that cannot end or
 * would grow. Variables of a rule get names that occur nowhere else. Throws `unknown-rule`, `arity`.
 */
export function expandRules(clauses: readonly Clause[], rules: readonly Rule[]): Expanded {
  const named = Map.groupBy(rules, rule => rule.name)
  for (const [name, branches] of named) {
    const odd = branches.find(
      branch =>
        branch.variables.length !== branches[0].variables.length ||
        branch.required.length !== branches[0].required.length,
    )
    if (odd) throw new FactError('arity', `the rule ${name} has heads of different lengths`, odd.at)
  }
  const kept = rulesKept(clauses, named)
  const relations = new Map<RuleRelation, readonly (readonly Clause[])[]>()
  const fixed: Fixed[] = []
  let fresh = 0

  const expand = (list: readonly Clause[]): Clause[] =>
    changeClauses(list, clause => (clause.clause === 'rule' ? call(clause) : clause))

  /** The branches of a rule with other names in place of its head, and fresh ones for all else. */
  const bodies = (branches: readonly Rule[], head: readonly Variable[], from: string): Clause[][] =>
    branches.map(branch => {
      const names = new Map(branch.variables.map((variable, i) => [variable.name, head[i]]))
      const replace = (variable: Variable): Variable => {
        const known = names.get(variable.name)
        if (known) return known
        const made: Variable = { ...variable, name: `${variable.name}(${fresh++}` }
        names.set(variable.name, made)
        return made
      }
      const renamed = branch.clauses.map(inner => mapVariables(inner, replace))
      return expand(withSource(renamed, from))
    })

  const relationOf = (name: string, source: string, branches: readonly Rule[]): RuleRelation => {
    for (const known of relations.keys()) if (known.name === name && known.source === source) return known
    const [{ variables, required, at }] = branches
    const head = variables.map((variable): Variable => ({ ...variable, name: `${variable.name}(${fresh++}` }))
    const made: RuleRelation = {
      name,
      source,
      head,
      required: required.length,
      at,
      branches: [],
      component: 0,
      types: [],
    }
    // known before its branches are, since they may call it
    relations.set(made, [])
    relations.set(made, bodies(branches, head, source))
    return made
  }

  const call = (clause: RuleCall): Clause => {
    const branches = named.get(clause.name)
    if (branches === undefined) {
      const near = nearest(clause.name, named.keys())
      throw new FactError('unknown-rule', strangeRule(clause.name, near, [...named.keys()]), {
        ...clause.at,
        nearest: near,
      })
    }
    const width = branches[0].variables.length
    if (clause.args.length !== width) {
      throw new FactError(
        'arity',
        `the rule ${clause.name} takes ${width} ${width === 1 ? 'argument' : 'arguments'}, not ${clause.args.length}`,
        clause.at,
      )
    }
    const args = clause.args.map((term): Variable => {
      if (term.term === 'variable') return term
      const variable: Variable = {
        term: 'variable',
        name: `${term.term === 'blank' ? '?_(' : FIXED}${fresh++}`,
        at: term.at,
      }
      if (term.term !== 'blank') fixed.push({ variable, term })
      return variable
    })
    if (kept.has(clause.name))
      return { clause: 'call', relation: relationOf(clause.name, clause.source, branches), args, at: clause.at }
    const body = bodies(branches, args, clause.source)
    const join = args.filter((variable, i) => args.findIndex(other => other.name === variable.name) === i)
    return { clause: 'or', join, required: branches[0].required.map((_, i) => args[i]), branches: body, at: clause.at }
  }
  return { clauses: expand(clauses), fixed, relations }
}

function strangeRule(name: string, near: readonly string[], known: readonly string[]): string {
  if (near.length > 0) return `there is no rule ${name}.${hint(near)}`
  if (isFunction(name)) return `${name} is a function, and the clause that calls it has square brackets: [(${name} …)]`
  if (known.length === 0) return `there is no rule ${name}: no rules are given as %, and none are in procedures/`
  return `there is no rule ${name}; there are ${known.slice(0, 10).join(' ')}${known.length > 10 ? ' …' : ''}`
}

/** Clauses that a rule called from several places may put into each of them. */
const GROWTH = 32

/** The rules that are not put in place of their calls: those that reach themselves, and large ones that are called from several places. */
function rulesKept(clauses: readonly Clause[], named: ReadonlyMap<string, readonly Rule[]>): Set<string> {
  const calls = new Map<string, readonly string[]>()
  const uses = new Map<string, number>()
  const visit = (list: readonly Clause[]): string[] => {
    const names = callsIn(list)
    for (const name of names) {
      uses.set(name, (uses.get(name) ?? 0) + 1)
      if (calls.has(name)) continue
      calls.set(name, [])
      calls.set(
        name,
        (named.get(name) ?? []).flatMap(rule => visit(rule.clauses)),
      )
    }
    return names
  }
  visit(clauses)
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (calls.get(from) ?? []).some(next => {
      if (next === to) return true
      if (seen.has(next)) return false
      seen.add(next)
      return reaches(next, to, seen)
    })
  const kept = new Set([...calls.keys()].filter(name => reaches(name, name)))
  const sizes = new Map<string, number>()
  /** Clauses of a rule once everything that is not kept stands in its place. */
  const size = (name: string): number => {
    const known = sizes.get(name)
    if (known !== undefined) return known
    if (kept.has(name)) return 1
    const own = (named.get(name) ?? []).reduce((sum, rule) => sum + countClauses(rule.clauses), 0)
    const all = (calls.get(name) ?? []).reduce((sum, inner) => sum + size(inner), own)
    if (all > GROWTH && (uses.get(name) ?? 0) > 1) kept.add(name)
    sizes.set(name, kept.has(name) ? 1 : all)
    return sizes.get(name) as number
  }
  for (const name of calls.keys()) size(name)
  return kept
}

const inner = (clause: Clause): readonly Clause[] => innerLists(clause).flat()

/** The rules called in a list, one for each call. */
const callsIn = (list: readonly Clause[]): string[] =>
  list.flatMap(clause => (clause.clause === 'rule' ? [clause.name] : callsIn(inner(clause))))

const countClauses = (list: readonly Clause[]): number =>
  list.reduce((sum, clause) => sum + 1 + countClauses(inner(clause)), 0)

/** A rule reads the source of its call. */
function withSource(clauses: readonly Clause[], source: string): readonly Clause[] {
  if (source === '$') return clauses
  return changeClauses(clauses, clause => {
    if (clause.clause === 'ground' || clause.clause === 'call') return clause
    if (clause.clause === 'computation' && clause.nested !== undefined) {
      const given = clause.nested.given.map(input => (input === '$' ? source : input))
      return { ...clause, nested: { ...clause.nested, given } }
    }
    return clause.source === '$' ? { ...clause, source } : clause
  })
}
