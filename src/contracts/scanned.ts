import type { Operands } from '../model/statement-plan.ts'
import type { ValueType } from '../model/type.ts'

/** Bytes of the longest event that is scanned; a longer one is for the judge. */
export const LONGEST_SCANNED = 1 << 16

/** Behind the last byte, so that a scan may look ahead without asking where the end is. */
const AHEAD = 64

/** Room for what is made of an event's values, such as composite keys. */
const MADE = 1 << 16

/** What a scan found: the fields of the contract by their number, and then whatever texts were made of them. */
export class Scanned implements Operands {
  /** A copy of the event, and behind it the texts that were made. */
  readonly bytes = new Uint8Array(LONGEST_SCANNED + AHEAD + MADE + AHEAD)
  readonly view = new DataView(this.bytes.buffer)
  readonly present: Uint8Array
  readonly start: Int32Array
  readonly end: Int32Array
  readonly number: Float64Array

  constructor(operands: number) {
    this.present = new Uint8Array(operands).fill(1)
    this.start = new Int32Array(operands)
    this.end = new Int32Array(operands)
    this.number = new Float64Array(operands)
  }
}

/** Where the texts that are made of values begin, and end at most. */
export const MADE_FROM = LONGEST_SCANNED + AHEAD
export const MADE_TO = MADE_FROM + MADE

/** Types that a scan gives as bytes. */
export const isText = (type: ValueType): boolean =>
  type.base === 'string' || type.base === 'uuid' || type.base === 'enum'
