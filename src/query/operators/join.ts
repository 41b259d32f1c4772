import { showType } from '../../model/type.ts'
import { comparableForms, firstRows, numberRows } from '../columns/numbering.ts'
import { BLOCK, type Relation, RowList, type Run, takeRows } from '../columns/relation.ts'
import { take, type Vector } from '../columns/vector.ts'
import { narrower } from '../functions/comparable.ts'

/** One row differs from all others whatever it holds. */
const NO_VARIABLES: ReadonlySet<string> = new Set()

/**
 * All pairs of rows that agree on the variables which both have; of none, all pairs. The smaller side is numbered and laid out by number,
 * the larger one looks up. Rows come in the order of the larger side.
 */
export function join(left: Relation, right: Relation, run: Run): Relation {
  if (left.rows === 1 && left.columns.size === 0) return right
  const shared: string[] = []
  for (const name of right.columns.keys()) if (left.columns.has(name)) shared.push(name)
  if (shared.length === 0 && left.rows === 1 && right.rows === 1) {
    const columns = new Map(left.columns)
    for (const [name, vector] of right.columns) columns.set(name, vector)
    return { rows: 1, columns, key: NO_VARIABLES }
  }
  const [small, large] = left.rows <= right.rows ? [left, right] : [right, left]
  const smallKeys: Vector[] = []
  const largeKeys: Vector[] = []
  for (const name of shared) {
    const [a, b] = comparableForms(
      small.columns.get(name) as Vector,
      small.rows,
      large.columns.get(name) as Vector,
      large.rows,
      run,
    )
    smallKeys.push(a)
    largeKeys.push(b)
  }
  const numbering = numberRows(smallKeys, small.rows, run)
  const ids = numbering.find(largeKeys, large.rows, run)
  const { smallRows, largeRows } = pairs(numbering.ids, numbering.count, ids, run)
  const columns = new Map<string, Vector>()
  for (const side of [left, right]) {
    const rows = side === small ? smallRows : largeRows
    for (const [name, vector] of side.columns) {
      const other = side === left ? right.columns.get(name) : left.columns.get(name)
      // where the types differ, the value is of both, so the narrower one describes it
      const mine = other === undefined || showType(narrower(vector.type, other.type)) === showType(vector.type)
      if (mine && !columns.has(name)) columns.set(name, take(vector, rows, run))
    }
  }
  return { rows: smallRows.length, columns, key: joinKey(left, right, shared) }
}

/** What tells the rows of a join apart. */
function joinKey(left: Relation, right: Relation, shared: readonly string[]): ReadonlySet<string> | null {
  if (left.key === null || right.key === null) return null
  if ([...right.key].every(name => shared.includes(name))) return left.key
  if ([...left.key].every(name => shared.includes(name))) return right.key
  return new Set([...left.key, ...right.key])
}

/** Row pairs with equal numbers, in the order of the large side. `-1` meets nothing. */
function pairs(
  smallIds: Int32Array,
  count: number,
  largeIds: Int32Array,
  run: Run,
): { smallRows: Int32Array; largeRows: Int32Array } {
  // rows of the small side laid out by number: those of number n stand from first[n] to first[n + 1]
  const first = new Int32Array(count + 2)
  for (let i = 0; i < smallIds.length; i++) {
    if (i % BLOCK === 0) run.stop()
    first[smallIds[i] + 2]++
  }
  for (let id = 2; id < first.length; id++) first[id] += first[id - 1]
  const laid = new Int32Array(smallIds.length)
  for (let i = 0; i < smallIds.length; i++) {
    if (i % BLOCK === 0) run.stop()
    laid[first[smallIds[i] + 1]++] = i
  }
  const smallRows = new RowList(largeIds.length, run)
  const largeRows = new RowList(largeIds.length, run)
  for (let i = 0; i < largeIds.length; i++) {
    if (i % BLOCK === 0) run.stop()
    const id = largeIds[i]
    if (id < 0) continue
    const end = first[id + 1]
    let from = first[id]
    // one row may meet millions, so look at the stop flag on the way
    while (from < end) {
      const part = Math.min(end - from, BLOCK)
      if (part === BLOCK) run.stop()
      const a = smallRows.room(part)
      const b = largeRows.room(part)
      let at = smallRows.length
      for (let j = 0; j < part; j++) {
        a[at] = laid[from + j]
        b[at++] = i
      }
      smallRows.length = largeRows.length = at
      from += part
    }
  }
  return { smallRows: smallRows.rows(), largeRows: largeRows.rows() }
}

/** One row of each combination of these variables, the first; the other variables are dropped. */
export function distinct(relation: Relation, names: ReadonlySet<string>, run: Run): Relation {
  const kept = onlyThese(relation.columns, names)
  if (relation.key !== null && [...relation.key].every(name => names.has(name))) return { ...relation, columns: kept }
  const { first } = groupRows([...kept.values()], relation.rows, run)
  const narrow: Relation = { rows: relation.rows, columns: kept, key: new Set(kept.keys()) }
  return first.length === relation.rows ? narrow : takeRows(narrow, first, run)
}

function onlyThese(columns: Relation['columns'], names: ReadonlySet<string>): Relation['columns'] {
  let strangers = 0
  for (const name of columns.keys()) if (!names.has(name)) strangers++
  return strangers === 0 ? columns : new Map([...columns].filter(([name]) => names.has(name)))
}

/** Numbers the different combinations of some vectors; `first` is the first row of each. */
export function groupRows(vectors: readonly Vector[], rows: number, run: Run): { ids: Int32Array; first: Int32Array } {
  const { ids, count } = numberRows(vectors, rows, run)
  return { ids, first: firstRows(ids, count, run) }
}
