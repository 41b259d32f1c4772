import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bench, contract, judged, lines, only, read } from './project.ts'

const PAID = `time: at
id: no
subject: who
fields:
  - { name: no, type: long }
  - { name: who, type: string, optional: true }
  - { name: at, type: instant, optional: true }
  - { name: sum, type: decimal(2), optional: true }
  - { name: tags, type: list(string), optional: true }
  - { name: shops, type: list(long), optional: true }
  - { name: day, type: date, optional: true }
facts:
  - entity: bill
    key: no
    set:
      payer: { ref: person, key: who, null: retract }
      sum: { field: sum, null: retract }
      day: day
      state: { value: paid }
      fee: { value: 0.5 }
      tags: { field: tags, many: true }
      labels: { field: tags, many: replace, null: retract }
      shops: { ref: shop, key: shops, many: replace }
  - entity: share
    key: [who, no, day]
    set: { sum: sum }
`
const { judge } = bench(read(only(contract(PAID))))

const refusal = (...args: Parameters<typeof judged> extends [unknown, ...infer Rest] ? Rest : never) => {
  const verdict = judged(judge, ...args)
  if (verdict.valid) throw new Error('it is valid')
  return verdict.refusal
}

describe('effects', () => {
  test('of a full event', () => {
    const event =
      '{"no":9007199254740993,"who":"a/b~c","at":"2020-01-01T00:00:00Z","sum":"2.5","tags":["x","y"],"shops":[1,2],"day":"2020-01-02"}'
    expect(lines(judged(judge, event))).toEqual([
      'mention bill:9007199254740993n',
      'assert bill:9007199254740993n :bill/payer person:"a/b~c"',
      'assert bill:9007199254740993n :bill/sum Decimal(250,2)',
      'assert bill:9007199254740993n :bill/day LocalDate(18263)',
      'assert bill:9007199254740993n :bill/state "paid"',
      'assert bill:9007199254740993n :bill/fee Decimal(5,1)',
      'assert bill:9007199254740993n :bill/tags "x"',
      'assert bill:9007199254740993n :bill/tags "y"',
      'replace bill:9007199254740993n :bill/labels ["x" "y"]',
      'replace bill:9007199254740993n :bill/shops [shop:1n shop:2n]',
      'mention share:"a~1b~0c/9007199254740993/2020-01-02"',
      'assert share:"a~1b~0c/9007199254740993/2020-01-02" :share/sum Decimal(250,2)',
    ])
  })

  test.each(['{"no":1}', '{"no":1,"who":null,"sum":null,"tags":null,"shops":null,"day":null}'])(
    'of what is absent or null: nothing, or a retraction where the contract says so (%s)',
    event => {
      expect(lines(judged(judge, event))).toEqual([
        'mention bill:1n',
        'retract bill:1n :bill/payer',
        'retract bill:1n :bill/sum',
        'assert bill:1n :bill/state "paid"',
        'assert bill:1n :bill/fee Decimal(5,1)',
        'retract bill:1n :bill/labels',
      ])
    },
  )

  test('of an empty list: nothing to add, and a set that becomes empty', () => {
    expect(lines(judged(judge, '{"no":1,"tags":[]}'))).toContain('replace bill:1n :bill/labels []')
    expect(lines(judged(judge, '{"no":1,"tags":[]}')).join()).not.toContain(':bill/tags')
  })

  test('one event leaves nothing behind for the next', () => {
    const full = '{"no":1,"who":"a","sum":1,"tags":["x"],"shops":[7],"day":"2020-01-02"}'
    const before = lines(judged(judge, '{"no":2}'))
    judged(judge, full)
    judged(judge, '{"no":1,"who":"a","sum":"broken"}')
    expect(lines(judged(judge, '{"no":2}'))).toEqual(before)
  })
})

test('time, id, subject and contract of an event', () => {
  expect(judged(judge, '{"no":12,"who":"ann","at":-1}')).toMatchObject({
    valid: true,
    event: { eventTime: -1, eventId: '12', subject: 'ann', contract: { name: 'bank/paid' } },
  })
  expect(judged(judge, '{"no":12}')).toMatchObject({ event: { eventTime: null, eventId: '12', subject: null } })
})

describe('refusals', () => {
  test.each([
    ['{"no":1', 'not-json', null, /^the value is not JSON: /],
    [new Uint8Array([0xff]), 'not-json', null, /^the value is not UTF-8$/],
    [null, 'tombstone', null, /^the record has no value \(a tombstone\)/],
    ['{"no":1,"no":1}', 'invalid-event', '/no', /^the key "no" stands twice in one object$/],
    ['5', 'invalid-event', null, /^an event must be a JSON object, but this is the number 5$/],
    ['{}', 'invalid-event', '/no', /^no is missing, and must be a long/],
    ['{"no":"1"}', 'invalid-event', '/no', /^no must be a long .*, but is the string "1": write it without quotes$/],
    [
      '{"no":1,"tags":["x",5]}',
      'invalid-event',
      '/tags/1',
      /^element 1 of tags must be a string, but is the number 5$/,
    ],
    ['{"no":1,"smu":2}', 'invalid-event', '/smu', /^the contract has no field smu\. Did you mean sum/],
  ])('%j', (value, reason, path, words) => {
    const found = refusal(value)
    expect(found).toMatchObject({ reason, path, contract: 'bank/paid/1.0' })
    expect(found.detail).toMatch(words)
  })

  test('all faults are told, the path is that of the first', () => {
    expect(refusal('{"colour":1,"sum":1.234,"who":5}')).toEqual({
      reason: 'invalid-event',
      path: '/no',
      contract: 'bank/paid/1.0',
      detail:
        'no is missing, and must be a long (a whole number of at most 64 bits); who must be a string, but is the number 5; ' +
        'sum must be a decimal(2) (a number, or one in a string, with at most 2 digits after the point and 38 in all), but is the number 1.234; ' +
        'the contract has no field colour',
    })
  })

  test('an event that is wrong everywhere is not repeated whole', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `"k${i}":0`).join()
    expect(refusal(`{"no":1,${keys}}`).detail).toMatch(/; and 980 more faults$/)
    expect(refusal(`{"no":1,"${'k'.repeat(1_000_000)}":0}`).detail.length).toBeLessThan(200)
  })

  test('a topic that no contract names', () => {
    expect(refusal('{}', { topic: 'bank.piad' })).toEqual({
      reason: 'unknown-topic',
      path: null,
      contract: null,
      detail: 'no contract names the topic bank.piad. Did you mean bank.paid?',
    })
  })
})

test('a judge throws for nothing that a record holds', () => {
  const good = Buffer.from('{"no":1,"who":"a\\u00e4","sum":1.25e0,"tags":["x"],"shops":[7],"day":"2020-01-02"}')
  const bent = fc
    .tuple(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(4))
    .map(([at, bytes, cut]) => Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + cut)]))
  const headers = fc.dictionary(fc.constantFrom('contract', '__proto__', 'x'), fc.string())
  fc.assert(
    fc.property(fc.oneof(bent, fc.uint8Array(), fc.constant(null)), fc.string(), headers, (value, topic, extra) => {
      for (const where of ['bank.paid', topic]) {
        for (const with_ of [{}, extra]) {
          const verdict = judged(judge, value, { topic: where, headers: with_ })
          if (!verdict.valid) expect(verdict.refusal.detail).not.toBe('')
        }
      }
    }),
    { numRuns: 3000 },
  )
})

describe('which contract an event claims', () => {
  const FIELDS = 'fields:\n  - { name: no, type: long }\n'
  const versions = (name: string, list: readonly string[], more = '') =>
    Object.fromEntries(
      list.map(version => [
        `contracts/bank/${name}/${version}.yaml`,
        contract(more + FIELDS, { name: `bank/${name}`, version, topic: 't' }),
      ]),
    )
  const claimed = (files: Record<string, string>, headers: Record<string, string> = {}) => {
    const verdict = judged(bench(read(files)).judge, '{"no":1}', { topic: 't', headers })
    if (!verdict.valid) return `${verdict.refusal.reason}: ${verdict.refusal.detail}`
    const { name, version } = verdict.event.contract
    return `${name}/${version.major}.${version.minor}`
  }
  const three = versions('paid', ['1.0', '1.10', '1.9', '2.0'])

  test('without header: the newest minor of the oldest major', () => {
    expect(claimed(three)).toBe('bank/paid/1.10')
  })
  test('the header says which', () => {
    expect(claimed(three, { contract: 'bank/paid/2.0' })).toBe('bank/paid/2.0')
    expect(claimed(three, { contract: 'bank/paid/1.0' })).toBe('bank/paid/1.0')
  })
  test('two names on one topic need it', () => {
    const two = { ...versions('paid', ['1.0']), ...versions('sent', ['1.0']) }
    expect(claimed(two, { contract: 'bank/sent/1.0' })).toBe('bank/sent/1.0')
    expect(claimed(two)).toBe(
      'unknown-contract: the topic t has events of several contracts, so the header contract must say which: bank/paid/1.0, bank/sent/1.0',
    )
  })
  test('unless one says headerless: true', () => {
    const two = {
      ...versions('paid', ['1.0', '2.0']),
      ...versions('sent', ['2.0', '2.1', '3.0'], 'headerless: true\n'),
    }
    expect(claimed(two)).toBe('bank/sent/2.1')
  })
  test('a header that names none is refused', () => {
    expect(claimed(three, { contract: 'bank/paid/1.1' })).toBe(
      'unknown-contract: the header claims bank/paid/1.1, which is no contract of the topic t: there is bank/paid/1.0, bank/paid/1.9, bank/paid/1.10, bank/paid/2.0',
    )
    expect(claimed(three, { contract: '' })).toMatch(/^unknown-contract: /)
    const elsewhere = {
      ...three,
      ...{ 'contracts/bank/sent/1.0.yaml': contract(FIELDS, { name: 'bank/sent', topic: 'u' }) },
    }
    expect(claimed(elsewhere, { contract: 'bank/sent/1.0' })).toBe(
      'unknown-contract: the header claims bank/sent/1.0, whose events belong to the topic u, not t',
    )
  })
  test('a tombstone is one whatever it claims', () => {
    const two = { ...versions('paid', ['1.0']), ...versions('sent', ['1.0']) }
    const verdict = judged(bench(read(two)).judge, null, { topic: 't' })
    expect(verdict).toMatchObject({ refusal: { reason: 'tombstone', contract: null } })
  })
})
