/** A column of a query's answer, as the server describes it. */
export interface Column {
  readonly name: string
  readonly find: string
  readonly type: string
  readonly nullable: boolean
}

/** A long as it comes in JSON, digits beyond 2^53, as what it is: a number where that is exact, otherwise a bigint. */
const long = (cell: unknown): unknown => (typeof cell === 'string' && /^-?\d+$/.test(cell) ? BigInt(cell) : cell)

/**
 * Turns what JSON cannot hold back: longs beyond 2^53. Everything else stays as JSON has it, so a decimal is its text. The shape of a result
 * (rows, maps, a list, one row, one value) is told by the columns: a list or a value has one, and a row of one is inside of a list.
 */
export function restored(result: unknown, columns: readonly Column[]): unknown {
  const longs = columns.map(({ type }) => type === 'long' || type.startsWith('ref'))
  if (!longs.includes(true) || result === null) return result
  const row = (cells: unknown): unknown => {
    if (Array.isArray(cells)) return cells.map((cell, i) => (longs[i] ? long(cell) : cell))
    if (typeof cells !== 'object' || cells === null) return long(cells)
    return Object.fromEntries(Object.entries(cells).map(([name, cell], i) => [name, longs[i] ? long(cell) : cell]))
  }
  if (!Array.isArray(result)) return row(result)
  const [first] = result
  const rows = Array.isArray(first) || (typeof first === 'object' && first !== null)
  return rows || columns.length === 1 ? result.map(row) : row(result)
}
