import type { Random } from '../base/random.ts'
import { DAY, dayOf, happens, SECOND, weighted } from './chance.ts'
import type { SampleEvent } from './event.ts'
import type { Alive } from './life.ts'
import { type Market, priceOf } from './merchants.ts'
import { type Bill, billEvent, type Purchase, paymentEvent, purchaseCorrection, purchaseEvent } from './messages.ts'
import { snowflake, visit } from './visit.ts'

/** Purchases that may still be corrected, and visits that go on at the same time. */
const RECENT = 200
const VISITS = 12

/** The bank of the sample as it goes on: one event at a time. */
export class LiveBank {
  readonly #random: Random
  readonly #alive: readonly Alive[]
  readonly #market: Market
  /** Tells the ids of this run from those of others. */
  readonly #run: string
  #count = 0
  #now: number
  #unpaid: Bill[]
  readonly #recent: Purchase[] = []
  readonly #visits: Generator<SampleEvent>[] = []

  constructor(random: Random, alive: readonly Alive[], market: Market, start: number) {
    this.#random = random
    this.#alive = alive.filter(({ cards }) => cards.length > 0)
    this.#market = market
    this.#run = start.toString(36)
    this.#now = start
    this.#unpaid = this.#alive.flatMap(({ unpaid }) => unpaid)
  }

  /** The event of this moment, which lies after those before it. */
  next(now: number): SampleEvent {
    this.#now = now
    const kind = weighted(this.#random, KINDS)
    if (kind === 'visit') return this.#browse()
    if (kind === 'payment' && this.#unpaid.length > 0) return this.#pay()
    if (kind === 'correction' && this.#recent.length > 0) return this.#correct()
    return kind === 'bill' ? this.#bill() : this.#buy()
  }

  #id(letter: string): string {
    return `${letter}L${this.#run}-${++this.#count}`
  }

  #buy(): SampleEvent {
    const random = this.#random
    const { customer, cards } = random.pick(this.#alive)
    const merchant = this.#market.choose(random, customer.country)
    const at = this.#now - random.below((merchant.country === null ? 4 : 90) * SECOND)
    const amount = priceOf(random, merchant.category)
    const country = merchant.country ?? customer.country
    const purchase: Purchase = { id: this.#id('P'), card: random.pick(cards), merchant, country, amount, at }
    this.#recent.push(purchase)
    if (this.#recent.length > RECENT) this.#recent.shift()
    return purchaseEvent(purchase, this.#now)
  }

  #correct(): SampleEvent {
    const [purchase] = this.#recent.splice(this.#random.below(this.#recent.length), 1)
    return purchaseCorrection(this.#id('C'), purchase, 0, 'refund', this.#now)
  }

  #bill(): SampleEvent {
    const { customer } = this.#random.pick(this.#alive)
    const today = this.#now - (this.#now % DAY)
    const amount = 500 + this.#random.below(40_000)
    const month = dayOf(this.#now).slice(0, 7)
    const bill: Bill = { id: this.#id('B'), customer: customer.id, month, amount, due: today + 21 * DAY }
    this.#unpaid.push(bill)
    return billEvent(bill, this.#now)
  }

  #pay(): SampleEvent {
    const [bill] = this.#unpaid.splice(this.#random.below(this.#unpaid.length), 1)
    return paymentEvent(this.#id('Y'), bill, 'transfer', this.#now)
  }

  /** The next step of one of the visits that go on, or the first of a new one. Ids follow the moment, so no two are equal. */
  #browse(): SampleEvent {
    const random = this.#random
    for (;;) {
      if (this.#visits.length < VISITS && (this.#visits.length === 0 || happens(random, 0.3))) {
        const customer = happens(random, 0.75) ? random.pick(this.#alive).customer.id : undefined
        this.#visits.push(visit(random, customer, this.#now, () => snowflake(this.#now, 2, 0)))
      }
      const which = random.below(this.#visits.length)
      const { value, done } = this.#visits[which].next()
      if (!done) return { ...value, timestamp: this.#now }
      this.#visits.splice(which, 1)
    }
  }
}

const KINDS = [
  ['purchase', 55],
  ['visit', 36],
  ['bill', 4],
  ['payment', 4],
  ['correction', 1],
] as const
