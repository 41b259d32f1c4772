import type { Random } from '../base/random.ts'
import { between, DAY, HOUR, money } from './chance.ts'
import type { SampleEvent } from './event.ts'

export type Plan = 'basic' | 'plus' | 'metal'

/** Every card plan with what it costs at first, in cents a month, and its yearly interest in hundredths of a percent. */
const FIRST: readonly (readonly [Plan, number, number])[] = [
  ['basic', 0, 1890],
  ['plus', 590, 1690],
  ['metal', 1490, 1490],
]

/** What a plan costs from a moment on. */
export interface Price {
  readonly plan: Plan
  readonly from: number
  readonly fee: number
  readonly rate: number
}

/** All prices of all plans in order of time, from `start` up to `end`. */
export function makePrices(random: Random, start: number, end: number): Price[] {
  const prices: Price[] = []
  for (const [plan, firstFee, firstRate] of FIRST) {
    let fee = firstFee
    let rate = firstRate
    for (let from = start; from < end; from += between(random, 70, 150) * DAY + between(random, 0, 9) * HOUR) {
      prices.push({ plan, from, fee, rate })
      if (plan !== 'basic') fee += random.pick([50, 100, 100, -50])
      rate += random.pick([25, 50, -25, -50, 75])
    }
  }
  return prices.sort((a, b) => a.from - b.from)
}

/** What a plan costs at a moment, in cents. */
export const feeAt = (prices: readonly Price[], plan: Plan, at: number): number =>
  prices.findLast(price => price.plan === plan && price.from <= at)!.fee

export const priceEvent = ({ plan, from, fee, rate }: Price): SampleEvent => ({
  topic: 'bank.plan-price',
  key: plan,
  timestamp: from,
  value: { plan, monthly_fee: money(fee), interest: rate / 10_000 },
})
