import { createHash, type Hash } from 'node:crypto'
import { assert } from '../base/assert.ts'

/** Hex digits that are kept of each rung: enough to tell where a file began to differ; whether it does, all of SHA-256 says. */
const RUNG = 8

/**
 * A SHA-256 over the lines of a file that follows, at its own pace, what has been handed out of it.
 * Beside it stands a ladder: the beginning of the same digest after lines 1, 2, 4, 8 …, so that of a file that has changed
 * it can be said where it first differs. As text: `<64 hex digits>.<8 for each rung>`.
 */
export class LineDigest {
  readonly #hash: Hash = createHash('sha256')
  /** Bytes that were read and not digested yet; the first `#used` of the first chunk are. */
  readonly #chunks: Uint8Array[] = []
  #used = 0
  #at = 0
  #fed = 0
  #marks: number[] = []
  #nextRung = 1
  #rungs = ''
  readonly #passed: (chunk: Uint8Array, start: number) => void

  /** `passed` is told of each chunk of which all was digested, and where in the file it began. */
  constructor(passed: (chunk: Uint8Array, start: number) => void = () => {}) {
    this.#passed = passed
  }

  /** How far it was fed, in bytes. */
  get fed(): number {
    return this.#fed
  }

  /** The ladder so far, of what was digested. */
  get rungs(): string {
    return this.#rungs
  }

  /** Bytes that come next in the file. They are kept until digested, so they must not change. */
  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#fed += bytes.length
  }

  /** Line `line` ends at byte `offset`, newline included. Called for every line in order. */
  line(line: number, offset: number): void {
    if (line !== this.#nextRung) return
    this.#nextRung *= 2
    this.#marks.push(offset)
  }

  /** Digests on up to byte `offset`. */
  advance(offset: number): void {
    while (this.#marks.length > 0 && this.#marks[0] <= offset) {
      this.#to(this.#marks.shift()!)
      this.#rungs += this.#hash.copy().digest('hex').slice(0, RUNG)
    }
    this.#to(offset)
  }

  #to(offset: number): void {
    assert(offset >= this.#at && offset <= this.#fed, 'a digest moves on within what it was fed')
    while (this.#at < offset) {
      const chunk = this.#chunks[0]
      const end = Math.min(chunk.length, this.#used + offset - this.#at)
      this.#hash.update(chunk.subarray(this.#used, end))
      this.#at += end - this.#used
      this.#used = end
      if (end < chunk.length) return
      this.#chunks.shift()
      this.#used = 0
      this.#passed(chunk, this.#at - chunk.length)
    }
  }

  toString(): string {
    return `${this.#hash.copy().digest('hex')}.${this.#rungs}`
  }
}

const rungsOf = (digest: string): string => digest.slice(digest.indexOf('.') + 1)

/** The lines among which two files differ first, as far as both ladders reach; null where they agree. */
export function firstDifference(rungs: string, digest: string): { readonly from: number; readonly to: number } | null {
  const other = rungsOf(digest)
  for (let i = 0; i < rungs.length && i < other.length; i += RUNG)
    if (rungs.slice(i, i + RUNG) !== other.slice(i, i + RUNG)) {
      const to = 2 ** (i / RUNG)
      return { from: Math.floor(to / 2) + 1, to }
    }
  return null
}

/** The last line up to which a ladder of `digest` reaches. */
export const lastRung = (digest: string): number => {
  const rungs = rungsOf(digest).length / RUNG
  return rungs === 0 ? 0 : 2 ** (rungs - 1)
}
