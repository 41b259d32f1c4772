import type { Run } from '../columns/relation.ts'

/** Rows in groups: row `i` is of group `ids[i]`, and every one of the `count` groups has a row. */
export interface Groups {
  readonly rows: number
  readonly count: number
  /** The first row of each group. */
  readonly first: Int32Array
  readonly ids: Int32Array
  /** How many rows each group has. */
  sizes(run: Run): Float64Array
  /**
   * Sums of integers in 53 bits, or undefined where some may need more: while all that was added up, signs left out, is a safe integer,
   * so was every sum on the way.
   */
  sums(values: Float64Array, run: Run): Float64Array | undefined
}

/** Rows laid out by group: those of group `g` stand from `starts[g]` to `starts[g + 1]`. */
export function byGroup({ ids, count, rows }: Groups): { readonly order: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(count + 1)
  for (let i = 0; i < rows; i++) starts[ids[i] + 1]++
  for (let group = 0; group < count; group++) starts[group + 1] += starts[group]
  const next = starts.slice(0, count)
  const order = new Int32Array(rows)
  for (let i = 0; i < rows; i++) order[next[ids[i]]++] = i
  return { order, starts }
}

/** Splits the rows of each group, for aggregates that look at a whole group at once. */
export function eachGroup<X>(groups: Groups, give: (rows: Int32Array, group: number) => X): X[] {
  const { order, starts } = byGroup(groups)
  return Array.from({ length: groups.count }, (_, group) =>
    give(order.subarray(starts[group], starts[group + 1]), group),
  )
}
