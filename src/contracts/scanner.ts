import type { Contract } from './contract.ts'
import { canBeScanned, type Layout, layoutOf, plainLayout, sameLayout } from './layout.ts'
import { compileScan, type Scan } from './scan-code.ts'
import { practise } from './scan-practice.ts'
import { LONGEST_SCANNED, Scanned } from './scanned.ts'

/** Layouts that are known at a time; the one that served last comes first. */
const MOST_LAYOUTS = 4
/** Unusual events between two attempts to learn, at most: where attempts bring nothing new, and where they keep bringing something new. */
const MOST_PATIENCE = 64
const MOST_PATIENCE_WITH_CHAOS = 1 << 16

interface Known {
  readonly layout: Layout
  readonly scan: Scan
}

/**
 * Reads the bytes of a contract's events without making strings or objects, with code made for the way in which recent ones were written.
 * Whatever is unusual about an event (escapes, another order of keys, a number with an exponent, a fault of any kind) it leaves to the judge.
 */
export class Scanner {
  readonly contract: Contract
  readonly found: Scanned
  readonly #known: Known[] = []
  #unusual = 0
  #patience = 1

  private constructor(contract: Contract, operands: number) {
    this.contract = contract
    this.found = new Scanned(operands)
  }

  /** Null where no event of the contract could be scanned. `operands` leaves room behind the fields for what is made of them. */
  static of(contract: Contract, operands = contract.fields.length): Scanner | null {
    return canBeScanned(contract) ? new Scanner(contract, operands) : null
  }

  /**
   * True where the judge would find the event valid with exactly the values in `found`, those of event `event`; its bytes stand there from
   * `begin` on. False says nothing: the judge must see it.
   */
  scan(value: Uint8Array, event = 0, begin = 0): boolean {
    const { length } = value
    if (length > LONGEST_SCANNED) return false
    const known = this.#known
    if (known.length === 0) this.#expect(plainLayout(this.contract))
    const { bytes, count } = this.found
    const end = begin + length
    bytes.set(value, begin)
    bytes[end] = 0
    for (let i = 0; i < known.length; i++) {
      if (!known[i].scan(begin, end, event * count)) continue
      if (i > 0) known.unshift(...known.splice(i, 1))
      return true
    }
    this.#unusual++
    return false
  }

  #expect(layout: Layout): void {
    const scan = compileScan(this.contract, layout, this.found)
    practise(scan, this.contract, layout, this.found)
    this.#known.unshift({ layout, scan })
    if (this.#known.length > MOST_LAYOUTS) this.#known.pop()
  }

  /**
   * Takes the layout of an event that was left to the judge and found valid as one to expect. Done ever more rarely, so that
   * a producer without any order costs nothing.
   */
  learn(value: Uint8Array): void {
    if (this.#unusual < this.#patience || value.length > LONGEST_SCANNED) return
    this.#unusual = 0
    const layout = layoutOf(this.contract, value)
    const fresh = layout && !this.#known.some(known => sameLayout(known.layout, layout))
    const most = fresh ? MOST_PATIENCE_WITH_CHAOS : MOST_PATIENCE
    this.#patience = Math.max(this.#patience, Math.min(2 * this.#patience, most))
    if (fresh) this.#expect(layout)
  }
}
