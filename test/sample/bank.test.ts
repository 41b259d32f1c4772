import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { compileJudge } from '../../src/contracts/judge.ts'
import { readContracts } from '../../src/contracts/read.ts'
import { Schema } from '../../src/model/schema.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import {
  liveEvents,
  SAMPLE_END,
  SAMPLE_START,
  SAMPLE_TOPICS,
  type SampleEvent,
  sampleEvents,
  sampleLine,
  sampleValue,
} from '../../src/sample/bank.ts'
import { BROKEN_EVENTS, BROKEN_REASONS } from '../../src/sample/broken.ts'
import { ROOT } from '../given.ts'

const events = [...sampleEvents()]
const broken = new Set(BROKEN_EVENTS)
const good = events.filter(event => !broken.has(event))
type Value = Record<string, never>
const of = (topic: string, from: readonly SampleEvent[] = good) =>
  from.filter(event => event.topic === topic).map(event => event.value as Value)

const take = (from: Iterable<SampleEvent>, count: number): SampleEvent[] => {
  const taken: SampleEvent[] = []
  for (const event of from) if (taken.push(event) === count) break
  return taken
}

const digest = (from: Iterable<SampleEvent>): string => {
  const hash = createHash('sha256')
  for (const event of from) hash.update(`${sampleLine(event)}\n`)
  return hash.digest('hex')
}

const recordOf = (event: SampleEvent): RawRecord => ({
  origin: { file: 'sample', topic: event.topic, line: 1 },
  timestamp: event.timestamp,
  key: utf8(event.key),
  headers: event.headers ?? {},
  value: utf8(sampleValue(event)),
})

const contracts = readContracts(ROOT)
const schema = new Schema()
contracts.define(schema)
const judge = compileJudge(contracts, schema)
const refusal = (event: SampleEvent) => {
  const verdict = judge(recordOf(event))
  return verdict.valid ? null : verdict.refusal
}

describe('the sample', () => {
  test('is the same to the byte, always', () => {
    expect(digest(events)).toBe('8b171f464a2f810ba1d470ee29c32e041776a754838e9d5cdef0647b049b6202')
    expect(digest(sampleEvents())).toBe(digest(events))
  })

  test('has about 100,000 events in order of time', () => {
    expect(events.length).toBeGreaterThan(95_000)
    expect(events.length).toBeLessThan(105_000)
    expect(events.every((event, i) => i === 0 || events[i - 1].timestamp <= event.timestamp)).toBe(true)
    expect(events[0].timestamp).toBeGreaterThanOrEqual(SAMPLE_START)
    expect(events.at(-1)!.timestamp).toBeLessThan(SAMPLE_END)
  })

  test('keeps its contracts, but for twelve events that are refused for the reasons given', () => {
    const counts: Record<string, number> = {}
    for (const event of events) {
      const refused = refusal(event)
      if (refused === null) expect(broken.has(event)).toBe(false)
      else {
        expect(broken.has(event), refused.detail).toBe(true)
        counts[refused.reason] = (counts[refused.reason] ?? 0) + 1
      }
    }
    // a broken value makes its whole line no JSON; judged on its own it is no JSON either
    expect(counts).toEqual(BROKEN_REASONS)
    expect(BROKEN_EVENTS.length).toBe(12)
  })

  test('has topics that contracts name, each in use', () => {
    expect([...new Set(contracts.list.map(({ topic }) => topic))].sort()).toEqual(SAMPLE_TOPICS)
    expect([...new Set(good.map(({ topic }) => topic))].sort()).toEqual(SAMPLE_TOPICS)
  })

  test('says each thing of things that were there before', () => {
    const known = new Set<string>()
    const needs = (kind: string, id: unknown) => expect(known.has(`${kind} ${id}`), `${kind} ${id}`).toBe(true)
    for (const { topic, value } of good) {
      const v = value as Record<string, unknown>
      if (topic === 'bank.customer') known.add(`customer ${v['customer_id']}`)
      else if (v['customer_id'] !== undefined) needs('customer', v['customer_id'])
      if (topic === 'bank.plan-price') known.add(`plan ${v['plan']}`)
      if (topic === 'bank.card') known.add(`card ${v['card_id']}`)
      else if (v['card_id'] !== undefined) needs('card', v['card_id'])
      if (topic === 'bank.card') needs('plan', v['plan'])
      if (topic === 'bank.purchase') known.add(`purchase ${v['purchase_id']}`)
      if (topic === 'bank.bill') known.add(`bill ${v['bill_id']}`)
      if (topic === 'bank.payment') needs('bill', v['bill_id'])
      if (topic === 'bank.correction' && v['purchase_id'] !== undefined) needs('purchase', v['purchase_id'])
    }
  })

  test('has ids that occur once', () => {
    for (const [topic, id] of [
      ['bank.purchase', 'purchase_id'],
      ['bank.bill', 'bill_id'],
      ['bank.payment', 'payment_id'],
      ['bank.correction', 'correction_id'],
      ['web.view', 'view_id'],
      ['web.click', 'click_id'],
    ]) {
      const ids = of(topic).map(value => value[id])
      expect(new Set(ids).size, topic).toBe(ids.length)
    }
    const accounts = new Map(of('bank.customer').map(value => [value['account_no'], value['customer_id']]))
    expect(accounts.size).toBe(new Set(accounts.values()).size)
  })

  test('pays about one bill in eight late, and a few never', () => {
    const due = new Map(of('bank.bill').map(value => [value['bill_id'], value['due']]))
    const payments = of('bank.payment')
    const late = payments.filter(value => value['booked'] > due.get(value['bill_id'])!)
    expect(late.length / payments.length).toBeGreaterThan(0.1)
    expect(late.length / payments.length).toBeLessThan(0.14)
    expect(due.size - payments.length).toBeGreaterThan(20)
  })

  test('has longs beyond 2^53 in full, and optional fields that are really absent', () => {
    const lines = events.map(sampleLine)
    expect(lines.filter(line => /"account_no":\d{19},/.test(line)).length).toBe(of('bank.customer').length)
    expect(lines.some(line => line.includes('undefined') || line.includes('null'))).toBe(false)
    const exact = of('bank.customer').filter(value => BigInt(Number(value['account_no'])) === value['account_no'])
    expect(exact.length).toBeLessThan(of('bank.customer').length / 100)
    for (const [topic, field] of [
      ['bank.customer', 'email'],
      ['web.view', 'customer_id'],
      ['web.view', 'referrer'],
      ['web.view', 'scroll_depth'],
    ]) {
      const absent = of(topic).filter(value => value[field] === undefined).length
      expect(absent, field).toBeGreaterThan(0)
      expect(absent, field).toBeLessThan(of(topic).length)
    }
  })

  test('has purchases that come in late, corrections that change something, and prices that move', () => {
    const late = good.filter(
      ({ topic, timestamp, value }) =>
        topic === 'bank.purchase' && timestamp - Date.parse((value as Value)['purchased_at']) > 3_600_000,
    )
    expect(late.length).toBeGreaterThan(300)
    const amounts = new Map(of('bank.purchase').map(value => [value['purchase_id'], value['amount']]))
    const corrections = of('bank.correction').filter(value => value['purchase_id'] !== undefined)
    const changed = corrections.filter(value => amounts.get(value['purchase_id']) !== value['amount'])
    expect(changed.length / corrections.length).toBeGreaterThan(0.95)
    for (const plan of ['plus', 'metal'])
      expect(
        new Set(
          of('bank.plan-price')
            .filter(value => value['plan'] === plan)
            .map(value => value['monthly_fee']),
        ).size,
      ).toBeGreaterThan(3)
  })
})

describe('live events', () => {
  const start = Date.parse('2026-11-21T10:00:00.123Z')
  const live = take(liveEvents(start), 20_000)

  test('go on in order of time from the moment given, the same for the same moment', () => {
    expect(live[0].timestamp).toBe(start)
    expect(live.every((event, i) => i === 0 || live[i - 1].timestamp < event.timestamp)).toBe(true)
    expect(digest(take(liveEvents(start), 1000))).toBe(digest(live.slice(0, 1000)))
  })

  test('keep their contracts', () => {
    for (const event of live) expect(refusal(event)).toBeNull()
  })

  test('have ids that no other event has, of the sample or of another run', () => {
    const other = take(liveEvents(start + 60_000), 5000)
    for (const [topic, id] of [
      ['bank.purchase', 'purchase_id'],
      ['bank.bill', 'bill_id'],
      ['bank.payment', 'payment_id'],
      ['bank.correction', 'correction_id'],
      ['web.view', 'view_id'],
      ['web.click', 'click_id'],
    ]) {
      const ids = [good, live].flatMap(from => of(topic, from).map(value => value[id]))
      expect(new Set(ids).size, topic).toBe(ids.length)
      if (topic.startsWith('bank.')) {
        const seen = new Set(ids)
        expect(of(topic, other).filter(value => seen.has(value[id]))).toEqual([])
      }
    }
  })

  test('are of the same customers and their cards', () => {
    const customers = new Set(of('bank.customer').map(value => value['customer_id']))
    const cards = new Set(of('bank.card').map(value => value['card_id']))
    for (const value of of('bank.purchase', live)) {
      expect(customers.has(value['customer_id'])).toBe(true)
      expect(cards.has(value['card_id'])).toBe(true)
    }
    const bills = new Set([good, live].flatMap(from => of('bank.bill', from).map(value => value['bill_id'])))
    for (const value of of('bank.payment', live)) expect(bills.has(value['bill_id'])).toBe(true)
  })
})
