import { dayOf, instantOf, money } from './chance.ts'
import type { SampleEvent } from './event.ts'
import type { Merchant } from './merchants.ts'
import type { Plan } from './plans.ts'

export type Segment = 'student' | 'standard' | 'premium'

export interface Customer {
  readonly id: string
  /** Of 64 bits: 19 figures, which no double holds. */
  readonly account: bigint
  readonly name: string
  readonly born: string
  readonly email: string | undefined
  readonly country: string
  readonly city: string
  readonly segment: Segment
  readonly newsletter: boolean
}

export interface Card {
  readonly id: string
  readonly customer: string
  readonly plan: Plan
  readonly network: 'visa' | 'mastercard'
  /** Cents. */
  readonly limit: number
  readonly expires: string
}

export interface Purchase {
  readonly id: string
  readonly card: Card
  readonly merchant: Merchant
  readonly country: string
  /** Cents. */
  readonly amount: number
  /** When the customer paid; the bank hears of it later. */
  readonly at: number
}

export interface Bill {
  readonly id: string
  readonly customer: string
  /** `2026-05` */
  readonly month: string
  /** Cents. */
  readonly amount: number
  /** A day as milliseconds. */
  readonly due: number
}

export type Device = 'phone' | 'tablet' | 'desktop'

export interface Session {
  readonly id: string
  /** Undefined where nobody has logged in. */
  readonly customer: string | undefined
  readonly device: Device
}

export const customerEvent = (customer: Customer, timestamp: number): SampleEvent => ({
  topic: 'bank.customer',
  key: customer.id,
  timestamp,
  value: {
    customer_id: customer.id,
    account_no: customer.account,
    name: customer.name,
    birth_date: customer.born,
    email: customer.email,
    country: customer.country,
    city: customer.city,
    segment: customer.segment,
    newsletter: customer.newsletter,
  },
})

export const cardEvent = (card: Card, status: 'active' | 'blocked' | 'closed', timestamp: number): SampleEvent => ({
  topic: 'bank.card',
  key: card.customer,
  timestamp,
  value: {
    card_id: card.id,
    customer_id: card.customer,
    plan: card.plan,
    network: card.network,
    credit_limit: money(card.limit),
    status,
    expires: card.expires,
  },
})

export const purchaseEvent = (purchase: Purchase, timestamp: number): SampleEvent => ({
  topic: 'bank.purchase',
  key: purchase.card.customer,
  timestamp,
  value: {
    purchase_id: purchase.id,
    customer_id: purchase.card.customer,
    card_id: purchase.card.id,
    merchant_id: purchase.merchant.id,
    merchant_name: purchase.merchant.name,
    category: purchase.merchant.category,
    country: purchase.country,
    online: purchase.merchant.country === null,
    amount: money(purchase.amount),
    purchased_at: instantOf(purchase.at),
  },
})

export const billEvent = (bill: Bill, timestamp: number): SampleEvent => ({
  topic: 'bank.bill',
  key: bill.customer,
  timestamp,
  value: {
    bill_id: bill.id,
    customer_id: bill.customer,
    month: bill.month,
    amount: money(bill.amount),
    due: dayOf(bill.due),
  },
})

export type Method = 'direct_debit' | 'transfer' | 'instant_transfer'

export const paymentEvent = (id: string, bill: Bill, method: Method, timestamp: number): SampleEvent => ({
  topic: 'bank.payment',
  key: bill.customer,
  timestamp,
  value: {
    payment_id: id,
    bill_id: bill.id,
    customer_id: bill.customer,
    amount: money(bill.amount),
    method,
    booked: dayOf(timestamp),
  },
})

export type Mistake = 'wrong_amount' | 'charged_twice' | 'refund' | 'tip_added'

export const purchaseCorrection = (
  id: string,
  purchase: Purchase,
  amount: number,
  reason: Mistake,
  timestamp: number,
): SampleEvent => ({
  topic: 'bank.correction',
  key: purchase.card.customer,
  timestamp,
  headers: { contract: 'bank/purchase_correction/1.0' },
  value: { correction_id: id, purchase_id: purchase.id, amount: money(amount), reason },
})

export const addressCorrection = (
  id: string,
  customer: Customer,
  reason: 'moved' | 'misspelt',
  timestamp: number,
): SampleEvent => ({
  topic: 'bank.correction',
  key: customer.id,
  timestamp,
  headers: { contract: 'bank/address_correction/1.0' },
  value: { correction_id: id, customer_id: customer.id, country: customer.country, city: customer.city, reason },
})

export const viewEvent = (
  id: bigint,
  session: Session,
  page: string,
  before: string | undefined,
  ms: number,
  depth: number | undefined,
  timestamp: number,
): SampleEvent => ({
  topic: 'web.view',
  key: session.id,
  timestamp,
  value: {
    view_id: id,
    session_id: session.id,
    customer_id: session.customer,
    device: session.device,
    page,
    referrer: before,
    duration_ms: ms,
    scroll_depth: depth,
  },
})

export const clickEvent = (
  id: bigint,
  session: Session,
  page: string,
  element: string,
  timestamp: number,
): SampleEvent => ({
  topic: 'web.click',
  key: session.id,
  timestamp,
  value: { click_id: id, session_id: session.id, customer_id: session.customer, page, element },
})
