import type { Random } from '../base/random.ts'
import { between, DAY, HOUR, happens, MINUTE, momentOf, SECOND, uuid, weighted } from './chance.ts'
import type { SampleEvent } from './event.ts'
import { type Market, priceOf } from './merchants.ts'
import {
  addressCorrection,
  type Bill,
  billEvent,
  type Card,
  type Customer,
  cardEvent,
  customerEvent,
  type Method,
  type Mistake,
  type Purchase,
  paymentEvent,
  purchaseCorrection,
  purchaseEvent,
  type Segment,
} from './messages.ts'
import { COUNTRIES, type Country, emailOf } from './people.ts'
import { feeAt, type Plan, type Price } from './plans.ts'
import { visit } from './visit.ts'

/** What the bank of the sample is like for everybody. */
export interface Bank {
  readonly market: Market
  readonly prices: readonly Price[]
  /** Nothing happens at or after this moment. */
  readonly end: number
  /** Makes the id of a view or click. */
  readonly nextId: (at: number) => bigint
}

/** Somebody at the end of the sample: what goes on from there. */
export interface Alive {
  readonly customer: Customer
  readonly cards: readonly Card[]
  readonly unpaid: readonly Bill[]
}

const PLANS: Readonly<Record<Segment, readonly (readonly [Plan, number])[]>> = {
  student: [
    ['basic', 9],
    ['plus', 1],
  ],
  standard: [
    ['basic', 4],
    ['plus', 5],
    ['metal', 1],
  ],
  premium: [
    ['plus', 3],
    ['metal', 7],
  ],
}

const byWeight = COUNTRIES.map(country => [country, country.weight] as const)

/** The life of one customer with the bank, from the moment of joining; events in no particular order. */
export class Life {
  readonly events: SampleEvent[] = []
  readonly #random: Random
  readonly #bank: Bank
  readonly #joined: number
  readonly #country: Country
  #customer: Customer
  #cards: Card[] = []
  /** When each card may be used: from, until. */
  readonly #use: { readonly card: Card; readonly from: number; until: number }[] = []
  /** Cents that came in by month, as `year * 12 + month`. */
  readonly #spent = new Map<number, number>()
  readonly #unpaid: Bill[] = []

  constructor(random: Random, bank: Bank, number: number, joined: number) {
    this.#random = random
    this.#bank = bank
    this.#joined = joined
    this.#country = weighted(random, byWeight)
    this.#customer = this.#person(number)
    this.#add(customerEvent(this.#customer, joined))
    this.#takeCards()
    this.#shop()
    this.#payBills()
    this.#change()
    this.#browse()
  }

  get alive(): Alive {
    return { customer: this.#customer, cards: this.#cards, unpaid: this.#unpaid }
  }

  #add(event: SampleEvent): void {
    if (event.timestamp < this.#bank.end) this.events.push(event)
  }

  #person(number: number): Customer {
    const random = this.#random
    const { first, last, cities, name } = this.#country
    const [given, family] = [random.pick(first), random.pick(last)]
    const segment = weighted<Segment>(random, [
      ['student', 18],
      ['standard', 62],
      ['premium', 20],
    ])
    const year = segment === 'student' ? between(random, 1999, 2006) : between(random, 1948, 2000)
    const born = `${year}-${String(between(random, 1, 12)).padStart(2, '0')}-${String(between(random, 1, 28)).padStart(2, '0')}`
    return {
      id: String(10_001 + number),
      account: 4_000_000_000_000_000_000n + BigInt(random.below(2 ** 31)) * 1_000_000_007n + BigInt(number),
      name: `${given} ${family}`,
      born,
      email: happens(random, 0.82) ? emailOf(given, family, year) : undefined,
      country: name,
      city: random.pick(cities),
      segment,
      newsletter: happens(random, 0.4),
    }
  }

  // Cards

  #takeCards(): void {
    const random = this.#random
    const { end } = this.#bank
    this.#issue(this.#joined + between(random, 2, 4000) * MINUTE)
    if (happens(random, 0.25)) this.#issue(this.#joined + between(random, 40, 500) * DAY + random.below(9 * HOUR))
    for (const use of [...this.#use]) {
      if (happens(random, 0.9)) continue
      const stopped = use.from + between(random, 20, 600) * DAY + random.below(DAY)
      if (stopped >= end) continue
      const lost = happens(random, 0.7)
      this.#add(cardEvent(use.card, lost ? 'blocked' : 'closed', stopped))
      use.until = stopped
      if (lost) this.#issue(stopped + between(random, 60, 4000) * MINUTE)
    }
    this.#cards = this.#use.filter(({ from, until }) => from < end && until >= end).map(({ card }) => card)
  }

  #issue(from: number): void {
    const random = this.#random
    const { id, segment } = this.#customer
    const limits = { student: [500, 1000], standard: [1500, 2500, 4000], premium: [5000, 8000, 12_000] }
    const card: Card = {
      id: uuid(random),
      customer: id,
      plan: weighted(random, PLANS[segment]),
      network: happens(random, 0.6) ? 'visa' : 'mastercard',
      limit: random.pick(limits[segment]) * 100,
      expires: `${new Date(from).getUTCFullYear() + 4}-${String(between(random, 1, 12)).padStart(2, '0')}-28`,
    }
    this.#add(cardEvent(card, 'active', from))
    this.#use.push({ card, from, until: Number.POSITIVE_INFINITY })
  }

  // Purchases

  #shop(): void {
    const random = this.#random
    const { end, market } = this.#bank
    const gap = 4 + random.next() * 12
    let count = 0
    for (let day = this.#joined; ; ) {
      day += Math.floor(gap * (random.next() + random.next()) * DAY)
      const at = momentOf(random, day - (day % DAY))
      if (at >= end) return
      const cards = this.#use.filter(({ from, until }) => from < at && at < until)
      if (cards.length === 0) continue
      const { card } = random.pick(cards)
      const near = happens(random, 0.94) ? this.#country : random.pick(COUNTRIES)
      const merchant = market.choose(random, near.name)
      const amount = priceOf(random, merchant.category)
      const id = `P${card.customer}-${String(++count).padStart(4, '0')}`
      this.#bought({ id, card, merchant, country: merchant.country ?? this.#country.name, amount, at })
    }
  }

  /** A purchase comes in when the till tells the bank: at once over the web, days later from a train without network. */
  #bought(purchase: Purchase): void {
    const random = this.#random
    const { merchant, at, amount } = purchase
    const offline = merchant.country !== null && happens(random, 0.02)
    const delay = offline
      ? between(random, 2, 70) * HOUR + random.below(HOUR)
      : 300 + random.below((merchant.country === null ? 4 : 90) * SECOND)
    const heard = at + delay
    this.#add(purchaseEvent(purchase, heard))
    this.#spend(heard, amount)
    if (happens(random, 0.986)) return
    const reason = weighted<Mistake>(random, [
      ['wrong_amount', 4],
      ['refund', 3],
      ['charged_twice', 2],
      ['tip_added', 2],
    ])
    const right = {
      wrong_amount: Math.max(50, amount + between(random, -900, 900)),
      refund: 0,
      charged_twice: Math.floor(amount / 2),
      tip_added: amount + Math.floor((amount * between(random, 5, 20)) / 100),
    }[reason]
    const told = heard + between(random, 1, 25) * DAY + random.below(10 * HOUR)
    this.#add(purchaseCorrection(uuid(random), purchase, right, reason, told))
    this.#spend(told, right - amount)
  }

  #spend(at: number, cents: number): void {
    const month = monthOf(at)
    this.#spent.set(month, (this.#spent.get(month) ?? 0) + cents)
  }

  // Bills

  /** On the first of each month the bank bills the month before. About one payment in eight comes after its bill was due. */
  #payBills(): void {
    const random = this.#random
    const { end, prices } = this.#bank
    const method = weighted<Method>(random, [
      ['direct_debit', 40],
      ['transfer', 40],
      ['instant_transfer', 20],
    ])
    const forgets = happens(random, 0.17) ? 0.55 : 0.04
    for (let month = monthOf(this.#joined) + 1; startOf(month) < end; month++) {
      const issued = startOf(month) + 4 * HOUR + random.below(3 * HOUR)
      const fees = this.#use.filter(({ from, until }) => from < issued && issued < until)
      const fee = fees.reduce((sum, { card }) => sum + feeAt(prices, card.plan, issued), 0)
      const amount = (this.#spent.get(month - 1) ?? 0) + fee
      if (amount <= 0) continue
      const { id } = this.#customer
      const name = showMonth(month - 1)
      const bill: Bill = { id: `B${id}-${name}`, customer: id, month: name, amount, due: startOf(month) + 21 * DAY }
      this.#add(billEvent(bill, issued))
      const paid = this.#paidAt(bill, method, forgets)
      if (paid === null || paid >= end) this.#unpaid.push(bill)
      else this.#add(paymentEvent(uuid(random), bill, method, paid))
    }
  }

  /** When a bill is paid, or null for never. */
  #paidAt({ due }: Bill, method: Method, forgets: number): number | null {
    const random = this.#random
    if (happens(random, forgets)) {
      if (happens(random, 0.05)) return null
      return momentOf(random, due + (1 + Math.floor(random.next() * random.next() * 40)) * DAY)
    }
    if (method === 'direct_debit') return due - between(random, 0, 1) * DAY + 5 * HOUR + random.below(HOUR)
    return momentOf(random, due - between(random, 0, 19) * DAY)
  }

  // What changes about a customer

  #change(): void {
    const random = this.#random
    const { end } = this.#bank
    const later = () => momentOf(random, this.#joined - (this.#joined % DAY) + between(random, 5, 700) * DAY)
    const moved = happens(random, 0.14) ? later() : end
    const promoted = happens(random, 0.12) ? later() : end
    for (const at of [moved, promoted].sort((a, b) => a - b)) {
      if (at >= end) continue
      if (at === moved) {
        const far = happens(random, 0.15) ? weighted(random, byWeight) : this.#country
        const city = random.pick(far.cities.filter(city => city !== this.#customer.city))
        this.#customer = { ...this.#customer, country: far.name, city }
        const reason = happens(random, 0.8) ? 'moved' : 'misspelt'
        this.#add(addressCorrection(uuid(random), this.#customer, reason, at))
      } else {
        const segment = this.#customer.segment === 'premium' ? 'standard' : 'premium'
        const newsletter = happens(random, 0.5)
        this.#customer = { ...this.#customer, segment, newsletter }
        this.#add(customerEvent(this.#customer, at))
      }
    }
  }

  // The web

  #browse(): void {
    const random = this.#random
    const { end } = this.#bank
    const gap = 20 + random.next() * 80
    if (happens(random, 0.5)) this.#visit(undefined, this.#joined - between(random, 20, 900) * MINUTE)
    for (let day = this.#joined; ; ) {
      day += Math.floor(gap * (random.next() + random.next()) * DAY) + HOUR
      const at = momentOf(random, day - (day % DAY))
      if (at >= end) return
      if (at > this.#joined) this.#visit(happens(random, 0.75) ? this.#customer.id : undefined, at)
    }
  }

  #visit(customer: string | undefined, at: number): void {
    for (const event of visit(this.#random, customer, at, this.#bank.nextId)) this.#add(event)
  }
}

/** Months since the year 0. */
function monthOf(at: number): number {
  const date = new Date(at)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

const startOf = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12, 1)
const showMonth = (month: number): string => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
