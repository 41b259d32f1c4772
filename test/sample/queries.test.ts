import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { SAMPLE_END, type SampleEvent, sampleEvents, sampleValue } from '../../src/sample/bank.ts'
import { BROKEN_EVENTS } from '../../src/sample/broken.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { ROOT } from '../given.ts'

const broken = new Set(BROKEN_EVENTS)
const events = [...sampleEvents()]
const MOMENTS = [undefined, '2026-01-01T00:00:00Z', '2025-03-17T12:00:00Z', '2024-09-05T00:00:00Z']
const QUERIES = [
  ...['bills-to-check', 'card-spend', 'country-turnover', 'customer-features', 'interest-by-country', 'interest-table'],
  ...['late-again', 'late-by-method', 'late-by-month', 'late-by-segment', 'late-customers', 'late-features'],
  ...['late-interest', 'late-payments', 'overdue-bills', 'random-customers', 'train-or-test', 'unpaid-bills'],
]
/** These need no purchase or bill. */
const EARLY = ['interest-table', 'random-customers', 'train-or-test']
let database: WritableDatabase

beforeAll(async () => {
  const clock = new ManualClock(SAMPLE_END)
  database = await openDatabase({ data: 'data', project: ROOT, clock, readOnly: false, disk: new MemoryDisk() })
  for (const [i, event] of events.entries())
    database.write({
      origin: { file: 'sample', topic: event.topic, line: i + 1 },
      timestamp: event.timestamp,
      key: utf8(event.key),
      headers: event.headers ?? {},
      value: utf8(sampleValue(event)),
    })
  await database.commit()
})
afterAll(() => database.close())

/** Columns by name as text: codes become their strings, other numbers stay raw. */
function rows(
  name: string,
  args: Record<string, unknown>,
  asOf: string | undefined,
  columns: readonly string[],
): string[][] {
  const { answer } = database.runSaved(name, args, asOf, null)
  const chosen = columns.map(name => {
    const column = answer.columns.find(column => column.name === name)
    if (column === undefined) throw new Error(`${name} is none of ${answer.columns.map(({ name }) => name)}`)
    const { v, type } = column
    if (v.as === 'any') throw new Error(`${name} has no type`)
    const text = type.base === 'string' || type.base === 'enum'
    return (row: number) => (text ? answer.strings.text(Number(v.values[row])) : String(v.values[row]))
  })
  return Array.from({ length: answer.rows }, (_, row) => chosen.map(cell => cell(row))).sort(order)
}

const order = (a: string[], b: string[]) => (a.join('|') < b.join('|') ? -1 : 1)
const cents = (text: string) => Math.round(Number(text) * 100)

type Fields = Record<string, string>

const dayOf = (date: string) => Date.parse(date) / 86_400_000

/** In cents, of cents: `rate` in ten thousandths of a per cent, day by day and exact, rounded once at the end. */
function interestOf(amount: number, rate: bigint, days: number): number {
  const whole = 365_000_000n
  let factor = 1n
  for (let day = 0; day < days; day++) factor *= whole + rate
  const unit = whole ** BigInt(days)
  return Number((BigInt(amount) * (factor - unit) * 2n + unit) / (2n * unit))
}

/** The first number that SplitMix64 gives, as its authors wrote it. */
function chanceOf(seed: number, t: number): number {
  const mask = (1n << 64n) - 1n
  let z = (BigInt(seed) * 0x9e3779b97f4a7c15n + BigInt(t) + 0x9e3779b97f4a7c15n) & mask
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
  return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53
}

/** What plain code knows at a moment: the last word on each purchase, bill, customer and card. */
function worldAt(asOf: string | undefined) {
  const until = asOf === undefined ? SAMPLE_END : Date.parse(asOf)
  const world = {
    customers: new Map<string, Fields>(),
    cards: new Map<string, Fields>(),
    plans: new Map<string, Fields>(),
    purchases: new Map<string, Fields>(),
    bills: new Map<string, Fields>(),
    payments: [] as Fields[],
    /** The transaction by which a customer, or the month of a bill, was first known. */
    first: new Map<string, number>(),
  }
  let t = 0
  const apply = ({ topic, value }: SampleEvent) => {
    const v = value as Fields
    t++
    const id = topic === 'bank.customer' ? v['customer_id'] : topic === 'bank.bill' ? v['bill_id'] : undefined
    if (id !== undefined && !world.first.has(id)) world.first.set(id, t)
    if (topic === 'bank.customer') world.customers.set(v['customer_id'], { ...v })
    else if (topic === 'bank.card') world.cards.set(v['card_id'], v)
    else if (topic === 'bank.plan-price') world.plans.set(v['plan'], v)
    else if (topic === 'bank.purchase') world.purchases.set(v['purchase_id'], { ...v })
    else if (topic === 'bank.bill') world.bills.set(v['bill_id'], v)
    else if (topic === 'bank.payment') world.payments.push(v)
    else if (topic === 'bank.correction' && v['purchase_id'])
      world.purchases.get(v['purchase_id'])!['amount'] = v['amount']
    else if (topic === 'bank.correction')
      Object.assign(world.customers.get(v['customer_id'])!, { country: v['country'] })
  }
  for (const event of events) if (event.timestamp <= until && !broken.has(event)) apply(event)
  return world
}

/** Sums up under each key: how many, and cents. */
class Totals {
  readonly #totals = new Map<string, { key: string[]; count: number; sum: number }>()
  add(key: string[], amount: string): void {
    const name = key.join('|')
    const total = this.#totals.get(name) ?? { key, count: 0, sum: 0 }
    total.count++
    total.sum += cents(amount)
    this.#totals.set(name, total)
  }
  rows(): string[][] {
    return [...this.#totals.values()].map(({ key, count, sum }) => [...key, String(count), String(sum)]).sort(order)
  }
}

describe('the saved queries', () => {
  test('are eighteen, and none has a fault', () => {
    expect(database.savedQueries().map(({ name, error }) => ({ name, error }))).toEqual(
      QUERIES.map(name => ({ name, error: null })),
    )
  })

  test.each(QUERIES)('%s gives rows now, and others at an earlier moment', name => {
    const now = database.runSaved(name, {}, undefined, null).answer.rows
    expect(now).toBeGreaterThan(2)
    const { answer } = database.runSaved(name, {}, '2024-07-01T00:00:00Z', null)
    if (EARLY.includes(name)) expect(answer.rows).toBeLessThanOrEqual(now)
    else expect(answer.rows).toBe(0)
  })

  test.each(QUERIES)('%s is the union of its shards, or says that it has none', name => {
    if (database.savedQuery(name).shardBy === null) {
      expect(() => database.runSaved(name, {}, undefined, { index: 0, of: 3 })).toThrow(/no entity variable/)
      return
    }
    const whole = database.runSaved(name, {}, undefined, null).answer.rows
    let sharded = 0
    for (let index = 0; index < 3; index++)
      sharded += database.runSaved(name, {}, undefined, { index, of: 3 }).answer.rows
    expect(sharded).toBe(whole)
  })

  describe.each(MOMENTS)('as of %s equal plain code over the events:', asOf => {
    const world = worldAt(asOf)

    test.each(['France', 'Finland'])('country-turnover of %s', country => {
      const totals = new Totals()
      for (const p of world.purchases.values()) if (p['country'] === country) totals.add([p['category']], p['amount'])
      expect(rows('country-turnover', { country }, asOf, ['category', 'count_purchase', 'sum_amount'])).toEqual(
        totals.rows(),
      )
    })

    test('late-customers', () => {
      // by customer: several have the same name
      const late = new Totals()
      for (const payment of world.payments) {
        const bill = world.bills.get(payment['bill_id'])!
        if (payment['booked'] > bill['due']) late.add([bill['customer_id']], payment['amount'])
      }
      const expected = late.rows().map(([id, ...totals]) => {
        const customer = world.customers.get(id)!
        return [customer['name'], customer['country'], ...totals]
      })
      const columns = ['name', 'country', 'count_payment', 'sum_amount']
      expect(rows('late-customers', {}, asOf, columns)).toEqual(expected.sort(order))
    })

    const late = world.payments.flatMap(payment => {
      const bill = world.bills.get(payment['bill_id'])!
      const customer = world.customers.get(payment['customer_id'])!
      const days = dayOf(payment['booked']) - dayOf(bill['due'])
      return days > 0 ? [{ payment, bill, customer, days }] : []
    })

    test('late-payments', () => {
      const expected = late
        .filter(({ days }) => days >= 4)
        .map(({ payment, bill, customer, days }) => [
          ...[customer['name'], String(dayOf(bill['due'])), String(dayOf(payment['booked'])), String(days)],
          ...[payment['method'], String(cents(payment['amount']))],
        ])
      const columns = ['name', 'due', 'booked', 'days', 'method', 'amount']
      expect(rows('late-payments', { least: 4 }, asOf, columns)).toEqual(expected.sort(order))
    })

    test('late payments by method, month and segment', () => {
      const groups = (key: (each: (typeof late)[number]) => string, of: (each: (typeof late)[number]) => number) => {
        const found = new Map<string, number[]>()
        for (const each of late) found.set(key(each), [...(found.get(key(each)) ?? []), of(each)])
        return [...found].map(([name, values]) => ({ name, values }))
      }
      const mean = (values: number[]) => String(values.reduce((sum, each) => sum + each, 0) / values.length)
      const days = ({ days }: { days: number }) => days
      expect(rows('late-by-method', {}, asOf, ['method', 'count_payment', 'avg_days', 'max_days'])).toEqual(
        groups(({ payment }) => payment['method'], days)
          .map(({ name, values }) => [name, String(values.length), mean(values), String(Math.max(...values))])
          .sort(order),
      )
      expect(rows('late-by-month', { from: '2025-01' }, asOf, ['month', 'count_payment', 'max_days'])).toEqual(
        groups(({ bill }) => bill['month'], days)
          .filter(({ name }) => name >= '2025-01')
          .map(({ name, values }) => [name, String(values.length), String(Math.max(...values))])
          .sort(order),
      )
      expect(rows('late-by-segment', {}, asOf, ['segment', 'country', 'count_payment', 'avg_days'])).toEqual(
        groups(({ customer }) => `${customer['segment']}|${customer['country']}`, days)
          .map(({ name, values }) => [...name.split('|'), String(values.length), mean(values)])
          .sort(order),
      )
    })

    test('late-again', () => {
      const times = new Map<string, number>()
      for (const { customer } of late) times.set(customer['customer_id'], (times.get(customer['customer_id']) ?? 0) + 1)
      const expected = [...times]
        .filter(([, count]) => count >= 2)
        .map(([id, count]) => {
          const { name, email } = world.customers.get(id)!
          return [name, email ?? '', String(count)]
        })
      expect(rows('late-again', { times: 2 }, asOf, ['name', 'email', 'times-late'])).toEqual(expected.sort(order))
    })

    test('late-features', () => {
      const now = asOf === undefined ? events.at(-1)!.timestamp : Date.parse(asOf)
      const first = Math.floor((now - 90 * 86_400_000) / 86_400_000)
      const totals = new Totals()
      for (const { payment } of late)
        if (dayOf(payment['booked']) > first) totals.add([payment['customer_id']], payment['amount'])
      const expected = totals.rows().map(([, ...rest]) => rest)
      expect(rows('late-features', { window: 'P90D' }, asOf, ['count_payment', 'sum_amount'])).toEqual(
        expected.sort(order),
      )
    })

    test('overdue-bills', () => {
      const now = asOf === undefined ? events.at(-1)!.timestamp : Date.parse(asOf)
      const today = Math.floor(now / 86_400_000)
      const paid = new Set(world.payments.map(payment => payment['bill_id']))
      const expected = [...world.bills.values()]
        .filter(bill => !paid.has(bill['bill_id']) && dayOf(bill['due']) < today)
        .map(bill => {
          const days = today - dayOf(bill['due'])
          return [
            String(cents(bill['amount'])),
            String(days),
            String(interestOf(cents(bill['amount']), 120_000n, days)),
          ]
        })
      expect(rows('overdue-bills', { rate: '12' }, asOf, ['amount', 'days', 'owed'])).toEqual(expected.sort(order))
    })

    test('late-interest and interest-by-country', () => {
      const [customers, countries] = [new Totals(), new Totals()]
      for (const { bill, customer, days } of late) {
        const owed = String(interestOf(cents(bill['amount']), 82_500n, days) / 100)
        customers.add([customer['customer_id']], owed)
        if (days > 10) countries.add([customer['country']], owed)
      }
      expect(rows('late-interest', {}, asOf, ['name', 'count_payment', 'sum_owed'])).toEqual(
        customers
          .rows()
          .map(([id, ...rest]) => [world.customers.get(id)!['name'], ...rest])
          .sort(order),
      )
      expect(rows('interest-by-country', { free: 10 }, asOf, ['country', 'count_payment', 'sum_owed'])).toEqual(
        countries.rows(),
      )
    })

    test('what is drawn by chance', () => {
      const drawn = [...world.customers.keys()].filter(id => chanceOf(5, world.first.get(id)!) < 0.3)
      expect(rows('random-customers', { seed: 5, share: 0.3 }, asOf, ['name']).flat()).toEqual(
        drawn.map(id => world.customers.get(id)!['name']).sort(),
      )
      expect(
        rows('train-or-test', { seed: 9, test: 0.25 }, asOf, ['for-test', 'x'])
          .map(([, x]) => x)
          .sort(),
      ).toEqual([...world.customers.keys()].map(id => String(chanceOf(9, world.first.get(id)!))).sort())
      const bills = [...world.bills.values()].filter(
        bill => bill['month'] === '2025-02' && chanceOf(1, world.first.get(bill['bill_id'])!) < 0.5,
      )
      expect(rows('bills-to-check', { month: '2025-02', most: 0.5 }, asOf, ['amount']).flat()).toEqual(
        bills.map(bill => String(cents(bill['amount']))).sort(),
      )
    })

    test('unpaid-bills', () => {
      const paid = new Set(world.payments.map(payment => payment['bill_id']))
      const unpaid = [...world.bills.values()].filter(
        bill => !paid.has(bill['bill_id']) && cents(bill['amount']) >= 5000,
      )
      const expected = unpaid.map(bill => [
        world.customers.get(bill['customer_id'])!['name'],
        bill['month'],
        String(cents(bill['amount'])),
      ])
      expect(rows('unpaid-bills', { least: '50.00' }, asOf, ['name', 'month', 'amount'])).toEqual(expected.sort(order))
    })

    test('customer-features', () => {
      const totals = new Totals()
      for (const p of world.purchases.values()) totals.add([p['customer_id']], p['amount'])
      const expected = totals.rows().map(([id, ...rest]) => {
        const customer = world.customers.get(id)!
        return [customer['country'], customer['segment'], ...rest]
      })
      const columns = ['country', 'segment', 'count_purchase', 'sum_amount']
      expect(rows('customer-features', {}, asOf, columns)).toEqual(expected.sort(order))
    })

    test('card-spend', () => {
      const totals = new Totals()
      for (const p of world.purchases.values()) {
        const card = world.cards.get(p['card_id'])!
        if (card['status'] === 'active')
          totals.add([String(cents(world.plans.get(card['plan'])!['monthly_fee']))], p['amount'])
      }
      expect(rows('card-spend', {}, asOf, ['fee', 'count_purchase', 'sum_amount'])).toEqual(totals.rows())
    })
  })
})
