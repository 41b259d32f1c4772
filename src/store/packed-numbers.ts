import { type Address, Memory } from './memory.ts'
import { SharedStructure } from './shared-structure.ts'

const BLOCK_BITS = 14

// cells
const LENGTH = 1
const BITS = 2
const COUNT = 3
/** Entries of packed blocks. */
const BLOCKS = 4
const OPEN = 5
const CELLS = 16

/** Of an entry: address (0 where every row is the least), bytes of a number, the least. */
const ENTRY = 16
const FIRST_ENTRIES = 64

type Packed = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * Numbers by row that only grow at the end, packed tightly and exact: in blocks, each of which holds the difference to its
 * smallest number in 8, 16 or 32 bits where every one fits, 64-bit doubles otherwise, and nothing but one number where all
 * are the same. Whole numbers are safe integers; NaN stands for none.
 */
export class PackedNumbers extends SharedStructure {
  readonly #bits: number
  /** Packed blocks; null where every row is the least. */
  readonly #blocks: (Packed | null)[] = []
  readonly #least: number[] = []
  /** The rows behind the last packed block, as they are. */
  #open: Float64Array = new Float64Array(0)
  #bytes = 0

  /** New numbers in blocks of 2^`bits` rows, or those at `root`. */
  constructor(bits = BLOCK_BITS, memory = new Memory(), root: Address = 0) {
    super(memory, root, CELLS)
    const { cells } = this
    if (root === 0) {
      cells[BITS] = bits
      cells[BLOCKS] = memory.allocate(ENTRY * FIRST_ENTRIES)
      cells[OPEN] = memory.larger(0, 8 * Math.min(2 ** bits, 1024))
    }
    this.#bits = cells[BITS]
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    const { memory } = this
    this.#open = memory.f64(cells[OPEN])
    const words = memory.u32(cells[BLOCKS])
    const numbers = memory.f64(cells[BLOCKS])
    for (let block = this.#blocks.length; block < cells[COUNT]; block++) {
      const address = words[4 * block]
      const packed = address === 0 ? null : packedAt(memory, address, words[4 * block + 1], 2 ** this.#bits)
      this.#blocks.push(packed)
      this.#least.push(numbers[2 * block + 1])
      this.#bytes += packed?.byteLength ?? 0
    }
  }

  get length(): number {
    return this.cells[LENGTH]
  }

  get bytes(): number {
    return this.#bytes + this.#open.byteLength
  }

  push(value: number): void {
    const { cells } = this
    const row = cells[LENGTH] & (2 ** this.#bits - 1)
    if (row === 0 && cells[LENGTH] > 0) this.#pack()
    if (row >= this.#open.length) this.#lengthen(row + 1)
    this.#open[row] = value
    cells[LENGTH]++
  }

  #lengthen(rows: number): void {
    const old = this.cells[OPEN]
    const longer = this.memory.larger(old, 8 * rows)
    this.replace(() => {
      this.cells[OPEN] = longer
    }, old)
  }

  /** Takes up many. */
  pushAll(numbers: Float64Array): void {
    const { cells } = this
    const rows = 2 ** this.#bits
    for (let at = 0; at < numbers.length; ) {
      const row = cells[LENGTH] & (rows - 1)
      if (row === 0 && cells[LENGTH] > 0) this.#pack()
      const count = Math.min(rows - row, numbers.length - at)
      if (row + count > this.#open.length) this.#lengthen(row + count)
      this.#open.set(numbers.subarray(at, at + count), row)
      cells[LENGTH] += count
      at += count
    }
  }

  /** The numbers in rows from `start` to before `end`, which are published; in `numbers` where that is given. */
  slice(start: number, end: number, numbers = new Float64Array(end - start)): Float64Array {
    this.sync()
    const rows = 2 ** this.#bits
    for (let row = start; row < end; ) {
      const block = row >>> this.#bits
      const upTo = Math.min(end, (block + 1) * rows)
      const within = row - block * rows
      if (block === this.#blocks.length) numbers.set(this.#open.subarray(within, within + upTo - row), row - start)
      else unpack(this.#blocks[block], this.#least[block], within, numbers.subarray(row - start, upTo - start))
      row = upTo
    }
    return numbers
  }

  /** The number in a row that is published. */
  at(row: number): number {
    this.sync()
    const block = row >>> this.#bits
    const within = row & (2 ** this.#bits - 1)
    if (block === this.#blocks.length) return this.#open[within]
    const packed = this.#blocks[block]
    return packed === null ? this.#least[block] : this.#least[block] + packed[within]
  }

  #pack(): void {
    const { cells, memory } = this
    const rows = this.#open.subarray(0, 2 ** this.#bits)
    const { width, base } = packingOf(rows)
    const address = width === 0 ? 0 : memory.allocate(width * rows.length)
    if (address !== 0) {
      const packed = packedAt(memory, address, width, rows.length)
      for (let i = 0; i < rows.length; i++) packed[i] = rows[i] - base
    }
    const count = cells[COUNT]
    const old = cells[BLOCKS]
    const table = ENTRY * (count + 1) > memory.bytesOf(old) ? memory.larger(old, ENTRY * (count + 1)) : old
    memory.u32(table)[4 * count] = address
    memory.u32(table)[4 * count + 1] = width
    memory.f64(table)[2 * count + 1] = base
    // not the same again: a reader may be at it
    const open = memory.allocate(this.#open.byteLength)
    this.replace(
      () => {
        cells[BLOCKS] = table
        cells[COUNT] = count + 1
        cells[OPEN] = open
      },
      cells[OPEN],
      table === old ? 0 : old,
    )
  }
}

/** Bytes of a number once they are packed, 0 where all are the same; and what each is the difference to. */
function packingOf(rows: Float64Array): { readonly width: number; readonly base: number } {
  const first = rows[0]
  let least = first
  let most = first
  let whole = true
  // an infinite or unknown number is not whole either
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]
    if (value < least) least = value
    if (value > most) most = value
    if (value !== Math.floor(value)) whole = false
  }
  whole &&= Number.isSafeInteger(least) && Number.isSafeInteger(most)
  if (whole ? least === most : rows.every(value => Object.is(value, first))) return { width: 0, base: first }
  const width = widthFor(whole ? most - least : Number.NaN)
  return { width, base: width < 8 ? least : 0 }
}

/** Writes the numbers of a packed block from row `from` on, as many as there is room for. */
function unpack(packed: Packed | null, least: number, from: number, into: Float64Array): void {
  if (packed === null) into.fill(least)
  else for (let i = 0; i < into.length; i++) into[i] = least + packed[from + i]
}

/** Bytes of the narrowest array for differences up to `span`; NaN where they are not all whole. */
function widthFor(span: number): number {
  if (span < 2 ** 8) return 1
  if (span < 2 ** 16) return 2
  return span < 2 ** 32 ? 4 : 8
}

function packedAt(memory: Memory, address: Address, width: number, rows: number): Packed {
  const { buffer, offset } = memory.place(address)
  if (width === 1) return new Uint8Array(buffer, offset, rows)
  if (width === 2) return new Uint16Array(buffer, offset, rows)
  if (width === 4) return new Uint32Array(buffer, offset, rows)
  return new Float64Array(buffer, offset, rows)
}
