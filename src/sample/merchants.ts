import type { Random } from '../base/random.ts'
import { weighted } from './chance.ts'

export type Category =
  | 'groceries'
  | 'restaurants'
  | 'transport'
  | 'travel'
  | 'electronics'
  | 'clothing'
  | 'health'
  | 'leisure'
  | 'utilities'

export interface Merchant {
  readonly id: string
  readonly name: string
  readonly category: Category
  /** Country of the shop, or null where it sells everywhere over the web. */
  readonly country: string | null
}

interface Trade {
  /** Of a hundred purchases. */
  readonly weight: number
  /** What a purchase costs about, in cents. */
  readonly usual: number
  /** Share of merchants that sell over the web. */
  readonly web: number
  readonly names: readonly string[]
}

const words = (text: string): string[] => text.split(', ')

export const TRADES: Readonly<Record<Category, Trade>> = {
  groceries: {
    weight: 34,
    usual: 3200,
    web: 0.1,
    names: words('Corner Market, Fresh & Co, Daily Basket, Green Grocer, Mill Bakery'),
  },
  restaurants: {
    weight: 19,
    usual: 2400,
    web: 0.1,
    names: words('Blue Door Café, Trattoria Sole, Noodle House, Harbour Grill, Tapas 22'),
  },
  transport: {
    weight: 14,
    usual: 1400,
    web: 0.4,
    names: words('City Rail, Metro Card, Swift Taxi, Bike Share, Park Easy'),
  },
  travel: {
    weight: 3,
    usual: 24_000,
    web: 0.9,
    names: words('Northwind Air, Sleepwell Hotels, Rail Europe Pass, Island Ferries'),
  },
  electronics: { weight: 4, usual: 16_000, web: 0.7, names: words('Volt Store, Pixel Planet, Cable Corner') },
  clothing: { weight: 9, usual: 5600, web: 0.5, names: words('Thread & Needle, Urban Coat, Second Life, Sole Mates') },
  health: { weight: 7, usual: 1900, web: 0.2, names: words('Linden Pharmacy, Clear Optics, Dental Care, Well Gym') },
  leisure: { weight: 6, usual: 2800, web: 0.6, names: words('Page One Books, Cinema Lux, Game Attic, Concert Box') },
  utilities: { weight: 4, usual: 6800, web: 1, names: words('Bright Energy, Fibre One, Aqua Water') },
}

/** Every trade in every country, with a few shops that sell everywhere. */
export function makeMerchants(random: Random, countries: readonly string[]): Merchant[] {
  const merchants: Merchant[] = []
  for (const [category, { names, web }] of Object.entries(TRADES) as [Category, Trade][])
    for (const name of names) {
      const everywhere = random.next() < web
      for (const country of everywhere ? [null] : countries) {
        const id = `m${1001 + merchants.length}`
        merchants.push({ id, name: country === null ? `${name} Online` : `${name} ${country}`, category, country })
      }
    }
  return merchants
}

const WEIGHTS = (Object.entries(TRADES) as [Category, Trade][]).map(
  ([category, { weight }]) => [category, weight] as const,
)

/** Merchants by category and country, so that a customer finds one near. */
export class Market {
  readonly merchants: readonly Merchant[]
  readonly #near = new Map<string, Merchant[]>()

  constructor(merchants: readonly Merchant[], countries: readonly string[]) {
    this.merchants = merchants
    for (const country of countries)
      for (const [category] of WEIGHTS)
        this.#near.set(
          `${category} ${country}`,
          merchants.filter(merchant => merchant.category === category && (merchant.country ?? country) === country),
        )
  }

  /** A merchant where somebody in that country buys something. */
  choose(random: Random, country: string): Merchant {
    return random.pick(this.#near.get(`${weighted(random, WEIGHTS)} ${country}`)!)
  }
}

/** What a purchase in a trade costs, in cents: mostly less than the usual, now and then much more. */
export function priceOf(random: Random, category: Category): number {
  const { usual } = TRADES[category]
  const spread = random.next() * random.next() * 3 + 0.15
  const cents = Math.floor(usual * spread)
  return random.next() < 0.25 ? Math.max(100, cents - (cents % 100)) : Math.max(99, cents)
}
