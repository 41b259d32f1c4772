import { seeded } from '../base/random.ts'
import { BROKEN_EVENTS } from './broken.ts'
import { DAY, HOUR, SECOND } from './chance.ts'
import type { SampleEvent } from './event.ts'
import { type Alive, type Bank, Life } from './life.ts'
import { LiveBank } from './live.ts'
import { Market, makeMerchants } from './merchants.ts'
import { COUNTRIES } from './people.ts'
import { makePrices, priceEvent } from './plans.ts'
import { snowflake } from './visit.ts'

export { type SampleEvent, sampleLine, sampleValue } from './event.ts'

/** Topics of the sample, each with a contract. */
export const SAMPLE_TOPICS: readonly string[] = [
  'bank.bill',
  'bank.card',
  'bank.correction',
  'bank.customer',
  'bank.payment',
  'bank.plan-price',
  'bank.purchase',
  'web.click',
  'web.view',
]

/** All events of the sample lie from `SAMPLE_START` up to, not including, `SAMPLE_END`. */
export const SAMPLE_START: number = Date.UTC(2024, 6, 1)
export const SAMPLE_END: number = Date.UTC(2026, 5, 30)

const SEED = 1755
const CUSTOMERS = 785

interface Sample {
  readonly events: SampleEvent[]
  readonly alive: readonly Alive[]
  readonly market: Market
}

/** Makes everything anew, in about a second: the same every time, on every machine. */
function makeSample(): Sample {
  const random = seeded(SEED)
  const countries = COUNTRIES.map(({ name }) => name)
  const market = new Market(makeMerchants(random, countries), countries)
  const prices = makePrices(random, SAMPLE_START, SAMPLE_END)
  let count = 0
  const bank: Bank = { market, prices, end: SAMPLE_END, nextId: at => snowflake(at, 1, count++) }
  const events = [...prices.map(priceEvent), ...BROKEN_EVENTS]
  const alive: Alive[] = []
  for (let number = 0; number < CUSTOMERS; number++) {
    const own = seeded(SEED * 65_537 + number)
    // a third came in the first eight weeks, when the bank was new
    const days = own.next() < 0.33 ? own.next() * 56 : own.next() * 720
    const joined = SAMPLE_START + Math.floor(days) * DAY + 16 * HOUR + own.below(6 * HOUR)
    const life = new Life(own, bank, number, joined)
    // one by one: a long list as arguments would exhaust the stack
    for (const event of life.events) events.push(event)
    alive.push(life.alive)
  }
  // a stable sort: what happened at the same moment keeps its order
  events.sort((a, b) => a.timestamp - b.timestamp)
  return { events, alive, market }
}

/**
 * Two years of a small digital bank, about 100,000 events in order of time, the same to the byte every time.
 * Twelve of them are broken on purpose, so that dead letters can be seen (`broken.ts` says how).
 */
export function sampleEvents(): Iterable<SampleEvent> {
  return makeSample().events
}

/**
 * Goes on where the sample ends, for ever: the same customers, new ids that no other run and no event of the sample has.
 * The first event has timestamp `startMs`, each one after it a later one, about four a second.
 */
export function* liveEvents(startMs: number): Generator<SampleEvent, never> {
  const { alive, market } = makeSample()
  const random = seeded(Math.floor(startMs / SECOND) ^ SEED)
  const live = new LiveBank(random, alive, market, startMs)
  for (let now = startMs; ; now += 20 + random.below(460)) yield live.next(now)
}
