import { firstRows, numberRows } from '../columns/numbering.ts'
import { BLOCK, type Run } from '../columns/relation.ts'
import type { Vector } from '../columns/vector.ts'
import { gridOf } from './grid.ts'
import type { Groups } from './groups.ts'

/** The rows that agree on all of these vectors are a group; of no vectors, all rows. */
export function groupsOf(keys: readonly Vector[], rows: number, run: Run): Groups {
  if (keys.length === 0) return new OneGroup(rows)
  return gridOf(keys, rows, run) ?? new NumberedGroups(keys, rows, run)
}

/** All rows, or no group where there are none. */
class OneGroup implements Groups {
  readonly rows: number
  #ids: Int32Array | undefined

  constructor(rows: number) {
    this.rows = rows
  }

  get count(): number {
    return Math.min(1, this.rows)
  }

  get first(): Int32Array {
    return new Int32Array(this.count)
  }

  get ids(): Int32Array {
    this.#ids ??= new Int32Array(this.rows)
    return this.#ids
  }

  sizes(): Float64Array {
    return this.rows === 0 ? new Float64Array(0) : Float64Array.of(this.rows)
  }

  sums(values: Float64Array, run: Run): Float64Array | undefined {
    const sums = new Float64Array(this.count)
    let size = 0
    for (let start = 0; start < this.rows; start += BLOCK) {
      run.stop()
      size += addAll(values, sums, start, Math.min(this.rows, start + BLOCK))
    }
    return size <= Number.MAX_SAFE_INTEGER ? sums : undefined
  }
}

/** Groups with numbers in order of first appearance. */
class NumberedGroups implements Groups {
  readonly rows: number
  readonly count: number
  readonly first: Int32Array
  readonly ids: Int32Array
  #sizes: Float64Array | undefined

  constructor(keys: readonly Vector[], rows: number, run: Run) {
    const { ids, count } = numberRows(keys, rows, run)
    this.rows = rows
    this.count = count
    this.ids = ids
    this.first = firstRows(ids, count, run)
  }

  sizes(run: Run): Float64Array {
    this.#sizes ??= Float64Array.from(this.#counts(run))
    return this.#sizes
  }

  #counts(run: Run): Int32Array {
    const counts = new Int32Array(this.count)
    for (let start = 0; start < this.rows; start += BLOCK) {
      run.stop()
      countEach(this.ids, counts, start, Math.min(this.rows, start + BLOCK))
    }
    return counts
  }

  sums(values: Float64Array, run: Run): Float64Array | undefined {
    const sums = new Float64Array(this.count)
    let size = 0
    for (let start = 0; start < this.rows; start += BLOCK) {
      run.stop()
      size += addEach(values, this.ids, sums, start, Math.min(this.rows, start + BLOCK))
    }
    return size <= Number.MAX_SAFE_INTEGER ? sums : undefined
  }
}

function countEach(ids: Int32Array, counts: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) counts[ids[i]]++
}

/** Four at a time, since each addition waits for the one before it. */
function addAll(values: Float64Array, sums: Float64Array, start: number, end: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let size = 0
  let more = 0
  let i = start
  for (; i + 3 < end; i += 4) {
    const w = values[i]
    const x = values[i + 1]
    const y = values[i + 2]
    const z = values[i + 3]
    a += w
    b += x
    c += y
    d += z
    size += Math.abs(w) + Math.abs(x)
    more += Math.abs(y) + Math.abs(z)
  }
  for (; i < end; i++) {
    a += values[i]
    size += Math.abs(values[i])
  }
  sums[0] += a + b + c + d
  return size + more
}

function addEach(values: Float64Array, ids: Int32Array, sums: Float64Array, start: number, end: number): number {
  let size = 0
  for (let i = start; i < end; i++) {
    const x = values[i]
    sums[ids[i]] += x
    size += Math.abs(x)
  }
  return size
}
