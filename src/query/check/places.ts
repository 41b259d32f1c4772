import { FactError } from '../../base/error.ts'
import { ANY, BOOLEAN, KEYWORD, refTo, type ValueType } from '../../model/type.ts'
import { Keyword } from '../../model/value.ts'
import type { Clause, Pattern, Places, Term, Variable } from '../language/ast.ts'
import { changeClauses } from '../language/clause-terms.ts'
import type { RowsShape } from '../language/row-source.ts'
import { SCHEMA_SOURCE, schemaType } from '../language/schema-source.ts'
import { isLogFunction, logClauses } from './log-functions.ts'

/** What each place of a pattern over facts is, as far as the place alone tells: entity, attribute, value, transaction, op. */
const FACT_PLACES: readonly ValueType[] = [refTo(null), KEYWORD, ANY, refTo('tx'), BOOLEAN]

const SCHEMA_SHAPE: RowsShape = { declared: null, natural: [KEYWORD, KEYWORD, ANY], schema: true }

/** Tells patterns over rows from patterns over facts, and checks their places. Throws `parse-error`, `arity`. */
export function resolvePlaces(
  clauses: readonly Clause[],
  rows: ReadonlyMap<string, RowsShape>,
  typeOf: (input: string) => ValueType | undefined,
): Clause[] {
  const shape = (source: string): RowsShape | undefined =>
    rows.get(source) ?? (source === SCHEMA_SOURCE ? SCHEMA_SHAPE : undefined)
  return changeClauses(clauses, clause => {
    if (clause.clause === 'computation') return isLogFunction(clause.name) ? logClauses(clause, typeOf) : clause
    if (clause.clause !== 'pattern' && clause.clause !== 'places') return clause
    const rowsShape = shape(clause.source)
    if (rowsShape !== undefined) return overRows(clause.clause === 'pattern' ? asPlaces(clause) : clause, rowsShape)
    return clause.clause === 'pattern' ? clause : overFacts(clause)
  })
}

function asPlaces({ source, entity, ident, identAt, value, tx, op, at }: Pattern): Places {
  const attribute: Term = {
    term: 'constant',
    literal: { value: new Keyword(ident), type: KEYWORD, exact: null },
    at: identAt,
  }
  return { clause: 'places', source, terms: [entity, attribute, value, tx, op], at }
}

function overRows(clause: Places, rows: RowsShape): Places {
  const width = rows.natural.length
  const beyond = clause.terms.find((term, i) => i >= width && term.term !== 'blank')
  // of a source without rows nobody knows how many places they would have
  if (beyond !== undefined && width > 0)
    throw new FactError('arity', `the rows of ${clause.source} have ${width} places, and this asks for more`, beyond.at)
  return { ...clause, rows }
}

function overFacts(clause: Places): Places {
  const { terms } = clause
  if (terms.length > 5)
    throw new FactError('parse-error', 'a pattern has at most five parts: [?e :a/b ?v ?tx ?op]', terms[5].at)
  const [, attribute] = terms
  if (attribute !== undefined && attribute.term !== 'variable' && attribute.term !== 'blank')
    throw new FactError(
      'parse-error',
      'the attribute of a pattern is a keyword such as :customer/country, ?a or _',
      attribute.at,
    )
  return clause
}

/** The type of each place, null where it is not certain. Throws `unknown-attribute`. */
export function placeTypes({ rows, terms }: Places): readonly (ValueType | null)[] {
  if (rows === undefined) return FACT_PLACES
  if (!rows.schema) return rows.natural.map((_, place) => rows.declared?.[place] ?? null)
  const [, said] = terms
  const known = said?.term === 'constant' && said.literal.value instanceof Keyword
  return [KEYWORD, KEYWORD, known ? schemaType((said.literal.value as Keyword).name, said.at) : ANY]
}

/** Types that variables have by the values of rows, where no use gives them one. */
export function naturalRowTypes(
  clauses: readonly Clause[],
): Map<string, { readonly variable: Variable; readonly type: ValueType }> {
  const found = new Map<string, { variable: Variable; type: ValueType }>()
  for (const clause of clauses) {
    if (clause.clause !== 'places' || clause.rows === undefined || clause.rows.declared !== null) continue
    clause.terms.forEach((term, place) => {
      const type = clause.rows?.natural[place]
      if (term.term === 'variable' && type !== undefined && type.base !== 'any')
        found.set(term.name, { variable: term, type })
    })
  }
  return found
}
