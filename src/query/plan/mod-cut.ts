import { comparisonOf } from '../functions/functions.ts'
import type { Clause, Term } from '../language/ast.ts'
import type { Cut } from '../operators/facts.ts'
import type { Source } from './planning.ts'

/**
 * The source for one clause list, knowing which entities `[(mod ?e 8) ?m] [(= ?m 3)]` leaves, so that scans look at no others. The clauses
 * themselves stay where they are and are asked of what was found.
 */
export function withCuts(source: Source, clauses: readonly Clause[]): Source {
  let cuts: Map<string, Cut> | null = null
  for (const clause of clauses) {
    if (clause.clause !== 'computation' || clause.name !== 'mod' || clause.to.bind !== 'scalar') continue
    const [entity, divisor] = clause.args
    const [rest] = clause.to.variables
    const of = wholeOf(divisor, source)
    const index = wholeOf(rest, source) ?? equalTo(rest.name, clauses, source)
    if (entity.term !== 'variable' || of === undefined || index === undefined || index >= of) continue
    cuts ??= new Map()
    cuts.set(entity.name, { index, of })
  }
  if (cuts === null && source.cuts === undefined) return source
  // a list nested in this one may mean something else by the same name
  return { ...source, cuts: cuts ?? new Map() }
}

/** The constant that some clause says a variable is. */
function equalTo(variable: string, clauses: readonly Clause[], source: Source): number | undefined {
  for (const clause of clauses) {
    if (clause.clause !== 'predicate' || clause.args.length !== 2 || comparisonOf(clause) !== '=') continue
    const other = clause.args.findIndex(arg => arg.term === 'variable' && arg.name === variable)
    const value = other < 0 ? undefined : wholeOf(clause.args[1 - other], source)
    if (value !== undefined) return value
  }
  return undefined
}

/** A term as a number that a shard may have. */
function wholeOf(term: Term, source: Source): number | undefined {
  const value = source.constant(term)?.value
  return typeof value === 'bigint' && value >= 0n && value <= 0xffff_ffffn ? Number(value) : undefined
}
