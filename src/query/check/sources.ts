import { FactError } from '../../base/error.ts'
import { hint, nearest } from '../../base/nearest.ts'
import { isFactFunction } from '../functions/fact-functions.ts'
import type { Clause, Computation, ParsedQuery, Predicate } from '../language/ast.ts'
import { innerLists } from '../language/clause-terms.ts'
import type { EdnPlace } from '../language/edn.ts'
import { SCHEMA_SOURCE } from '../language/schema-source.ts'
import type { Given } from './compiled.ts'

/** The names that a clause may give its source: those of `:in`, and two that are always there. */
const sourcesOf = ({ inputs }: ParsedQuery): Set<string> =>
  new Set(['$', SCHEMA_SOURCE, ...inputs.flatMap(input => (input.input === 'source' ? [input.name] : []))])

function unknown(source: string, named: ReadonlySet<string>, at: EdnPlace): FactError {
  const near = nearest(source, named)
  const words = near.length > 0 ? `.${hint(near)}` : `; name it there, as in :in $ ${source}, and say which it is`
  return new FactError('unknown-source', `${source} is not among the sources of :in${words}`, { ...at, nearest: near })
}

/** Throws `unknown-source` for a source that a clause names and `:in` does not. */
export function checkSources(clauses: readonly Clause[], query: ParsedQuery): void {
  const named = sourcesOf(query)
  const check = (clause: Clause): void => {
    const source =
      clause.clause === 'pattern' ||
      clause.clause === 'places' ||
      clause.clause === 'predicate' ||
      clause.clause === 'computation'
        ? clause.source
        : null
    if (source !== null && !named.has(source)) throw unknown(source, named, clause.at)
    for (const list of innerLists(clause)) list.forEach(check)
  }
  clauses.forEach(check)
}

/** The same for elements of `:find` that look something up. */
export function checkFindSources(query: ParsedQuery): void {
  const named = sourcesOf(query)
  for (const element of query.find)
    if ((element.find === 'pull' || element.find === 'maybe') && !named.has(element.source))
      throw unknown(element.source, named, element.at)
}

/** Functions that look at facts need facts. Throws `wrong-source`. */
export function refuseSources(clauses: readonly Clause[], { rows }: Given): void {
  const refuse = (clause: Predicate | Computation): void => {
    const source = clause.source ?? '$'
    if (rows?.has(source) || source === SCHEMA_SOURCE)
      throw new FactError(
        'wrong-source',
        `(${clause.name} …) looks at what holds of an entity, and ${source} has rows`,
        clause.at,
      )
  }
  const check = (clause: Clause): void => {
    for (const list of innerLists(clause)) list.forEach(check)
    if ((clause.clause === 'predicate' || clause.clause === 'computation') && isFactFunction(clause.name))
      refuse(clause)
  }
  clauses.forEach(check)
}
