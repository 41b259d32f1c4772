import type { Binding, Clause, Term, Variable } from './ast.ts'

/** Puts another term in place of each variable of a clause, nested clauses included. Only what `replace` gives as a variable may stand where variables must. */
export function mapVariables(clause: Clause, replace: (variable: Variable) => Variable): Clause {
  const term = (t: Term): Term => (t.term === 'variable' ? replace(t) : t)
  const binding = (to: Binding): Binding =>
    ({ ...to, variables: to.variables.map(v => (v.term === 'variable' ? replace(v) : v)) }) as Binding
  const all = (clauses: readonly Clause[]) => clauses.map(inner => mapVariables(inner, replace))
  switch (clause.clause) {
    case 'pattern':
      return {
        ...clause,
        entity: term(clause.entity),
        value: term(clause.value),
        tx: term(clause.tx),
        op: term(clause.op),
      }
    case 'places':
      return { ...clause, terms: clause.terms.map(term) }
    case 'predicate':
    case 'rule':
      return { ...clause, args: clause.args.map(term) }
    case 'call':
      return { ...clause, args: clause.args.map(replace) }
    case 'computation':
      return { ...clause, args: clause.args.map(term), to: binding(clause.to) }
    case 'ground':
      return { ...clause, binding: binding(clause.binding) }
    case 'not':
      return { ...clause, join: clause.join?.map(replace) ?? null, clauses: all(clause.clauses) }
    case 'or':
      return {
        ...clause,
        join: clause.join?.map(replace) ?? null,
        required: clause.required.map(replace),
        branches: clause.branches.map(all),
      }
  }
}

/** The lists of clauses that a clause holds: that of `not`, the branches of `or`. */
export const innerLists = (clause: Clause): readonly (readonly Clause[])[] =>
  clause.clause === 'not' ? [clause.clauses] : clause.clause === 'or' ? clause.branches : []

/** A clause that holds no others. */
export type PlainClause = Exclude<Clause, { clause: 'not' | 'or' }>

/** Puts what `change` gives in place of each plain clause, those inside of `not` and `or` too; that is not gone through again. */
export function changeClauses(
  clauses: readonly Clause[],
  change: (clause: PlainClause) => Clause | readonly Clause[],
): Clause[] {
  const list = (inner: readonly Clause[]): Clause[] => changeClauses(inner, change)
  return clauses.flatMap((clause): Clause | readonly Clause[] => {
    if (clause.clause === 'not') return { ...clause, clauses: list(clause.clauses) }
    if (clause.clause === 'or') return { ...clause, branches: clause.branches.map(list) }
    return change(clause)
  })
}

const variablesIn = (terms: readonly Term[]): Variable[] => terms.filter(term => term.term === 'variable')

/** The variables that a clause shows to the clauses beside it; those of `not` without a join list are all that stand in it. */
export function variablesOf(clause: Clause): Variable[] {
  switch (clause.clause) {
    case 'pattern':
      return variablesIn([clause.entity, clause.value, clause.tx, clause.op])
    case 'places':
      return variablesIn(clause.terms)
    case 'predicate':
    case 'rule':
    case 'call':
      return variablesIn(clause.args)
    case 'computation':
      return [...variablesIn(clause.args), ...variablesIn(clause.to.variables)]
    case 'ground':
      return variablesIn(clause.binding.variables)
    case 'not':
      return clause.join === null ? clause.clauses.flatMap(variablesOf) : [...clause.join]
    case 'or':
      return clause.join === null ? clause.branches.flatMap(branch => branch.flatMap(variablesOf)) : [...clause.join]
  }
}
