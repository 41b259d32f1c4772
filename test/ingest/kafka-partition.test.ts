import { describe, expect, test } from 'vitest'
import { blockOf, type Message } from '../../src/ingest/kafka-message.ts'
import { Partition } from '../../src/ingest/kafka-partition.ts'
import { type RecordBlock, RecordCursor } from '../../src/ingest/record-block.ts'
import { RecordLane } from '../../src/ingest/record-lane.ts'

const NOW = 1_000_000

function setUp(next: bigint) {
  const lane = new RecordLane(0, () => {})
  const partition = new Partition('topic', 3, lane, next)
  const offsets = () => Array.from({ length: Math.min(2, lane.size) }, () => lane.shift())
  return { partition, offsets }
}

const first = (block: RecordBlock): RecordCursor => {
  const cursor = new RecordCursor().enter(block)
  cursor.step()
  return cursor
}

const message = (offset: number, more: Partial<Message> = {}): Message => ({
  offset: String(offset),
  timestamp: String(offset * 10),
  key: null,
  value: Buffer.from(`v${offset}`),
  ...more,
})

describe('a partition', () => {
  test('takes all blocks that came together, or none where one cannot be read', () => {
    const { partition, offsets } = setUp(0n)
    const broken = { ...blockOf([message(2)]), bytes: Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]) }
    for (let times = 0; times < 2; times++)
      expect(() => partition.add([blockOf([message(0), message(1)]), broken], 3n, NOW)).toThrow('no record stands')
    expect(partition.read).toBe(0n)
    expect(offsets()).toEqual([])
  })

  test('says after each batch where it stands, and moves over markers once nothing waits before them', () => {
    const { partition, offsets } = setUp(5n)
    expect(partition.moved()).toBeNull()
    partition.add([blockOf([message(5), message(6), message(9)])], 11n, NOW)
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
    partition.add([blockOf([message(0), message(1)])], 2n, NOW)
    partition.add([blockOf([message(0), message(1), message(2)])], 3n, NOW)
    partition.add([blockOf([message(1), message(2)])], 3n, NOW)
    expect([...offsets(), ...offsets()]).toEqual([0, 1, 2])
    expect(partition.read).toBe(3n)
  })

  test('asks after a join for the record that was read last, and tells it from any other', () => {
    const { partition } = setUp(5n)
    expect([partition.rejoined(), partition.verifying]).toEqual([5n, false])
    partition.add([blockOf([message(5), message(6), message(9)])], 11n, NOW)
    partition.end = 11n
    expect([partition.rejoined(), partition.verifying]).toEqual([9n, true])
    // as long as nobody knows whether it is the same, it is not at its end
    expect([partition.behind, partition.reachedFirstEnd]).toEqual([true, false])
    expect(partition.differs(first(blockOf([message(9)])))).toBeNull()
    expect(partition.differs(first(blockOf([{ ...message(9), timestamp: '1' }])))).toMatchObject({ gone: false })
    expect(partition.differs(first(blockOf([{ ...message(9), key: Buffer.from('other') }])))).toMatchObject({
      gone: false,
    })
    expect(partition.differs(first(blockOf([{ ...message(9), headers: { a: 'b' } }])))).toMatchObject({ gone: false })
    expect(partition.differs(first(blockOf([message(10)])))).toMatchObject({ gone: true, found: { offset: 10n } })
    // what retention may have deleted is not asked for
    partition.low = 10n
    expect([partition.rejoined(), partition.verifying]).toEqual([11n, false])
  })

  test('knows its last record although the memory in which it was is used for something else', () => {
    const { partition, offsets } = setUp(5n)
    const block = blockOf([message(5), message(6)])
    partition.add([block], 7n, NOW)
    expect(partition.last?.offset).toBe(6n)
    offsets()
    const { last } = partition.moved()!
    block.bytes.fill(255)
    expect(partition.last).toEqual(last)
    expect(partition.rejoined()).toBe(6n)
    partition.moveTo(9n)
    expect(partition.moved()).toMatchObject({ next: 9n, last })
  })

  test('is behind while stable offsets lie ahead', () => {
    const { partition } = setUp(4n)
    expect(partition.behind).toBe(false)
    partition.end = 5n
    expect(partition.behind).toBe(true)
    partition.moveTo(5n)
    expect(partition.behind).toBe(false)
  })
})
