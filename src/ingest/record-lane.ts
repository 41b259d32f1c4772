import { knownOf } from './merge.ts'
import { type RecordBlock, RecordCursor } from './record-block.ts'

/** One partition inside a merge: blocks of records, walked one by one as they are taken. */
export class RecordLane {
  /** As in a `Lane`. */
  open = true
  rank = 0
  known: number
  /** Records in it, and their bytes. */
  size = 0
  bytes = 0
  readonly #taken: (record: RecordCursor) => void
  readonly #finished: (block: RecordBlock) => void
  readonly #blocks: { readonly cursor: RecordCursor; readonly now: number }[] = []
  #headKnown: number
  /** Where the record stands that was taken last. */
  #lastBlock: RecordBlock | null = null
  #lastAt = 0
  #lastOffset = 0
  /** The block that was pushed last. */
  #tail: RecordBlock | null = null

  /** `taken` is shown each record as it is taken, `finished` each block of which nothing is left. */
  constructor(known: number, taken: (record: RecordCursor) => void, finished: (block: RecordBlock) => void = () => {}) {
    this.known = known
    this.#headKnown = known
    this.#taken = taken
    this.#finished = finished
  }

  /** `known` of the record that will be taken next; the lane must not be empty. */
  get headKnown(): number {
    return this.#headKnown
  }

  /** The offset behind the record that was taken last; null before the first. */
  get taken(): bigint | null {
    return this.#lastBlock && BigInt(this.#lastOffset) + 1n
  }

  /** The record that was taken last; null before the first. Its block must still be there. */
  get last(): RecordCursor | null {
    return this.#lastBlock && new RecordCursor().standAt(this.#lastBlock, this.#lastAt)
  }

  /** The record that was pushed last; null before the first. Its block must still be there. */
  get tail(): RecordCursor | null {
    if (this.#tail === null) return null
    const cursor = new RecordCursor().enter(this.#tail)
    while (cursor.left > 0) cursor.step()
    return cursor
  }

  /** Pushes the records of a block from offset `from` on, as they came at `now` (milliseconds). */
  push(block: RecordBlock, from: number, now: number): void {
    const cursor = new RecordCursor().enter(block)
    do {
      if (cursor.left === 0) return
      cursor.step()
    } while (cursor.offset < from)
    this.#tail = block
    this.size += cursor.left + 1
    this.bytes += block.bytes.length - cursor.at
    this.#blocks.push({ cursor, now })
    if (this.#blocks.length === 1) this.#show()
  }

  /** Takes the next record; gives its offset. */
  shift(): number {
    const { cursor } = this.#blocks[0]
    const { block, at, offset } = cursor
    this.#taken(cursor)
    this.known = this.#headKnown
    this.#lastBlock = block
    this.#lastAt = at
    this.#lastOffset = offset
    this.size--
    if (cursor.left > 0) {
      cursor.step()
      this.bytes -= cursor.at - at
    } else {
      this.#blocks.shift()
      this.bytes -= block.bytes.length - at
      this.#finished(block)
    }
    if (this.size > 0) this.#show()
    return offset
  }

  #show(): void {
    const { cursor, now } = this.#blocks[0]
    this.#headKnown = knownOf(this.known, cursor.timestamp, now)
  }
}
