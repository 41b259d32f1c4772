import { FactError } from '../../base/error.ts'
import type { FactView } from '../../model/fact-view.ts'
import { ANY } from '../../model/type.ts'
import { compareValues, EntityRef, type Value } from '../../model/value.ts'
import { givenLiteral, naturalType, type Table } from '../check/arguments.ts'
import { wider } from '../functions/comparable.ts'
import { entityRef } from '../functions/lookup.ts'
import type { Literal, Places, Term } from '../language/ast.ts'
import type { Rows, RowsShape } from '../language/row-source.ts'
import { schemaRows } from '../language/schema-source.ts'
import type { Candidate, Source, State } from './planning.ts'
import { tableCandidate } from './table-candidate.ts'

const listOf = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row])

/** Throws `argument` where rows differ in length, or declared types do not fit them. */
export function shapeOf(name: string, { rows, types }: Rows): RowsShape {
  const lists = rows.map(listOf)
  const width = types?.length ?? lists[0]?.length ?? 0
  const odd = lists.findIndex(row => row.length !== width)
  if (odd >= 0)
    throw new FactError(
      'argument',
      `row ${odd + 1} of ${name} has ${lists[odd].length} values, but ${types === null ? 'the first row has' : 'its types are'} ${width}`,
    )
  const natural = types ?? Array.from({ length: width }, (_, i) => lists.map(row => naturalType(row[i])).reduce(wider))
  return { declared: types, natural, schema: false }
}

/** The rows of a source that a pattern can match, over its variables. */
function tableOf(clause: Places, source: Source): Table {
  const view = source.view('$')
  const { terms } = clause
  const variables = terms.flatMap((term, place) => (term.term === 'variable' ? [{ name: term.name, place }] : []))
  const fixed = terms.flatMap((term, place): { place: number; literal: Literal }[] => {
    const literal = constantOf(term, view)
    return literal === undefined ? [] : [{ place, literal }]
  })
  const literals =
    clause.rows?.schema === true ? schemaRows(view.schema, source.stated) : rowLiterals(clause, source, view)
  const rows = literals
    .filter(row => fixed.every(({ place, literal }) => row[place] !== undefined && sameLiteral(row[place], literal)))
    .map(row => variables.map(({ place }) => row[place]))
  return { variables: variables.map(({ name }) => name), rows }
}

function constantOf(term: Term, view: FactView): Literal | undefined {
  if (term.term === 'constant') return term.literal
  if (term.term !== 'lookup') return undefined
  return { value: entityRef(term, view), type: ANY, exact: null }
}

/** The values of all rows, each as the type of its place; rows that name an entity that nobody knows are left out. */
function rowLiterals(clause: Places, source: Source, view: FactView): Literal[][] {
  const { rows } = source.rows(clause.source)
  const shape = clause.rows as RowsShape
  const types = shape.natural.map((natural, place) => {
    const term = clause.terms[place]
    // values of several types stay what they are: those that do not fit the use match nothing
    const used = natural.base === 'any' || term?.term !== 'variable' ? undefined : source.types.get(term.name)
    return shape.declared?.[place] ?? used ?? natural
  })
  const found: Literal[][] = []
  for (const row of rows) {
    const literals = listOf(row).map((value, i) => givenLiteral(value, types[i], clause.source, view))
    if (literals.every(literal => literal !== undefined)) found.push(literals)
  }
  return found
}

/** Exact, as everywhere: a number with a point is what was written, unless it meets a double. A plain number may be an entity. */
function sameLiteral(a: Literal, b: Literal): boolean {
  const exact = (literal: Literal, other: Literal): Value => {
    if (other.value instanceof EntityRef && typeof literal.value === 'bigint')
      return new EntityRef(Number(literal.value))
    return literal.exact !== null && typeof other.value !== 'number' ? literal.exact : literal.value
  }
  return compareValues(exact(a, b), exact(b, a)) === 0
}

/** A pattern over rows. */
export function rowsCandidate(clause: Places, state: State, source: Source): Candidate {
  const table = source.table(clause, () => tableOf(clause, source))
  const candidate = tableCandidate(table, state, source)
  return { ...candidate, step: { ...candidate.step, op: 'rows', detail: clause.source } }
}
