import { FactError } from '../../base/error.ts'
import type { Schema } from '../../model/schema.ts'
import { ANY, type ValueType } from '../../model/type.ts'
import type { Clause, ParsedQuery, Term } from '../language/ast.ts'
import { changeClauses } from '../language/clause-terms.ts'
import type { RowsShape } from '../language/row-source.ts'
import { SCHEMA_SOURCE } from '../language/schema-source.ts'
import { type Nesting, nestedCalls, nestedQuery, nestedTypes } from '../operators/nested.ts'
import type { Compiled, Given } from './compiled.ts'
import { columnsOf } from './find-columns.ts'
import type { Types } from './infer.ts'

/** The query around, and how the one inside is checked. */
interface Around {
  readonly query: ParsedQuery
  readonly schema: Schema
  readonly given: Given
  readonly compile: (query: ParsedQuery, schema: Schema, given: Given) => Compiled
}

/** The same clauses, with the query of each call of `q` read, and the types of what it gives as far as they need no variable of the query around. */
export function withNested(clauses: readonly Clause[], around: Around): Clause[] {
  return changeClauses(clauses, clause => {
    if (clause.clause !== 'computation' || clause.nested === undefined) return clause
    const call = { ...clause, nested: clause.nested }
    const query = clause.nested.query ?? nestedQuery(call, around.query.text)
    const inner = inside(call, query, around, term => (term.term === 'constant' ? term.literal.type : ANY))
    const columns = columnsOf(inner)
    refuseNulls(query)
    return { ...call, nested: { ...call.nested, query, types: columns.map(({ type }) => type) } }
  })
}

/** Checks the queries inside of this one with all types that are known outside. */
export function checkNested(clauses: readonly Clause[], types: Types, around: Around): void {
  const typeOf = (term: Term): ValueType =>
    term.term === 'constant' ? term.literal.type : term.term === 'variable' ? (types.get(term.name) ?? ANY) : ANY
  // what is given nothing but sources was checked when it was read
  for (const call of nestedCalls(clauses))
    if (call.args.some(arg => arg.term === 'variable'))
      inside(call, call.nested.query ?? nestedQuery(call, around.query.text), around, typeOf)
}

function inside(
  call: Nesting,
  inner: ParsedQuery,
  { query, schema, given, compile }: Around,
  typeOf: (term: Term) => ValueType,
): Compiled {
  const sources = new Set([
    '$',
    SCHEMA_SOURCE,
    ...query.inputs.flatMap(input => (input.input === 'source' ? [input.name] : [])),
  ])
  const rows = new Map<string, RowsShape>()
  inner.inputs.forEach((input, i) => {
    const from = call.nested.given[i]
    if (input.input !== 'source' || typeof from !== 'string') return
    if (!sources.has(from)) throw new FactError('unknown-source', `${from} is not among the sources of :in`, call.at)
    const shape = given.rows?.get(from)
    if (shape !== undefined) rows.set(input.name, shape)
  })
  return compile(inner, schema, { ...given, types: nestedTypes(inner, call, typeOf), natural: new Map(), rows })
}

/** What a query gives to another one are values, and null is none. */
function refuseNulls({ find }: ParsedQuery): void {
  for (const { find: kind, text, at } of find)
    if (kind === 'maybe')
      throw new FactError(
        'wrong-type',
        `${text} may be null, and null is no value that a query can give to the one around it; say what stands in its place with get-else`,
        at,
      )
}
