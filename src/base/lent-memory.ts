/** Gives memory for so many bytes, from the beginning of a buffer on; nothing is said of what it holds. */
export type Pieces = (bytes: number) => ArrayBuffer

/** Pieces begin at whole numbers of this many bytes, so that arrays of about the same length find room in the same one. */
const ROUND = 1 << 16

/**
 * Memory that is used again and again: a piece is good until `begin` is called. Arrays of a megabyte that are made anew for each part of an
 * answer cost more than filling them: the machine clears them page by page, and V8 looks round for what to collect.
 */
export class LentMemory {
  #pieces: ArrayBuffer[] = []
  #next = 0

  /** Nobody needs any longer what was given so far. */
  begin(): void {
    this.#next = 0
  }

  readonly take: Pieces = bytes => {
    const place = this.#next++
    if ((this.#pieces[place]?.byteLength ?? -1) < bytes)
      this.#pieces[place] = new ArrayBuffer(Math.ceil(bytes / ROUND) * ROUND)
    return this.#pieces[place]
  }

  get bytes(): number {
    return this.#pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }
}
