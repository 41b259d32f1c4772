import { assert } from '../base/assert.ts'

/** When the world could first have known a record (store rule 1): `before` is the same of the record before it in its partition or file. Milliseconds. */
export function knownOf(before: number, timestamp: number, now: number): number {
  return Math.max(before, Math.min(timestamp, now))
}

/** One partition or file inside a merge: a queue of records whose `known` never falls. */
export class Lane<R> {
  /**
   * Whether this lane may still bring a record that belongs before those of the others. An open lane that holds nothing
   * stops the merge; whoever fills it closes it at its end, or when waiting longer would do no good.
   */
  open = true
  /** Of the record that was taken last. */
  known: number
  /** The record that was taken last, or null. */
  last: R | null = null
  /** What the records in it weigh, in bytes as whoever pushed them counted. */
  bytes = 0
  /** Decides between equal `known`: the place of its key in the order of all keys. */
  rank = 0

  #records: R[] = []
  #knowns: number[] = []
  #bytes: number[] = []
  #head = 0
  #tailKnown: number

  constructor(known: number) {
    this.known = known
    this.#tailKnown = known
  }

  get size(): number {
    return this.#records.length - this.#head
  }

  /** `known` of the record that will be taken next; the lane must not be empty. */
  get headKnown(): number {
    return this.#knowns[this.#head]
  }

  /** `known` of the record that was pushed last. */
  get tailKnown(): number {
    return this.#tailKnown
  }

  push(record: R, known: number, bytes: number): void {
    assert(known >= this.#tailKnown, 'known never falls within a lane')
    this.#tailKnown = known
    this.#records.push(record)
    this.#knowns.push(known)
    this.#bytes.push(bytes)
    this.bytes += bytes
  }

  shift(): R {
    const at = this.#head++
    const record = this.#records[at]
    this.known = this.#knowns[at]
    this.last = record
    this.bytes -= this.#bytes[at]
    if (this.#head === this.#records.length || this.#head >= 8192) {
      this.#records = this.#records.slice(this.#head)
      this.#knowns = this.#knowns.slice(this.#head)
      this.#bytes = this.#bytes.slice(this.#head)
      this.#head = 0
    }
    return record
  }
}

/** What a merge needs of a lane; `Lane` says what each means. */
export interface MergedLane<R> {
  open: boolean
  rank: number
  readonly size: number
  readonly bytes: number
  readonly headKnown: number
  shift(): R
}

/** Merges lanes by `known`, then by the order of their keys, then by the order within a lane (store rule 3). */
export class Merge<K, R, L extends MergedLane<R> = Lane<R>> {
  readonly #order: (a: K, b: K) => number
  readonly #laneOf: (known: number, key: K) => L
  readonly #lanes: { readonly key: K; readonly lane: L }[] = []

  /** `laneOf` makes the lanes, where they are not queues of records. */
  constructor(
    order: (a: K, b: K) => number,
    laneOf: (known: number, key: K) => L = known => new Lane<R>(known) as unknown as L,
  ) {
    this.#order = order
    this.#laneOf = laneOf
  }

  /** Adds a lane; `known` is that of the last record that its partition or file ever delivered. Two keys must never be equal. */
  add(key: K, known: number): L {
    const lane = this.#laneOf(known, key)
    this.#lanes.push({ key, lane })
    this.#lanes.sort((a, b) => this.#order(a.key, b.key))
    for (let i = 0; i < this.#lanes.length; i++) this.#lanes[i].lane.rank = i
    return lane
  }

  /** Records that wait in all lanes together. */
  get size(): number {
    let size = 0
    for (const { lane } of this.#lanes) size += lane.size
    return size
  }

  /** Takes the next records in order: at most `limit`, and none after their bytes have reached `bytes`. None while an open lane holds nothing. */
  take(limit: number, bytes: number): R[] {
    const taken: R[] = []
    const heap: L[] = []
    for (const { lane } of this.#lanes) {
      if (lane.size > 0) heap.push(lane)
      else if (lane.open) return taken
    }
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(heap, i)

    let weight = 0
    while (heap.length > 0 && taken.length < limit && weight < bytes) {
      const lane = heap[0]
      weight += lane.bytes
      taken.push(lane.shift())
      weight -= lane.bytes
      if (lane.size === 0) {
        if (lane.open) break
        const end = heap.pop()!
        if (heap.length === 0) break
        heap[0] = end
      }
      sink(heap, 0)
    }
    return taken
  }
}

const before = <R>(a: MergedLane<R>, b: MergedLane<R>): boolean =>
  a.headKnown < b.headKnown || (a.headKnown === b.headKnown && a.rank < b.rank)

/** Lets the lane at `i` of a binary heap down to where it belongs. */
function sink<R>(heap: MergedLane<R>[], i: number): void {
  const lane = heap[i]
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
    if (!before(heap[child], lane)) break
    heap[i] = heap[child]
    i = child
  }
  heap[i] = lane
}
