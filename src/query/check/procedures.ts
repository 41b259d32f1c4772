import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { AGGREGATES } from '../aggregates/aggregates.ts'
import { isFunction } from '../functions/functions.ts'
import type { Clause } from '../language/ast.ts'
import { changeClauses } from '../language/clause-terms.ts'
import type { EdnPlace } from '../language/edn.ts'
import type { Procedure } from '../language/procedure.ts'

/** The same clauses, with the procedure of a project at each call of one. Throws `unknown-function` where a name is nearer to one than to any function. */
export function withProcedures(clauses: readonly Clause[], procedures: ReadonlyMap<string, Procedure>): Clause[] {
  return changeClauses(clauses, clause => {
    if (clause.clause !== 'predicate' && clause.clause !== 'computation') return clause
    const procedure = procedures.get(clause.name)
    if (procedure !== undefined) return { ...clause, procedure }
    if (!isFunction(clause.name)) refuseMisspelt(clause.name, clause.at, procedures)
    return clause
  })
}

function refuseMisspelt(name: string, at: EdnPlace, procedures: ReadonlyMap<string, Procedure>): void {
  if (Object.hasOwn(AGGREGATES, name))
    throw new FactError(
      'unknown-function',
      `${name} is an aggregate, which stands in :find: (${name} ?x); a clause gets what it gives from (q …), a query inside of this one`,
      { ...at, nearest: [] },
    )
  const near = nearest(name, procedures.keys())
  if (near.length === 0) return
  throw new FactError('unknown-function', `there is no function ${name}.${hint(near)}`, { ...at, nearest: near })
}
