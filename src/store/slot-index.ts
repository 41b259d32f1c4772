/** Rows of history in one piece, in order of `to`: what ended in which slot. */
export interface Ended {
  readonly slot: Uint16Array
  readonly from: Uint32Array
  readonly to: Uint32Array
}

/** Rows that a bucket of the directory holds on average; more of them make the directory larger and the search shorter. */
const BUCKET = 8

/** Bits of a slot that a bucket leaves open, so that there are about `rows / BUCKET` of them. */
export function bucketBits(rows: number, slots: number): number {
  let bits = 0
  while (slots >> bits > Math.max(1, rows / BUCKET)) bits++
  return bits
}

export const bucketCount = (slots: number, bits: number): number => ((slots - 1) >> bits) + 1

/**
 * Finds rows of history by slot: the numbers of the rows sorted by slot (those of one slot by `to`), and where each
 * bucket of slots begins in them. Knows the rows that there were when it was made, at most 65,535.
 */
export class SlotIndex {
  readonly order: Uint16Array
  readonly starts: Uint16Array
  /** Slots that it knows; others had no rows. */
  readonly slots: number
  readonly #bits: number

  constructor(order: Uint16Array, starts: Uint16Array, slots: number, bits: number) {
    this.order = order
    this.starts = starts
    this.slots = slots
    this.#bits = bits
  }

  get rows(): number {
    return this.order.length
  }

  get bytes(): number {
    return this.order.byteLength + this.starts.byteLength
  }

  /** The first row of a slot that ended after `t`, or -1. */
  after(ended: Ended, slot: number, t: number): number {
    if (slot >= this.slots) return -1
    const bucket = slot >> this.#bits
    let low = this.starts[bucket]
    const last = this.starts[bucket + 1]
    let high = last
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.order[middle]
      const at = ended.slot[row]
      if (at < slot || (at === slot && ended.to[row] <= t)) low = middle + 1
      else high = middle
    }
    if (low === last) return -1
    const row = this.order[low]
    return ended.slot[row] === slot ? row : -1
  }
}

/** Where each slot begins among sorted rows; one for all, as nothing else runs while it is in use. */
let places = new Uint32Array(0)

/** Fills an index over the first `rows` rows, in arrays that the caller gives: `rows` long, and one more than there are buckets. */
export function indexSlots(
  ended: Ended,
  rows: number,
  slots: number,
  bits: number,
  order: Uint16Array,
  starts: Uint16Array,
): SlotIndex {
  if (places.length <= slots) places = new Uint32Array(Math.max(slots + 1, 2 * places.length))
  places.fill(0, 0, slots + 1)
  for (let row = 0; row < rows; row++) places[ended.slot[row] + 1]++
  for (let slot = 0; slot < slots; slot++) places[slot + 1] += places[slot]
  for (let bucket = 0; bucket < starts.length - 1; bucket++) starts[bucket] = places[bucket << bits]
  starts[starts.length - 1] = rows
  for (let row = 0; row < rows; row++) order[places[ended.slot[row]]++] = row
  return new SlotIndex(order, starts, slots, bits)
}
