import type { FactColumn } from '../../model/fact-view.ts'

/** Kept as long as the column, whoever asked first. */
const known = new WeakMap<FactColumn, Int32Array>()

/** For each ordinal, the first row of a sparse column at or above it. Made once for a column, in time that follows its rows and ordinals. */
export function firstRows(column: FactColumn, e: Int32Array): Int32Array {
  let first = known.get(column)
  if (first === undefined) {
    const extent = column.length === 0 ? 0 : e[column.length - 1] + 1
    first = new Int32Array(extent + 1)
    let row = 0
    for (let ordinal = 0; ordinal <= extent; ordinal++) {
      while (row < column.length && e[row] < ordinal) row++
      first[ordinal] = row
    }
    known.set(column, first)
  }
  return first
}
