/** The smallest piece is 2^12 bytes. */
const LEAST = 12

/**
 * Memory that is given back when nobody needs it any more, and used again. Left to V8 it costs more than what is done with it: the machine
 * clears new pages, and V8 looks through its whole heap whenever some ten megabytes of such memory have come and gone.
 */
export class ReturnedMemory {
  /** Free pieces of 2^(12 + i) bytes. */
  readonly #free: ArrayBuffer[][] = []
  readonly #own = new WeakSet<ArrayBufferLike>()
  readonly #most: number
  #bytes = 0

  /** Keeps at most so many free bytes. */
  constructor(most: number) {
    this.#most = most
  }

  /** So many bytes; nothing is said of what they hold. */
  take(bytes: number): Buffer<ArrayBuffer> {
    const size = Math.max(0, Math.ceil(Math.log2(bytes)) - LEAST)
    let piece = this.#free[size]?.pop()
    if (piece !== undefined) this.#bytes -= piece.byteLength
    else {
      piece = Buffer.allocUnsafeSlow(2 ** (size + LEAST)).buffer
      this.#own.add(piece)
    }
    return Buffer.from(piece, 0, bytes)
  }

  /** Takes back what it gave, or a part of that; anything else is left alone. Nobody may use it from then on. */
  giveBack({ buffer }: Buffer): void {
    if (!this.#own.has(buffer) || this.#bytes + buffer.byteLength > this.#most) return
    const piece = buffer as ArrayBuffer
    this.#bytes += piece.byteLength
    const size = Math.log2(piece.byteLength) - LEAST
    this.#free[size] ??= []
    this.#free[size].push(piece)
  }
}
