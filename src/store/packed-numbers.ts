import { grownF64 } from './growing.ts'

const BLOCK_BITS = 14

type Packed = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * Numbers by row that only grow at the end, packed tightly and exact: in blocks, each of which holds the difference to its
 * smallest number in 8, 16 or 32 bits where every one fits, 64-bit doubles otherwise, and nothing but one number where all
 * are the same. Whole numbers are safe integers; NaN stands for none.
 */
export class PackedNumbers {
  readonly #bits: number
  /** Packed blocks; null where every row is the least. */
  readonly #blocks: (Packed | null)[] = []
  readonly #least: number[] = []
  /** The rows behind the last packed block, as they are. */
  #open: Float64Array = new Float64Array(0)
  #length = 0
  #bytes = 0

  /** A block is 2^`bits` rows. */
  constructor(bits = BLOCK_BITS) {
    this.#bits = bits
  }

  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#bytes + this.#open.byteLength
  }

  push(value: number): void {
    const row = this.#length & (2 ** this.#bits - 1)
    if (row === 0 && this.#length > 0) this.#pack()
    if (row >= this.#open.length) this.#open = grownF64(this.#open, row + 1)
    this.#open[row] = value
    this.#length++
  }

  /** The number in a row below `length`. */
  at(row: number): number {
    const block = row >>> this.#bits
    const within = row & (2 ** this.#bits - 1)
    if (block === this.#blocks.length) return this.#open[within]
    const packed = this.#blocks[block]
    return packed === null ? this.#least[block] : this.#least[block] + packed[within]
  }

  #pack(): void {
    const rows = this.#open.subarray(0, 2 ** this.#bits)
    let least = rows[0]
    let most = rows[0]
    let whole = true
    let same = true
    for (const value of rows) {
      if (value < least) least = value
      if (value > most) most = value
      whole &&= Number.isSafeInteger(value)
      same &&= Object.is(value, rows[0])
    }
    const packed = same ? null : packedInto(whole ? most - least : Number.NaN, rows.length)
    const base = same || (packed && packed.BYTES_PER_ELEMENT < 8) ? least : 0
    if (packed) for (let i = 0; i < rows.length; i++) packed[i] = rows[i] - base
    this.#blocks.push(packed)
    this.#least.push(base)
    this.#bytes += packed?.byteLength ?? 0
  }
}

/** The narrowest array for differences up to `span`; NaN where they are not all whole. */
function packedInto(span: number, rows: number): Packed {
  if (span < 2 ** 8) return new Uint8Array(new SharedArrayBuffer(rows))
  if (span < 2 ** 16) return new Uint16Array(new SharedArrayBuffer(2 * rows))
  if (span < 2 ** 32) return new Uint32Array(new SharedArrayBuffer(4 * rows))
  return new Float64Array(new SharedArrayBuffer(8 * rows))
}
