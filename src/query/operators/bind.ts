import { FactError } from '../../base/error.ts'
import { ANY } from '../../model/type.ts'
import { isList, type Value, ValueMap } from '../../model/value.ts'
import { equalRows, filterByConstant } from '../columns/filter.ts'
import { BLOCK, project, type Relation, RowList, type Run, takeRows, withColumn } from '../columns/relation.ts'
import { boxed, fittingVector, type Vector } from '../columns/vector.ts'
import { bindingTypes, type CallType } from '../functions/call.ts'
import type { Binding, Literal } from '../language/ast.ts'

/** The result of a call for some rows of a relation. */
export interface Computed {
  /** The rows that have a result, ascending; null: all. */
  readonly rows: Int32Array | null
  /** One value for each of them. */
  readonly vector: Vector
}

/** Binds results to variables: one that has values already keeps the rows in which they are equal. */
export function bindComputed(
  relation: Relation,
  { rows, vector }: Computed,
  to: Binding,
  call: CallType,
  name: string,
  constants: ReadonlyMap<string, Literal>,
  run: Run,
): Relation {
  const given = rows === null ? relation : takeRows(relation, rows)
  if (to.bind === 'scalar') return unify(given, to.variables[0].name, vector, constants, run)
  const values = boxed(vector, given.rows, run)
  const { kept, lists } = spread(values, to, name, run)
  const many = to.bind !== 'tuple'
  let next = kept === null ? given : takeRows(given, kept)
  // one row may become several, which agree on whatever told rows apart
  if (many) next = { ...next, key: null }
  const types = new Map(bindingTypes(name, to, call).map(({ variable, type }) => [variable.name, type]))
  const columns = to.variables.flatMap((variable, i): [string, Vector][] =>
    variable.term === 'variable'
      ? [
          [
            variable.name,
            fittingVector(
              types.get(variable.name) ?? ANY,
              lists.map(list => list[i]),
              run,
            ),
          ],
        ]
      : [],
  )
  // a column that is compared with what was there leaves fewer rows, so the others become part of the relation before
  columns.forEach(([, column], i) => {
    next = withColumn(next, `#bind${i}`, column)
  })
  columns.forEach(([variable], i) => {
    next = unify(next, variable, next.columns.get(`#bind${i}`) as Vector, constants, run)
  })
  return project(next, new Set([...next.columns.keys()].filter(column => !column.startsWith('#bind'))))
}

function unify(
  relation: Relation,
  name: string,
  vector: Vector,
  constants: ReadonlyMap<string, Literal>,
  run: Run,
): Relation {
  const literal = constants.get(name)
  if (literal !== undefined) {
    const kept = filterByConstant(withColumn(relation, '#is', vector), '#is', { comparison: '=', literal }, run)
    return project(kept, new Set(relation.columns.keys()))
  }
  const before = relation.columns.get(name)
  if (before === undefined) return withColumn(relation, name, vector)
  const rows = equalRows(before, vector, relation.rows, run)
  return rows.length === relation.rows ? relation : takeRows(relation, rows)
}

/** The values of the variables of a binding, one list for each row of the result, and from which row each came. */
function spread(
  values: readonly Value[],
  to: Binding,
  name: string,
  run: Run,
): { kept: Int32Array | null; lists: readonly (readonly Value[])[] } {
  if (to.bind === 'tuple') return { kept: null, lists: values.map(value => elements(value, to, name)) }
  const kept = new RowList(values.length)
  const lists: (readonly Value[])[] = []
  values.forEach((value, row) => {
    for (const element of itemsOf(value, name)) {
      if (lists.length % BLOCK === 0) run.stop()
      kept.room(1)[kept.length++] = row
      lists.push(to.bind === 'collection' ? [element] : elements(element, to, name))
    }
  })
  return { kept: kept.rows(), lists }
}

function itemsOf(value: Value, name: string): readonly Value[] {
  if (isList(value)) return value
  if (value instanceof ValueMap) return value.entries
  throw new FactError('wrong-type', `(${name} …) gave a value that has no elements to bind`)
}

function elements(value: Value, to: Binding, name: string): readonly Value[] {
  const items = itemsOf(value, name)
  if (items.length < to.variables.length)
    throw new FactError('wrong-type', `(${name} …) gave ${items.length} elements, and ${to.variables.length} are bound`)
  return items
}
