import { comparisonOf } from '../functions/functions.ts'
import type { Clause, Computation, Term } from '../language/ast.ts'
import type { Cut } from '../operators/facts.ts'
import { type Source, sourceWith } from './planning.ts'

/**
 * The source for one clause list, knowing which entities `[(mod ?e 8) ?m] [(= ?m 3)]` leaves, so that scans look at no others. The clauses
 * themselves stay where they are and are asked of what was found.
 */
export function withCuts(source: Source, clauses: readonly Clause[]): Source {
  let cuts: Map<string, () => Cut | null> | null = null
  for (const clause of clauses) {
    if (clause.clause !== 'computation' || clause.name !== 'mod' || clause.to.bind !== 'scalar') continue
    const [entity] = clause.args
    if (entity.term !== 'variable') continue
    cuts ??= new Map()
    cuts.set(entity.name, () => cutBy(clause, clauses, source))
  }
  if (cuts === null && source.cuts === undefined) return source
  // a list nested in this one may mean something else by the same name
  return sourceWith(source, { cuts: cuts ?? new Map() })
}

function cutBy({ args: [, divisor], to }: Computation, clauses: readonly Clause[], source: Source): Cut | null {
  const of = wholeOf(divisor, source)
  const [rest] = to.variables
  if (of === undefined || rest.term !== 'variable') return null
  const index = wholeOf(rest, source) ?? equalTo(rest.name, clauses, source)
  return index === undefined || index >= of ? null : { index, of }
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
