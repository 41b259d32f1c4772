import { BLOCK, RowList, type Run } from './relation.ts'

/** Pairs of numbers, laid out by the first. */
export class Edges {
  #from = new RowList(64)
  #to = new RowList(64)
  #first = new Int32Array(1)
  #laid = new Int32Array(0)
  #done = -1

  add(from: Int32Array, to: Int32Array, rows: number): void {
    this.#from.room(rows).set(from.subarray(0, rows), this.#from.length)
    this.#to.room(rows).set(to.subarray(0, rows), this.#to.length)
    this.#from.length += rows
    this.#to.length += rows
  }

  /** Those of `n` stand from first[n] to first[n + 1]. */
  laid(nodes: number): { readonly first: Int32Array; readonly to: Int32Array } {
    if (this.#done !== this.#from.length || this.#first.length !== nodes + 1) {
      const [from, to] = [this.#from.rows(), this.#to.rows()]
      const first = new Int32Array(nodes + 1)
      for (let i = 0; i < from.length; i++) first[from[i] + 1]++
      for (let i = 1; i <= nodes; i++) first[i] += first[i - 1]
      const at = first.slice()
      const laid = new Int32Array(from.length)
      for (let i = 0; i < from.length; i++) laid[at[from[i]]++] = to[i]
      this.#first = first
      this.#laid = laid
      this.#done = from.length
    }
    return { first: this.#first, to: this.#laid }
  }
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
      const a = left.room(found)
      const b = right.room(found)
      let at = left.length
      for (let i = bases.first[node]; i < end; i++) {
        const to = bases.to[i]
        if (met[to] === k) continue
        met[to] = k
        a[at] = origin
        b[at++] = to
      }
      left.length = right.length = at
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
