import { PairNumbers } from './value-numbers.ts'

/** A matrix of bits may take this many bytes; beyond, pairs are hashed. */
const MATRIX = 1 << 24

/** A set of pairs of dense numbers: a bit for each pair that could be while that is small, a hash table after that. */
export class PairSet {
  #bits = new Uint32Array(64)
  /** Words a row. */
  #words = 1
  #hashed: PairNumbers | null = null
  readonly #most: number

  constructor(most = MATRIX) {
    this.#most = most
  }

  get bytes(): number {
    return this.#hashed?.bytes ?? this.#bits.byteLength
  }

  /** True where the pair was not there before. */
  add(a: number, b: number): boolean {
    if (this.#hashed !== null) return this.#addHashed(this.#hashed, a, b)
    const word = b >>> 5
    if (word >= this.#words || (a + 1) * this.#words > this.#bits.length) {
      if (!this.#grow(a, word)) return this.#addHashed(this.#hash(), a, b)
    }
    const at = a * this.#words + word
    const bit = 1 << (b & 31)
    if ((this.#bits[at] & bit) !== 0) return false
    this.#bits[at] |= bit
    return true
  }

  #addHashed(pairs: PairNumbers, a: number, b: number): boolean {
    const before = pairs.count
    pairs.add(a, b)
    return pairs.count > before
  }

  /** Room for row `a` and word `word`; false where that would take too much. */
  #grow(a: number, word: number): boolean {
    const words = word < this.#words ? this.#words : 2 ** Math.ceil(Math.log2(word + 1))
    const rows = Math.max(this.#bits.length / this.#words, 2 ** Math.ceil(Math.log2(a + 1)))
    if (words * rows * 4 > this.#most) return false
    const bits = new Uint32Array(words * rows)
    if (words === this.#words) bits.set(this.#bits)
    else
      for (let row = 0, n = this.#bits.length / this.#words; row < n; row++)
        bits.set(this.#bits.subarray(row * this.#words, (row + 1) * this.#words), row * words)
    this.#bits = bits
    this.#words = words
    return true
  }

  #hash(): PairNumbers {
    const pairs = new PairNumbers()
    for (let at = 0; at < this.#bits.length; at++) {
      let word = this.#bits[at]
      const row = Math.floor(at / this.#words)
      while (word !== 0) {
        const low = 31 - Math.clz32(word & -word)
        pairs.add(row, (at % this.#words) * 32 + low)
        word &= word - 1
      }
    }
    this.#bits = new Uint32Array(0)
    this.#hashed = pairs
    return pairs
  }
}
