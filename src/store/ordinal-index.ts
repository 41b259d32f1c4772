import { assert } from '../base/assert.ts'
import type { RawValue } from './raw-value.ts'
import type { ValueArray } from './value-array.ts'

/**
 * Finds the ordinal of a key: a hash table in shared memory over the keys that stand by ordinal in a `ValueArray`.
 * Open addressing with linear probing, at most 3/4 full; a place holds ordinal + 1, or 0 where it is free. Keys are
 * compared exactly and as they stand, so the table needs no copy of them.
 */
export class OrdinalIndex {
  readonly #keys: ValueArray
  #table: Int32Array
  #size = 0

  /** `keys` is only read here; `places` is a power of two. */
  constructor(keys: ValueArray, places = 256) {
    this.#keys = keys
    this.#table = new Int32Array(new SharedArrayBuffer(4 * places))
  }

  get bytes(): number {
    return this.#table.byteLength
  }

  /** The ordinal of a key, or -1. */
  find(key: RawValue): number {
    const table = this.#table
    const mask = table.length - 1
    for (let place = hashOf(key) & mask; ; place = (place + 1) & mask) {
      const held = table[place]
      if (held === 0) return -1
      if (this.#keys.is(held - 1, key)) return held - 1
    }
  }

  /** Takes up the key that stands at the next ordinal, and is new. */
  add(key: RawValue): void {
    if (4 * (this.#size + 1) > 3 * this.#table.length) this.#widen()
    const table = this.#table
    const mask = table.length - 1
    let place = hashOf(key) & mask
    for (; table[place] !== 0; place = (place + 1) & mask)
      assert(!this.#keys.is(table[place] - 1, key), 'two ordinals for one key')
    table[place] = ++this.#size
  }

  #widen(): void {
    const table = new Int32Array(new SharedArrayBuffer(8 * this.#table.length))
    const mask = table.length - 1
    for (let ordinal = 0; ordinal < this.#size; ordinal++) {
      let place = hashOf(this.#keys.get(ordinal)) & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = ordinal + 1
    }
    this.#table = table
  }
}

/** Keys that follow each other lie in one cache line: codes of new texts do, and so do most ids that are numbers. */
const TOGETHER = 4

/** Of the lowest 64 bits; the same for both forms of an integer. */
function hashOf(key: RawValue): number {
  return typeof key === 'number'
    ? placed(key | 0, Math.floor(key / 2 ** 32))
    : placed(Number(BigInt.asIntN(32, key)), Number(BigInt.asIntN(32, key >> 32n)))
}

const placed = (low: number, high: number): number =>
  (mixed(low >>> TOGETHER, high) << TOGETHER) | (low & (2 ** TOGETHER - 1))

/** The finalizer of MurmurHash3 (Austin Appleby), over two halves. */
function mixed(low: number, high: number): number {
  let hash = low ^ Math.imul(high, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
