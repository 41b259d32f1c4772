import { describe, expect, test } from 'vitest'
import { type Message, Partition } from '../../src/ingest/kafka-partition.ts'
import { Merge } from '../../src/ingest/merge.ts'
import type { RawRecord } from '../../src/model/transaction.ts'

const NOW = 1_000_000

function setUp(next: bigint) {
  const merge = new Merge<number, RawRecord>((a, b) => a - b)
  const partition = new Partition('topic', 3, merge.add(0, 0), next)
  partition.lane.open = false
  const offsets = () => merge.take(2, 1e9).map(({ origin }) => ('offset' in origin ? Number(origin.offset) : -1))
  return { partition, offsets }
}

const message = (offset: number, more: Partial<Message> = {}): Message => ({
  offset: String(offset),
  timestamp: String(offset * 10),
  key: null,
  value: Buffer.from(`v${offset}`),
  ...more,
})

describe('a partition', () => {
  test('says after each batch where it stands, and moves over markers once nothing waits before them', () => {
    const { partition, offsets } = setUp(5n)
    expect(partition.moved()).toBeNull()
    partition.add([message(5), message(6), message(9)], 11n, NOW)
    expect(partition.read).toBe(11n)
    expect(partition.moved()).toBeNull()
    expect(offsets()).toEqual([5, 6])
    expect(partition.moved()).toMatchObject({ name: 'kafka:topic/3', next: 7n, known: 60, last: { offset: 6n } })
    expect(partition.moved()).toBeNull()
    expect(offsets()).toEqual([9])
    expect(partition.moved()).toMatchObject({ name: 'kafka:topic/3', next: 11n, known: 90, last: { offset: 9n } })
    partition.moveTo(12n)
    expect(partition.moved()?.next).toBe(12n)
    partition.moveTo(8n)
    expect(partition.moved()).toBeNull()
  })

  test('drops what comes again', () => {
    const { partition, offsets } = setUp(0n)
    partition.add([message(0), message(1)], 2n, NOW)
    partition.add([message(0), message(1), message(2)], 3n, NOW)
    partition.add([message(1), message(2)], 3n, NOW)
    expect([...offsets(), ...offsets()]).toEqual([0, 1, 2])
    expect(partition.read).toBe(3n)
  })

  test('asks after a join for the record that was read last, and tells it from any other', () => {
    const { partition } = setUp(5n)
    expect([partition.rejoined(), partition.verifying]).toEqual([5n, false])
    partition.add([message(5), message(6), message(9)], 11n, NOW)
    partition.end = 11n
    expect([partition.rejoined(), partition.verifying]).toEqual([9n, true])
    // as long as nobody knows whether it is the same, it is not at its end
    expect([partition.behind, partition.reachedFirstEnd]).toEqual([true, false])
    expect(partition.differs(message(9))).toBeNull()
    expect(partition.differs({ ...message(9), timestamp: '1' })).toMatchObject({ gone: false })
    expect(partition.differs({ ...message(9), key: Buffer.from('other') })).toMatchObject({ gone: false })
    expect(partition.differs({ ...message(9), headers: { a: 'b' } })).toMatchObject({ gone: false })
    expect(partition.differs(message(10))).toMatchObject({ gone: true, found: { offset: 10n } })
    // what retention may have deleted is not asked for
    partition.low = 10n
    expect([partition.rejoined(), partition.verifying]).toEqual([11n, false])
  })

  test('is behind while stable offsets lie ahead', () => {
    const { partition } = setUp(4n)
    expect(partition.behind).toBe(false)
    partition.end = 5n
    expect(partition.behind).toBe(true)
    partition.moveTo(5n)
    expect(partition.behind).toBe(false)
  })

  test('keeps its own bytes: a record does not hold on to the answer of the broker that it came in', () => {
    const { partition } = setUp(0n)
    const answer = Buffer.from('....keyvalue....')
    partition.add([message(0, { key: answer.subarray(4, 7), value: answer.subarray(7, 12) })], 1n, NOW)
    answer.fill('!')
    const { key, value } = partition.lane.shift()
    expect([String(key), String(value)]).toEqual(['key', 'value'])
    expect(key?.buffer.byteLength).toBe(8)
  })

  test('takes the last of several headers, as text', () => {
    const { partition } = setUp(0n)
    const headers = { a: Buffer.from('ü'), b: [Buffer.from('1'), Buffer.from('2')], c: undefined, __proto__x: 'y' }
    partition.add([message(0, { headers })], 1n, NOW)
    expect(partition.lane.shift().headers).toEqual({ a: 'ü', b: '2', __proto__x: 'y' })
  })
})
