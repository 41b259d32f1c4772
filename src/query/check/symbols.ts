import { FactError } from '../../base/error.ts'
import { Sym } from '../../model/value.ts'
import { isFunction } from '../functions/functions.ts'
import type { Clause, Term } from '../language/ast.ts'
import { showEdnString } from '../language/edn-text.ts'
import type { Fixed } from './expand.ts'

/** A bare word is a value of rows only. Throws `parse-error`. */
export function refuseSymbols(clauses: readonly Clause[], fixed: readonly Fixed[]): void {
  const refuse = (term: Term): void => {
    if (term.term !== 'constant' || !(term.literal.value instanceof Sym)) return
    throw new FactError('parse-error', strangeWord(term.literal.value.symbol), term.at)
  }
  for (const { term } of fixed) refuse(term)
  const check = (clause: Clause): void => {
    switch (clause.clause) {
      case 'pattern':
        for (const term of [clause.entity, clause.value, clause.tx, clause.op]) refuse(term)
        break
      case 'places':
        if (clause.rows === undefined) clause.terms.forEach(refuse)
        break
      case 'predicate':
      case 'computation':
        clause.args.forEach(refuse)
        break
      case 'not':
        clause.clauses.forEach(check)
        break
      case 'or':
        for (const branch of clause.branches) branch.forEach(check)
    }
  }
  clauses.forEach(check)
}

function strangeWord(word: string): string {
  if (word.startsWith('?')) return `${word} is no name of a variable`
  if (isFunction(word)) return `${word} is a function; a condition is a clause of its own, such as [(${word} ?x ?y)]`
  const text = word.replace(/^['\u2018\u2019\u201c\u201d]|['\u2018\u2019\u201c\u201d]$/g, '')
  if (text !== word) return `${word} is no string, which has double quotes: ${showEdnString(text)}`
  const [, kind, key] = /^([a-z][\w-]*):(.+)$/.exec(word) ?? []
  if (kind !== undefined) return `${word} is no entity; name it by its key, [:${kind}/id ${showEdnString(key)}]`
  return `${word} is neither a variable (?${word}), nor a value (${showEdnString(word)}), nor _`
}
