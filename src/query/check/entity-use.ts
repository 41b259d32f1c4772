import type { Schema } from '../../model/schema.ts'
import { refTo, type ValueType } from '../../model/type.ts'
import { attributeNamed } from '../functions/fact-functions.ts'
import { FUNCTIONS } from '../functions/functions.ts'
import type { Clause, FindElement } from '../language/ast.ts'
import { innerLists } from '../language/clause-terms.ts'

/** The variables that are entities because something is looked up about them: `(pull ?e …)`, `(maybe ?e :a/b)`, `(id ?e)`. No clause tells it, so an argument would stay a mere text. */
export function entitiesByUse(
  find: readonly FindElement[],
  clauses: readonly Clause[],
  schema: Schema,
): Map<string, ValueType> {
  const found = new Map<string, ValueType>()
  for (const element of find) {
    if (element.find === 'pull') found.set(element.variable.name, refTo(null))
    else if (element.find === 'maybe')
      found.set(element.variable.name, refTo(attributeNamed(element.ident, schema, element.identAt).kind.name))
  }
  const look = (list: readonly Clause[]): void => {
    for (const clause of list) {
      innerLists(clause).forEach(look)
      if (clause.clause === 'predicate' || clause.clause === 'computation') {
        const takes = Object.hasOwn(FUNCTIONS, clause.name) ? FUNCTIONS[clause.name].takes : []
        clause.args.forEach((arg, i) => {
          if (arg.term === 'variable' && takes[i] === 'entity' && !found.has(arg.name)) found.set(arg.name, refTo(null))
        })
      }
    }
  }
  look(clauses)
  return found
}
