import { assert } from '../base/assert.ts'

/** Bytes kept of a line that is too long, where the limit is not less. */
const KEPT_OF_LONG = 64 << 10

const EMPTY = Buffer.alloc(0)
const NEWLINE = 10
const RETURN = 13

/**
 * Cuts chunks into lines without copying: a line that lies in one chunk is a window on it, one that lies in several is a copy. Of a line
 * that is longer than the limit only the beginning is kept, so that memory stays bounded. After `next` the fields say where the line is;
 * after it said that more bytes are needed, nothing here looks at those before.
 */
export class Lines {
  /** The line stands in `bytes` from `start` up to `end`, without `\n` or `\r\n`. */
  bytes: Buffer = EMPTY
  start = 0
  end = 0
  /** Its length in bytes, also of what was not kept. */
  length = 0
  /** It is longer than the limit, and only its first bytes are there, 64 KiB at most. */
  long = false
  /** Lines so far, empty ones included: the number of this line. */
  count = 0
  /** Where this line ends in the file, newline included: bytes since the beginning. */
  offset = 0

  readonly #limit: number
  readonly #kept: number
  #chunk: Buffer = EMPTY
  #at = 0
  /** Pieces of a line that began in earlier chunks, its length, and where it began. */
  #pieces: Buffer[] = []
  #begun = 0
  #crlf = false

  constructor(limit: number) {
    this.#limit = limit
    this.#kept = Math.min(limit, KEPT_OF_LONG)
  }

  /** Gives the next bytes of the file; all lines of those before must have been taken. They must not change later. */
  push(chunk: Buffer): void {
    assert(this.#at === this.#chunk.length, 'lines are taken before more bytes come')
    this.#chunk = chunk
    this.#at = 0
  }

  /** Moves to the next line that is complete; false where more bytes are needed. */
  next(): boolean {
    const chunk = this.#chunk
    const from = this.#at
    const newline = from < chunk.length ? chunk.indexOf(NEWLINE, from) : -1
    if (newline < 0) {
      if (from < chunk.length) this.#begin(chunk.subarray(from))
      this.#chunk = EMPTY
      this.#at = 0
      return false
    }
    this.#at = newline + 1
    if (this.#begun === 0) this.#found(chunk, from, newline, newline - from)
    else this.#joined(chunk.subarray(from, newline))
    this.offset += this.length + 1
    this.#strip()
    return true
  }

  /** Bytes so far of a line whose end has not come yet. */
  get begun(): number {
    return this.#begun
  }

  /**
   * The end of the file: the newline that a last line lacks, as those before it were written, or null where nothing is
   * left. Given to `push`, the line is complete, and digests the same when the file grows later.
   */
  ending(): Buffer | null {
    if (this.#begun === 0) return null
    return Buffer.from(this.#crlf ? '\r\n' : '\n')
  }

  #begin(piece: Buffer): void {
    const kept = this.#begun
    this.#begun += piece.length
    if (this.#begun <= this.#limit) this.#pieces.push(Buffer.from(piece))
    else if (kept <= this.#limit) {
      // its beginning is all that is needed from here on
      const whole = Buffer.concat([...this.#pieces, piece])
      this.#pieces = [Buffer.from(whole.subarray(0, this.#kept))]
    }
  }

  #joined(rest: Buffer): void {
    const length = this.#begun + rest.length
    if (this.#begun <= this.#limit) this.#pieces.push(rest)
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#begun = 0
    this.#found(bytes, 0, bytes.length, length)
  }

  #found(bytes: Buffer, start: number, end: number, length: number): void {
    this.bytes = bytes
    this.start = start
    this.length = length
    this.long = length > this.#limit
    this.end = this.long ? Math.min(end, start + this.#kept) : end
    this.count++
  }

  #strip(): void {
    const { bytes, start, end, long } = this
    this.#crlf = !long && end > start && bytes[end - 1] === RETURN
    if (this.#crlf) this.end--
  }

  /** Where its text starts: some programs begin every file with a byte order mark. */
  get textStart(): number {
    const { bytes, start, count } = this
    const marked = count === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    return marked ? start + 3 : start
  }

  /** Nothing stands in it, or only white space. */
  get blank(): boolean {
    for (let i = this.start; i < this.end; i++) {
      const c = this.bytes[i]
      if (c !== 32 && c !== 9 && c !== RETURN) return false
    }
    return true
  }
}
