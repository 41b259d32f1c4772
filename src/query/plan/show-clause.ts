import { writtenName } from '../check/expand.ts'
import { showLiteral } from '../functions/comparable.ts'
import type { Pattern, Predicate, Term } from '../language/ast.ts'
import type { Source } from './planning.ts'

/** A term as its author wrote it; a variable that an argument or a constant stands for, as its value. */
function showTerm(term: Term, source: Source): string {
  switch (term.term) {
    case 'variable': {
      const literal = source.constants.get(term.name)
      return literal === undefined ? writtenName(term.name) : showLiteral(literal)
    }
    case 'constant':
      return showLiteral(term.literal)
    case 'lookup':
      return `[${term.ident} ${showLiteral(term.key.literal)}]`
    case 'blank':
      return '_'
  }
}

/** `[?e :customer/age ?a] [(> ?a 30)]`: a pattern and the predicates that are tested on the way. */
export function showPattern(clause: Pattern, fused: readonly Predicate[], source: Source): string {
  const terms = [clause.value, clause.tx, clause.op]
  while (terms.length > 0 && terms[terms.length - 1].term === 'blank') terms.pop()
  const parts = [showTerm(clause.entity, source), clause.ident, ...terms.map(term => showTerm(term, source))]
  const from = clause.source === '$' ? '' : `${clause.source} `
  return [`[${from}${parts.join(' ')}]`, ...fused.map(predicate => showPredicate(predicate, source))].join(' ')
}

export const showPredicate = ({ name, args }: Predicate, source: Source): string =>
  `[(${[name, ...args.map(arg => showTerm(arg, source))].join(' ')})]`

/** The variables of a step's detail by their written names. */
export const writtenNames = (detail: string): string => detail.replace(/(\?[^\s()[\]]*)\([a-z]?\d+/g, '$1')
