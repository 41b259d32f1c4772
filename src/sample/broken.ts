import { BrokenText, type SampleEvent } from './event.ts'

/** Each way in which these events are wrong, with how often: what a newcomer finds among the dead letters. */
export const BROKEN_REASONS: Readonly<Record<string, number>> = {
  'invalid-event': 8,
  'unknown-contract': 2,
  'unknown-topic': 1,
  'not-json': 1,
}

const at = (text: string): number => Date.parse(text)

const purchase = {
  purchase_id: 'P10001-9001',
  customer_id: '10001',
  card_id: '00000000-0000-4000-8000-000000000001',
  merchant_id: 'm1001',
  merchant_name: 'Corner Market Germany',
  category: 'groceries',
  country: 'Germany',
  online: false,
  amount: '12.30',
  purchased_at: '2024-09-14T10:15:00.000Z',
}
const payment = {
  payment_id: '00000000-0000-4000-8000-000000000002',
  bill_id: 'B10001-2025-01',
  customer_id: '10001',
  amount: '80.00',
  method: 'transfer',
  booked: '2025-02-20',
}
const view = {
  view_id: 9_007_199_254_740_993n,
  session_id: '00000000-0000-4000-8000-000000000003',
  device: 'phone',
  page: '/',
  duration_ms: 900,
}

/** Twelve events that no contract takes, as producers do send them. Nothing else in the sample is wrong. */
export const BROKEN_EVENTS: readonly SampleEvent[] = [
  // a third digit after the point of a decimal(2)
  {
    topic: 'bank.purchase',
    key: '10001',
    timestamp: at('2024-09-14T10:15:01.000Z'),
    value: { ...purchase, amount: '12.305' },
  },
  // words where a number belongs
  {
    topic: 'bank.purchase',
    key: '10001',
    timestamp: at('2024-11-02T18:40:00.000Z'),
    value: { ...purchase, amount: 'twelve' },
  },
  // a field that is needed and missing
  {
    topic: 'bank.payment',
    key: '10001',
    timestamp: at('2025-02-20T09:00:00.000Z'),
    value: { ...payment, bill_id: undefined },
  },
  // a topic that no contract names: an old producer
  { topic: 'bank.purchases', key: '10001', timestamp: at('2025-03-03T07:31:00.000Z'), value: purchase },
  // a day that the calendar does not have
  {
    topic: 'bank.payment',
    key: '10001',
    timestamp: at('2025-03-01T06:12:00.000Z'),
    value: { ...payment, booked: '2025-02-30' },
  },
  // a field that the contract does not know
  {
    topic: 'web.view',
    key: view.session_id,
    timestamp: at('2025-05-19T20:05:00.000Z'),
    value: { ...view, colour_scheme: 'dark' },
  },
  // a value outside of an enum
  {
    topic: 'web.view',
    key: view.session_id,
    timestamp: at('2025-06-07T21:50:00.000Z'),
    value: { ...view, device: 'fridge' },
  },
  // two contracts share this topic, and the header that says which is missing
  {
    topic: 'bank.correction',
    key: '10001',
    timestamp: at('2025-08-11T12:00:00.000Z'),
    value: {
      correction_id: '00000000-0000-4000-8000-000000000004',
      purchase_id: 'P10001-0001',
      amount: '9.90',
      reason: 'refund',
    },
  },
  // a contract that was never published
  {
    topic: 'bank.correction',
    key: '10001',
    timestamp: at('2025-08-11T12:05:00.000Z'),
    headers: { contract: 'bank/purchase_correction/9.0' },
    value: {
      correction_id: '00000000-0000-4000-8000-000000000005',
      purchase_id: 'P10001-0001',
      amount: '9.90',
      reason: 'refund',
    },
  },
  // a moment without a zone
  {
    topic: 'bank.purchase',
    key: '10001',
    timestamp: at('2025-12-24T16:20:00.000Z'),
    value: { ...purchase, purchased_at: '2025-12-24T17:20:00' },
  },
  // a whole number that is none
  {
    topic: 'web.view',
    key: view.session_id,
    timestamp: at('2026-03-30T08:08:00.000Z'),
    value: { ...view, duration_ms: 12.5 },
  },
  // a producer that broke off in the middle of writing
  {
    topic: 'bank.payment',
    key: '10001',
    timestamp: at('2026-06-29T23:10:00.000Z'),
    value: new BrokenText('{"payment_id":"00000000-0000-4000-8000-000000000006","bill_id":"B10001-20'),
  },
]
