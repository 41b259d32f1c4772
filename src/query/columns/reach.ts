import { BLOCK, type Run } from './relation.ts'
import type { Laid } from './walk.ts'

/** Results are marked in words of 32 bits, and words in words again; beyond so many there would be more of the latter than results. */
const MOST_ENDS = 1 << 16
/** Words that the results of all nodes may take, each with its place. */
const MOST_WORDS = 1 << 22

/** All pairs of a node and a result, by node, then by result. */
export interface Pairs {
  readonly left: Int32Array
  readonly right: Int32Array
}

/**
 * What each node reaches: its own bases and those of every node to which steps lead from it. Nodes that reach each other reach the same, and
 * what a node reaches is known before that of the nodes which step to it (Tarjan 1972; Nuutila 1995), so that each step is looked at
 * once, and joins 32 results at a time. Null where that takes more than `most` words of 8 bytes: then walks are cheaper.
 */
export function reachAll(
  steps: Laid,
  bases: Laid,
  nodes: number,
  ends: number,
  run: Run,
  most = MOST_WORDS,
): Pairs | null {
  if (ends > MOST_ENDS) return null
  const components = new Components(nodes, ends, most, run)
  return components.find(steps, bases) ? components.pairs() : null
}

/** Nodes that reach each other, numbered in the order in which what they reach is known, each with its results as words that are not 0. */
class Components {
  readonly #run: Run
  readonly #most: number
  readonly #of: Int32Array
  /** Words of component c stand from first[c] to first[c + 1]; `#places` says which words of the row of bits they are. */
  readonly #first: Int32Array
  readonly #results: Float64Array
  #places: Int32Array = new Int32Array(256)
  #words: Int32Array = new Int32Array(256)
  #length = 0
  #count = 0
  /** The row of bits of one component, and a bit for each word of it that is not 0. */
  readonly #row: Int32Array
  readonly #marks: Int32Array
  /** The last component into which each was joined. */
  readonly #joined: Int32Array
  #work = 0

  constructor(nodes: number, ends: number, most: number, run: Run) {
    run.reserve(40 * nodes + ends / 8)
    this.#run = run
    this.#most = most
    this.#of = new Int32Array(nodes).fill(-1)
    this.#first = new Int32Array(nodes + 1)
    this.#results = new Float64Array(nodes)
    this.#joined = new Int32Array(nodes).fill(-1)
    this.#row = new Int32Array((ends + 31) >>> 5)
    this.#marks = new Int32Array((this.#row.length + 31) >>> 5)
  }

  /** False where the results take too much room. */
  find(steps: Laid, bases: Laid): boolean {
    const nodes = this.#of.length
    const of = this.#of
    const { first, to } = steps
    // when a node was met, from 1, and the first met of those open nodes that it leads back to
    const met = new Int32Array(nodes)
    const back = new Int32Array(nodes)
    const next = first.slice(0, nodes)
    const path = new Int32Array(nodes)
    const open = new Int32Array(nodes)
    let [count, depth, opened] = [0, 0, 0]
    for (let root = 0; root < nodes; root++) {
      if (met[root] !== 0) continue
      path[depth++] = root
      open[opened++] = root
      met[root] = back[root] = ++count
      while (depth > 0) {
        const node = path[depth - 1]
        if (next[node] < first[node + 1]) {
          const there = to[next[node]++]
          if (met[there] === 0) {
            path[depth++] = there
            open[opened++] = there
            met[there] = back[there] = ++count
          } else if (of[there] < 0 && met[there] < back[node]) back[node] = met[there]
          continue
        }
        depth--
        if (depth > 0 && back[node] < back[path[depth - 1]]) back[path[depth - 1]] = back[node]
        if (back[node] < met[node]) continue
        // all that was opened since is one component
        const end = opened
        do of[open[--opened]] = this.#count
        while (open[opened] !== node)
        for (let i = opened; i < end; i++) this.#join(open[i], steps, bases)
        if (!this.#close()) return false
      }
    }
    return true
  }

  /** What a node of the component at hand has and leads to, put into the row of bits. */
  #join(node: number, steps: Laid, bases: Laid): void {
    const own = bases.first[node + 1]
    markEnds(bases.to, bases.first[node], own, this.#row, this.#marks)
    this.#work += 1 + own - bases.first[node]
    const last = steps.first[node + 1]
    for (let i = steps.first[node]; i < last; i++) {
      const other = this.#of[steps.to[i]]
      if (other === this.#count || this.#joined[other] === this.#count) continue
      this.#joined[other] = this.#count
      const [from, to] = [this.#first[other], this.#first[other + 1]]
      joinWords(this.#places, this.#words, from, to, this.#row, this.#marks)
      this.#work += 1 + to - from
      if (this.#work >= BLOCK) this.#look()
    }
    if (this.#work >= BLOCK) this.#look()
  }

  #look(): void {
    this.#run.stop()
    this.#work = 0
  }

  /** Takes the words out of the row of bits, ascending, and leaves it empty. */
  #close(): boolean {
    const marks = this.#marks
    this.#work += marks.length
    let results = 0
    for (let m = 0; m < marks.length; m++) {
      let mark = marks[m]
      if (mark === 0) continue
      marks[m] = 0
      if (this.#length + 32 > this.#words.length && !this.#grow()) return false
      const [places, words, row] = [this.#places, this.#words, this.#row]
      for (; mark !== 0; mark &= mark - 1) {
        const place = 32 * m + 31 - Math.clz32(mark & -mark)
        results += bitsOf(row[place])
        places[this.#length] = place
        words[this.#length++] = row[place]
        row[place] = 0
      }
    }
    this.#results[this.#count] = results
    this.#first[++this.#count] = this.#length
    return true
  }

  #grow(): boolean {
    const length = 2 * this.#words.length
    if (length > this.#most) return false
    this.#run.reserve(8 * length)
    const wider = (from: Int32Array): Int32Array => {
      const to = new Int32Array(length)
      to.set(from)
      return to
    }
    this.#places = wider(this.#places)
    this.#words = wider(this.#words)
    return true
  }

  pairs(): Pairs {
    const of = this.#of
    let rows = 0
    for (let node = 0; node < of.length; node++) rows += this.#results[of[node]]
    this.#run.reserve(8 * rows)
    const [left, right] = [new Int32Array(rows), new Int32Array(rows)]
    let at = 0
    for (let node = 0; node < of.length; node++) {
      const c = of[node]
      const results = this.#results[c]
      this.#work += 1 + results
      if (this.#work >= BLOCK) this.#look()
      if (results === 0) continue
      left.fill(node, at, at + results)
      at = showBits(this.#places, this.#words, this.#first[c], this.#first[c + 1], right, at)
    }
    return { left, right }
  }
}

function markEnds(ends: Int32Array, from: number, to: number, row: Int32Array, marks: Int32Array): void {
  for (let i = from; i < to; i++) {
    const place = ends[i] >>> 5
    row[place] |= 1 << (ends[i] & 31)
    marks[place >>> 5] |= 1 << (place & 31)
  }
}

function joinWords(
  places: Int32Array,
  words: Int32Array,
  from: number,
  to: number,
  row: Int32Array,
  marks: Int32Array,
): void {
  for (let k = from; k < to; k++) {
    const place = places[k]
    row[place] |= words[k]
    marks[place >>> 5] |= 1 << (place & 31)
  }
}

function bitsOf(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Writes the numbers of the bits of some words from `at` on, and says where they end. */
function showBits(
  places: Int32Array,
  words: Int32Array,
  from: number,
  to: number,
  out: Int32Array,
  start: number,
): number {
  let at = start
  for (let k = from; k < to; k++) {
    const low = places[k] << 5
    for (let word = words[k]; word !== 0; word &= word - 1) out[at++] = low + 31 - Math.clz32(word & -word)
  }
  return at
}
