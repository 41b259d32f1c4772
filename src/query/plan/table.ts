import { ANY, type ValueType } from '../../model/type.ts'
import type { Value } from '../../model/value.ts'
import type { Table } from '../check/arguments.ts'
import type { Relation } from '../columns/relation.ts'
import { type Coding, rawOf, type Vector, vectorFrom } from '../columns/vector.ts'
import { wider } from '../functions/comparable.ts'

/** Rows of literals as a relation. Each variable has the type of its use where all values fit it, otherwise the one that they have. */
export function tableRelation(table: Table, types: ReadonlyMap<string, ValueType>, coding: Coding): Relation {
  const columns = new Map<string, Vector>()
  table.variables.forEach((name, i) => {
    const literals = table.rows.map(row => row[i])
    const used = types.get(name) ?? (literals.length > 0 ? literals.map(literal => literal.type).reduce(wider) : ANY)
    // a double beside exact numbers counts as it was written
    const values = literals.map(
      (literal): Value => (used.base !== 'double' && literal.exact !== null ? literal.exact : literal.value),
    )
    const fits = used.base !== 'any' && values.every(value => rawOf(value, used, coding) !== undefined)
    columns.set(name, vectorFrom(fits ? used : ANY, values, coding))
  })
  return { rows: table.rows.length, columns, key: null }
}
