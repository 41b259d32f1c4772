import type { Clock } from '../base/clock.ts'

/** How far before now a time mark lies unless somebody says otherwise, milliseconds (store rule 5). */
export const SETTLE_AFTER = 2000
/** Milliseconds between two marks while events come, a little less than the second in which sources look for their ends. */
const BUSY = 950
/** The same while nothing happens. */
const QUIET = 60_000

/**
 * Says when to log a time mark, so that moments settle although nothing happens (store rule 5): one a second until everything that came
 * is settled, then one a minute.
 */
export class TimeMarks {
  readonly #clock: Clock
  readonly #after: number
  /** When the last mark was due, and its instant. */
  #last = Number.NEGATIVE_INFINITY
  #marked = Number.NEGATIVE_INFINITY
  /** When events came last. */
  #came: number

  constructor(clock: Clock, after: number = SETTLE_AFTER) {
    this.#clock = clock
    this.#after = after
    this.#came = clock.now()
  }

  /** A batch came; `caughtUp` is whether every source has been read to its end. The instant to mark with it, milliseconds, or null. */
  due(records: number, caughtUp: boolean): number | null {
    const now = this.#clock.now()
    if (records > 0) this.#came = now
    // a clock that stepped back must not keep marks away until it is where it was
    if (now < this.#last) this.#last = now
    if (now < this.#came) this.#came = now
    if (!caughtUp || now - this.#last < (this.#marked > this.#came ? QUIET : BUSY)) return null
    this.#last = now
    this.#marked = now - this.#after
    return this.#marked
  }
}
