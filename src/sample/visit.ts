import type { Random } from '../base/random.ts'
import { between, happens, SECOND, uuid, weighted } from './chance.ts'
import type { SampleEvent } from './event.ts'
import { clickEvent, type Device, viewEvent } from './messages.ts'

/** Every page with the things to click on it and the pages that may come next. */
const SITE: Readonly<Record<string, { readonly elements: readonly string[]; readonly next: readonly string[] }>> = {
  '/': { elements: ['menu', 'login', 'open-account'], next: ['/cards', '/account', '/help', '/rates'] },
  '/account': {
    elements: ['download', 'filter', 'details'],
    next: ['/bills', '/cards', '/profile', '/account/purchases'],
  },
  '/account/purchases': { elements: ['search', 'dispute', 'export'], next: ['/account', '/bills'] },
  '/bills': { elements: ['pay-now', 'download', 'split'], next: ['/account', '/help'] },
  '/cards': { elements: ['order', 'block', 'compare'], next: ['/cards/plus', '/cards/metal', '/account'] },
  '/cards/plus': { elements: ['order', 'faq'], next: ['/cards', '/cards/metal'] },
  '/cards/metal': { elements: ['order', 'faq'], next: ['/cards', '/cards/plus'] },
  '/profile': { elements: ['edit-address', 'newsletter', 'logout'], next: ['/account'] },
  '/help': { elements: ['chat', 'search', 'call'], next: ['/', '/account'] },
  '/rates': { elements: ['calculator'], next: ['/', '/cards'] },
}
const REFERRERS = ['https://search.example/', 'https://news.example/money', 'https://compare.example/cards']
const EPOCH = Date.UTC(2015, 0, 1)

/** Ids as a snowflake makes them: 41 bits of time, 10 of the machine, 12 that count. They pass 2^53 within weeks of its epoch. */
export const snowflake = (timestamp: number, machine: number, count: number): bigint =>
  (BigInt(timestamp - EPOCH) << 22n) | (BigInt(machine) << 12n) | BigInt(count & 4095)

/** One visit to the bank's web site: views, and clicks on some of them. `nextId` makes an id of a moment. */
export function* visit(
  random: Random,
  customer: string | undefined,
  start: number,
  nextId: (at: number) => bigint,
): Generator<SampleEvent> {
  const device = weighted<Device>(random, [
    ['phone', 58],
    ['desktop', 33],
    ['tablet', 9],
  ])
  const session = { id: uuid(random), customer, device }
  let page = customer === undefined || happens(random, 0.3) ? '/' : '/account'
  let before: string | undefined = happens(random, 0.35) ? random.pick(REFERRERS) : undefined
  let at = start
  for (let pages = 1 + random.below(3) + random.below(3); pages > 0; pages--) {
    const stay = between(random, 2, 40) * SECOND + random.below(SECOND)
    const depth = happens(random, 0.8) ? between(random, 5, 100) / 100 : undefined
    yield viewEvent(nextId(at), session, page, before, stay, depth, at)
    const { elements, next } = SITE[page]
    if (happens(random, 0.48)) {
      const clicked = at + 1 + random.below(stay - 1)
      yield clickEvent(nextId(clicked), session, page, random.pick(elements), clicked)
    }
    at += stay
    before = page
    page = random.pick(next)
  }
}
