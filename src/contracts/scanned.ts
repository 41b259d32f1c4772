import { EVENTS_AHEAD, type Operands } from '../model/statement-plan.ts'
import type { ValueType } from '../model/type.ts'

/** Bytes of the longest event that is scanned; a longer one is for the judge. */
export const LONGEST_SCANNED = 1 << 16

/** Behind the last byte, so that a scan may look ahead without asking where the end is. */
const AHEAD = 64

/** Room for what is made of an event's values, such as composite keys. */
const MADE = 1 << 16

/** No event begins behind this. */
export const LAST_BEGIN = 1 << 15

/** What scans found: of each event the fields of the contract by their number, and then whatever texts were made of them. */
export class Scanned implements Operands {
  /** Values of an event. */
  readonly count: number
  /** A copy of each event, and behind it the texts that were made. */
  readonly bytes = new Uint8Array(LAST_BEGIN + LONGEST_SCANNED + AHEAD + MADE + AHEAD)
  readonly view = new DataView(this.bytes.buffer)
  readonly present: Uint8Array
  readonly start: Int32Array
  readonly end: Int32Array
  readonly number: Float64Array

  constructor(count: number) {
    this.count = count
    this.present = new Uint8Array(count * EVENTS_AHEAD).fill(1)
    this.start = new Int32Array(count * EVENTS_AHEAD)
    this.end = new Int32Array(count * EVENTS_AHEAD)
    this.number = new Float64Array(count * EVENTS_AHEAD)
  }
}

/** Bytes between what belongs to two events. */
export const APART = AHEAD
/** How far the texts reach at most that are made of the values of an event. */
export const MADE_MOST = MADE

/** Types that a scan gives as bytes. */
export const isText = (type: ValueType): boolean =>
  type.base === 'string' || type.base === 'uuid' || type.base === 'enum'
