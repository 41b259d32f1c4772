import type { RawRecord } from '../model/transaction.ts'
import { type RecordBlock, RecordCursor } from './record-block.ts'
import type { Records } from './source.ts'

/** Records of many partitions in the order in which they were taken, each where it stands in its block. It is made of that when it is asked for. */
export class TakenRecords implements Records {
  readonly #topics: string[] = []
  readonly #partitions: number[] = []
  readonly #blocks: RecordBlock[] = []
  readonly #ats: number[] = []
  readonly #cursor = new RecordCursor()
  /** Blocks of which nothing is left behind these records. */
  readonly finished: RecordBlock[] = []

  get length(): number {
    return this.#ats.length
  }

  /** Takes the record on which a cursor stands. */
  push({ block, at }: RecordCursor, topic: string, partition: number): void {
    this.#blocks.push(block)
    this.#ats.push(at)
    this.#topics.push(topic)
    this.#partitions.push(partition)
  }

  at(i: number): RawRecord | undefined {
    if (!(i >= 0 && i < this.#ats.length)) return undefined
    this.#cursor.standAt(this.#blocks[i], this.#ats[i])
    return this.#cursor.record(this.#topics[i], this.#partitions[i])
  }

  *[Symbol.iterator](): Generator<RawRecord> {
    for (let i = 0; i < this.length; i++) yield this.at(i)!
  }
}
