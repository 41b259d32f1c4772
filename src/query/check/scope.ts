import { FactError } from '../../base/error.ts'
import type { Clause, RelationCall, RuleRelation, Term, Variable } from '../language/ast.ts'
import { innerLists, mapVariables, variablesOf } from '../language/clause-terms.ts'
import { isFixed, writtenName } from './expand.ts'

/**
 * Makes names mean what they say: afterwards equal names are the same variable everywhere in the query, each `not` and `or` lists in
 * `join` exactly the variables that it shares with what surrounds it, and whatever is local inside has a name of its own.
 * Throws `unbound-variable`.
 */
export function resolveScopes(clauses: readonly Clause[], outer: readonly string[]): Clause[] {
  let fresh = 0
  const used = new Set<string>(outer)

  const level = (list: readonly Clause[], visible: ReadonlySet<string>): Clause[] => {
    const here = new Set(visible)
    for (const clause of list) for (const name of shown(clause)) here.add(name)
    for (const name of here) used.add(name)
    return list.map(clause => {
      if (clause.clause === 'not') return negation(clause, here)
      if (clause.clause === 'or') return disjunction(clause, here)
      return clause
    })
  }

  const negation = (clause: Extract<Clause, { clause: 'not' }>, visible: ReadonlySet<string>): Clause => {
    const inside = distinct(clause.join ?? clause.clauses.flatMap(variablesOf))
    const shared = inside.filter(variable => visible.has(variable.name) || isFixed(variable.name))
    if (clause.join !== null) {
      const stranger = inside.find(variable => !visible.has(variable.name))
      if (stranger) throw unbound(`${writtenName(stranger.name)} of not-join is bound by no clause beside it`, stranger)
    }
    if (shared.length === 0) {
      throw new FactError(
        'unbound-variable',
        'this not shares no variable with the clauses beside it, so nothing would be left out by it',
        clause.at,
      )
    }
    const locals = rename(clause.clauses, shared)
    return { ...clause, join: shared, clauses: level(locals, names(shared)) }
  }

  const disjunction = (clause: Extract<Clause, { clause: 'or' }>, visible: ReadonlySet<string>): Clause => {
    if (clause.join !== null) {
      const join = clause.join
      return { ...clause, branches: clause.branches.map(branch => level(rename(branch, join), names(join))) }
    }
    const shownBy = clause.branches.map(branch => new Set(branch.flatMap(inner => [...shown(inner)])))
    const isShown = (name: string) => shownBy.some(set => set.has(name))
    const deep = clause.branches.map(branch => branch.flatMap(variablesOf))
    // what only stands in a not of a branch is shared where it is visible outside, but need not stand in every branch
    const all = distinct(deep.flat()).filter(variable => visible.has(variable.name) || isShown(variable.name))
    for (const [i, variables] of deep.entries()) {
      const set = names(variables)
      // what an input gives is bound, whichever branch is taken
      const missing = all.find(
        variable => isShown(variable.name) && !set.has(variable.name) && !outer.includes(variable.name),
      )
      if (missing) {
        const words = `every branch of or has the same variables, but branch ${i + 1} lacks ${missing.name}; or-join names those that count`
        throw new FactError('unbound-variable', words, clause.at)
      }
    }
    return { ...clause, join: all, branches: clause.branches.map(branch => level(branch, visible)) }
  }

  /** Gives every variable of the clauses that is not in `shared` a name that nobody else has. */
  const rename = (list: readonly Clause[], shared: readonly Variable[]): Clause[] => {
    const keep = names(shared)
    const made = new Map<string, string>()
    return list.map(clause =>
      mapVariables(clause, variable => {
        if (keep.has(variable.name) || isFixed(variable.name)) return variable
        let name = made.get(variable.name)
        if (name === undefined) {
          name = used.has(variable.name) ? `${variable.name}(l${fresh++}` : variable.name
          used.add(name)
          made.set(variable.name, name)
        }
        return { ...variable, name }
      }),
    )
  }
  return level(clauses, new Set(outer))
}

const names = (variables: readonly Variable[]): Set<string> => new Set(variables.map(variable => variable.name))
const distinct = (variables: readonly Variable[]): Variable[] =>
  variables.filter((variable, i) => variables.findIndex(other => other.name === variable.name) === i)
const unbound = (words: string, variable: Variable) => new FactError('unbound-variable', words, variable.at)

/** The variables that a clause brings into its clause list. A `not` brings none: it only looks. */
function shown(clause: Clause): Set<string> {
  if (clause.clause === 'not') return new Set()
  if (clause.clause === 'or' && clause.join === null) {
    return new Set(clause.branches.flatMap(branch => branch.flatMap(inner => [...shown(inner)])))
  }
  return names(variablesOf(clause))
}

/** What a clause binds once `bound` is bound, or undefined while something that it needs is missing. Scopes must be resolved. */
export function binds(clause: Clause, bound: ReadonlySet<string>): Set<string> | undefined {
  switch (clause.clause) {
    case 'pattern':
    case 'places':
    case 'ground':
      return names(variablesOf(clause))
    case 'predicate':
      return firstUnbound(clause.args, bound) === undefined ? new Set() : undefined
    case 'computation':
      return firstUnbound(clause.args, bound) === undefined ? names(variablesOf(clause)) : undefined
    case 'not': {
      if (firstUnbound(clause.join ?? [], bound) !== undefined) return undefined
      return bindAll(clause.clauses, names(clause.join ?? [])).waiting.length === 0 ? new Set() : undefined
    }
    case 'or': {
      const join = clause.join ?? []
      if (firstUnbound(clause.required, bound) !== undefined) return undefined
      const before = new Set(join.map(v => v.name).filter(name => bound.has(name)))
      for (const branch of clause.branches) {
        const inside = bindAll(branch, before)
        if (inside.waiting.length > 0 || firstUnbound(join, inside.bound) !== undefined) return undefined
      }
      return names(join)
    }
    case 'call': {
      const mask = clause.args.reduce((sum, { name }, i) => sum + (bound.has(name) || isFixed(name) ? 2 ** i : 0), 0)
      return callable(clause.relation, mask) ? names(clause.args) : undefined
    }
    case 'rule':
      throw new Error('bug: rules are expanded before')
  }
}

/** What is known of each relation: whether it can be asked with these places of its head bound (a bit for each). */
const answers = new WeakMap<RuleRelation, Map<number, boolean>>()
/** What the running question takes for granted, since a rule that reaches itself may be asked while it is being asked; null while none runs. */
let assumed: { readonly known: Map<number, boolean>; readonly mask: number }[] | null = null
let refuted = false

/** Whether every branch of a relation can be run with these places of its head bound, and then binds all of it. */
export function callable(relation: RuleRelation, mask: number): boolean {
  const known = answers.get(relation) ?? new Map<number, boolean>()
  answers.set(relation, known)
  for (;;) {
    const answer = known.get(mask)
    if (answer !== undefined) return answer
    const outermost = assumed === null
    if (outermost) refuted = false
    assumed ??= []
    known.set(mask, true)
    assumed.push({ known, mask })
    const before = new Set(relation.head.filter((_, i) => (mask & (2 ** i)) !== 0).map(variable => variable.name))
    const holds =
      relation.head.slice(0, relation.required).every(variable => before.has(variable.name)) &&
      relation.branches.every(branch => {
        const inside = bindAll(branch.clauses, before)
        return inside.waiting.length === 0 && firstUnbound(relation.head, inside.bound) === undefined
      })
    if (!holds) {
      known.set(mask, false)
      refuted = true
    }
    if (!outermost) return holds
    // what was granted and did not hold may have led to other answers
    if (refuted) for (const each of assumed) if (each.known.get(each.mask)) each.known.delete(each.mask)
    assumed = null
  }
}

export function firstUnbound(terms: readonly Term[], bound: ReadonlySet<string>): Variable | undefined {
  return terms.find(
    (term): term is Variable => term.term === 'variable' && !bound.has(term.name) && !isFixed(term.name),
  )
}

/** Binds as far as it goes, in whatever order goes. */
function bindAll(clauses: readonly Clause[], before: ReadonlySet<string>): { bound: Set<string>; waiting: Clause[] } {
  const bound = new Set(before)
  let waiting = [...clauses]
  for (;;) {
    const still = waiting.filter(clause => {
      const more = binds(clause, bound)
      if (more === undefined) return true
      for (const name of more) bound.add(name)
      return false
    })
    if (still.length === waiting.length) return { bound, waiting }
    waiting = still
  }
}

/** Whether clauses can be run with these variables bound, and then bind those. */
export function canBind(clauses: readonly Clause[], given: readonly Variable[], wanted: readonly Variable[]): boolean {
  const { bound, waiting } = bindAll(clauses, names(given))
  return waiting.length === 0 && firstUnbound(wanted, bound) === undefined
}

/** Throws `unbound-variable` for the first clause that no order of clauses can ever run, and for what `:find` cannot get. */
export function checkBound(clauses: readonly Clause[], before: ReadonlySet<string>, wanted: readonly Variable[]): void {
  const { bound, waiting } = bindAll(clauses, before)
  for (const clause of waiting) blame(clause, bound)
  const missing = wanted.find(variable => !bound.has(variable.name))
  if (missing) throw unbound(`${writtenName(missing.name)} is bound by no clause and no input`, missing)
}

function blame(clause: Clause, bound: ReadonlySet<string>): never {
  const needed =
    clause.clause === 'predicate' || clause.clause === 'computation'
      ? clause.args
      : clause.clause === 'or'
        ? clause.required
        : clause.clause === 'call'
          ? clause.args.slice(0, clause.relation.required)
          : []
  const variable = firstUnbound(clause.clause === 'not' ? (clause.join ?? []) : needed, bound)
  if (variable) throw unbound(`${writtenName(variable.name)} is used here, but no clause binds it`, variable)
  if (clause.clause === 'call') blameRule(clause, bound)
  const join = clause.clause === 'not' || clause.clause === 'or' ? (clause.join ?? []) : []
  const before = new Set(join.map(v => v.name).filter(name => bound.has(name)))
  for (const list of innerLists(clause)) {
    const inside = bindAll(list, before)
    for (const inner of inside.waiting) blame(inner, inside.bound)
    const lacking = firstUnbound(join, inside.bound)
    if (lacking && clause.clause === 'or')
      throw unbound(`${writtenName(lacking.name)} is bound neither outside of this or nor in each of its branches`, {
        ...lacking,
        at: clause.at,
      })
  }
  throw new Error('bug: a clause waits for nothing')
}

/** A rule may wait for what only some of its branches bind, or for another rule that does. */
function blameRule({ relation, args, at }: RelationCall, bound: ReadonlySet<string>): never {
  const given = new Set(
    relation.head.filter((_, i) => bound.has(args[i].name) || isFixed(args[i].name)).map(({ name }) => name),
  )
  for (const { clauses } of relation.branches) {
    const inside = bindAll(clauses, given)
    const [waiting] = inside.waiting
    if (waiting !== undefined && waiting.clause !== 'call') blame(waiting, inside.bound)
    const lacking = firstUnbound(relation.head, inside.bound)
    if (lacking === undefined || waiting !== undefined) continue
    throw unbound(
      `${writtenName(lacking.name)} is bound neither by whoever calls ${relation.name}, nor in each of its branches`,
      { ...lacking, at },
    )
  }
  const variable = firstUnbound(args, bound) ?? { term: 'variable', name: '', at }
  throw unbound(`${writtenName(variable.name)} is used here, but no clause binds it`, variable)
}
