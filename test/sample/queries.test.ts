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
const QUERIES = ['card-spend', 'country-turnover', 'customer-features', 'late-customers', 'unpaid-bills']
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
  }
  const apply = ({ topic, value }: SampleEvent) => {
    const v = value as Fields
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
  test('are five, and none has a fault', () => {
    expect(database.savedQueries().map(({ name, error }) => ({ name, error }))).toEqual(
      QUERIES.map(name => ({ name, error: null })),
    )
  })

  test.each(QUERIES)('%s gives rows now, and others at an earlier moment', name => {
    const now = database.runSaved(name, {}, undefined, null).answer.rows
    expect(now).toBeGreaterThan(2)
    const { answer } = database.runSaved(name, {}, '2024-07-01T00:00:00Z', null)
    expect(answer.rows).toBe(0)
  })

  test.each(QUERIES.filter(name => name !== 'country-turnover'))('%s is the union of its shards', name => {
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
