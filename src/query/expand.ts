import { FactError } from '../base/error.ts'
import { hint, nearest } from '../base/nearest.ts'
import type { Clause, Constant, LookupRef, Rule, RuleCall, Variable } from './ast.ts'
import { mapVariables } from './clause-terms.ts'

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

/**
 * Puts the branches of each called rule in place of the call, as an `or-join`. Variables of a rule get names that occur nowhere else.
 * Throws `unknown-rule`, `arity`, and `unsupported` where a rule reaches itself.
 */
export function expandRules(clauses: readonly Clause[], rules: readonly Rule[]): { clauses: Clause[]; fixed: Fixed[] } {
  const named = Map.groupBy(rules, rule => rule.name)
  for (const [name, branches] of named) {
    const odd = branches.find(
      branch =>
        branch.variables.length !== branches[0].variables.length ||
        branch.required.length !== branches[0].required.length,
    )
    if (odd) throw new FactError('arity', `the rule ${name} has heads of different lengths`, odd.at)
  }
  const fixed: Fixed[] = []
  let fresh = 0

  const expand = (list: readonly Clause[], inside: readonly string[]): Clause[] =>
    list.map(clause => {
      switch (clause.clause) {
        case 'rule':
          return call(clause, inside)
        case 'not':
          return { ...clause, clauses: expand(clause.clauses, inside) }
        case 'or':
          return { ...clause, branches: clause.branches.map(branch => expand(branch, inside)) }
        default:
          return clause
      }
    })

  const call = (clause: RuleCall, inside: readonly string[]): Clause => {
    const branches = named.get(clause.name)
    if (branches === undefined) {
      const near = nearest(clause.name, named.keys())
      throw new FactError('unknown-rule', `there is no rule ${clause.name}.${hint(near)}`, {
        ...clause.at,
        nearest: near,
      })
    }
    const width = branches[0].variables.length
    if (clause.args.length !== width) {
      throw new FactError(
        'arity',
        `the rule ${clause.name} takes ${width} arguments, not ${clause.args.length}`,
        clause.at,
      )
    }
    if (inside.includes(clause.name)) {
      throw new FactError(
        'unsupported',
        `the rule ${clause.name} reaches itself, and recursive rules are not built yet`,
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
    const body = branches.map(branch => {
      const names = new Map(branch.variables.map((variable, i) => [variable.name, args[i]]))
      const replace = (variable: Variable): Variable => {
        const known = names.get(variable.name)
        if (known) return known
        const made: Variable = { ...variable, name: `${variable.name}(${fresh++}` }
        names.set(variable.name, made)
        return made
      }
      const source = (inner: Clause): Clause => withSource(inner, clause.source)
      return expand(
        branch.clauses.map(inner => source(mapVariables(inner, replace))),
        [...inside, clause.name],
      )
    })
    const join = args.filter((variable, i) => args.findIndex(other => other.name === variable.name) === i)
    return { clause: 'or', join, required: branches[0].required.map((_, i) => args[i]), branches: body, at: clause.at }
  }
  return { clauses: expand(clauses, []), fixed }
}

/** A rule reads the source of its call. */
function withSource(clause: Clause, source: string): Clause {
  if (source === '$') return clause
  switch (clause.clause) {
    case 'pattern':
    case 'rule':
      return clause.source === '$' ? { ...clause, source } : clause
    case 'not':
      return { ...clause, clauses: clause.clauses.map(inner => withSource(inner, source)) }
    case 'or':
      return { ...clause, branches: clause.branches.map(branch => branch.map(inner => withSource(inner, source))) }
    default:
      return clause
  }
}
