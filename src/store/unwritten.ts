/** Each piece begins at a cache line of its own. */
const LINE = 64

/** Where the next piece comes from. */
class Chunk {
  readonly #bytes: number
  #buffer = new ArrayBuffer(0)
  #used = 0

  /** `bytes` are asked of the machine at once. */
  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** The longest piece: four of them are a chunk. */
  get longest(): number {
    return this.#bytes / 4
  }

  piece(bytes: number): { buffer: ArrayBuffer; offset: number } {
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = fresh(this.#bytes)
      this.#used = 0
    }
    const offset = this.#used
    this.#used += Math.ceil(bytes / LINE) * LINE
    return { buffer: this.#buffer, offset }
  }
}

/** Small pieces have chunks of their own: one that lives long would keep many large ones beside it that do not. */
const SMALL = new Chunk(1 << 16)
const LARGE_BYTES = 1 << 20
const LARGE = new Chunk(LARGE_BYTES)

/**
 * Memory that holds whatever was there before, and must be written before it is read. Smaller pieces come from chunks:
 * each request of the machine makes the collector look round, for longer than it takes to fill a piece. A chunk is given
 * back when all of its pieces are, so whoever keeps a piece counts all of it (`budget.ts`).
 */
export function unwritten(bytes: number): { buffer: ArrayBuffer; offset: number } {
  if (bytes <= SMALL.longest) return SMALL.piece(bytes)
  return bytes <= LARGE.longest ? LARGE.piece(bytes) : { buffer: fresh(bytes), offset: 0 }
}

// not `new ArrayBuffer`: clearing it costs as much as a copy
const fresh = (bytes: number): ArrayBuffer => Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer

/** Gives the memory of a large array back at once, without waiting for the collector; nobody else may look at its buffer. Chunks stay. */
export function giveBack({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > LARGE_BYTES) buffer.transfer(0)
}
