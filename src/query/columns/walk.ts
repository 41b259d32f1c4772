import { BLOCK, type RowList, type Run } from './relation.ts'

const NO_ROWS = new Int32Array(0)

/** Pairs of numbers, laid out by the first. */
export class Edges {
  #from: Int32Array = NO_ROWS
  #to: Int32Array = NO_ROWS
  #rows = 0
  #first: Int32Array = NO_ROWS
  #laid: Int32Array = NO_ROWS
  #done = -1

  add(from: Int32Array, to: Int32Array, rows: number): void {
    const before = this.#rows
    this.#rows += rows
    if (this.#rows > this.#from.length) {
      this.#from = grown(this.#from, this.#rows)
      this.#to = grown(this.#to, this.#rows)
    }
    this.#from.set(from.length === rows ? from : from.subarray(0, rows), before)
    this.#to.set(to.length === rows ? to : to.subarray(0, rows), before)
  }

  /** Those of `n` stand from first[n] to first[n + 1]. */
  laid(nodes: number): { readonly first: Int32Array; readonly to: Int32Array } {
    if (this.#done !== this.#rows || this.#first.length !== nodes + 1) {
      const [from, to, rows] = [this.#from, this.#to, this.#rows]
      const first = new Int32Array(nodes + 1)
      for (let i = 0; i < rows; i++) first[from[i] + 1]++
      for (let i = 1; i <= nodes; i++) first[i] += first[i - 1]
      const at = first.slice()
      const laid = new Int32Array(rows)
      for (let i = 0; i < rows; i++) laid[at[from[i]]++] = to[i]
      this.#first = first
      this.#laid = laid
      this.#done = rows
    }
    return { first: this.#first, to: this.#laid }
  }
}

function grown(rows: Int32Array, least: number): Int32Array {
  const wider = new Int32Array(Math.max(64, least, rows.length * 2))
  wider.set(rows)
  return wider
}

export interface Laid {
  readonly first: Int32Array
  readonly to: Int32Array
}

/** Depth first from each origin; a stamp says for which origin a node was visited last, so that nothing is cleared between origins. */
export function walk(
  origins: Int32Array,
  steps: Laid,
  bases: Laid,
  nodes: number,
  ends: number,
  left: RowList,
  right: RowList,
  run: Run,
): void {
  const visited = new Int32Array(nodes).fill(-1)
  const met = new Int32Array(ends).fill(-1)
  const stack = new Int32Array(nodes)
  let a = left.room(0)
  let b = right.room(0)
  let at = left.length
  let work = 0
  for (let k = 0; k < origins.length; k++) {
    const origin = origins[k]
    let depth = 0
    stack[depth++] = origin
    visited[origin] = k
    while (depth > 0) {
      const node = stack[--depth]
      const end = bases.first[node + 1]
      const found = end - bases.first[node]
      if (at + found > a.length || at + found > b.length) {
        left.length = right.length = at
        a = left.room(found)
        b = right.room(found)
      }
      for (let i = bases.first[node]; i < end; i++) {
        const to = bases.to[i]
        if (met[to] === k) continue
        met[to] = k
        a[at] = origin
        b[at++] = to
      }
      const last = steps.first[node + 1]
      for (let i = steps.first[node]; i < last; i++) {
        const next = steps.to[i]
        if (visited[next] === k) continue
        visited[next] = k
        stack[depth++] = next
      }
      work += 1 + found + last - steps.first[node]
      if (work >= BLOCK) {
        run.stop()
        work = 0
      }
    }
  }
  left.length = right.length = at
}

/** The same from results: every node from which some base of the result is reached. */
export function walkBack(
  results: Int32Array,
  bases: Laid,
  back: Laid,
  nodes: number,
  left: RowList,
  right: RowList,
  run: Run,
): void {
  const visited = new Int32Array(nodes).fill(-1)
  const stack = new Int32Array(nodes)
  let work = 0
  for (let k = 0; k < results.length; k++) {
    const result = results[k]
    let depth = 0
    for (let i = bases.first[result]; i < bases.first[result + 1]; i++) {
      const node = bases.to[i]
      if (visited[node] === k) continue
      visited[node] = k
      stack[depth++] = node
    }
    while (depth > 0) {
      const node = stack[--depth]
      left.room(1)[left.length++] = node
      right.room(1)[right.length++] = result
      const last = back.first[node + 1]
      for (let i = back.first[node]; i < last; i++) {
        const next = back.to[i]
        if (visited[next] === k) continue
        visited[next] = k
        stack[depth++] = next
      }
      work += 1 + last - back.first[node]
      if (work >= BLOCK) {
        run.stop()
        work = 0
      }
    }
  }
}
