import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockOf, blocksOf, firstFrom, type Message, recordOf } from '../../src/ingest/kafka-message.ts'
import { type RecordBlock, RecordCursor } from '../../src/ingest/record-block.ts'
import { RecordLane } from '../../src/ingest/record-lane.ts'

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map(given => Buffer.from(given)))
const message = fc.record({
  step: fc.integer({ min: 1, max: 100_000 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 50 }),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(
    fc.string({ minLength: 1 }).filter(name => name !== '__proto__'),
    fc.oneof(fc.string({ unit: 'grapheme' }), bytes),
    { maxKeys: 3 },
  ),
})
const messages = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 52 }), fc.array(message, { minLength: 1, maxLength: 20 }))
  .map(([start, all]): Message[] => {
    let offset = start
    return all.map(({ step, timestamp, ...more }) => {
      offset += step
      return { offset: String(offset), timestamp: String(timestamp), ...more }
    })
  })

const text = (value: unknown) => (value === null ? '' : String(value))
/** What a record is to be, without any block. */
const wanted = ({ offset, timestamp, key, value, headers }: Message) => ({
  origin: { topic: 't', partition: 7, offset: BigInt(offset) },
  timestamp: Number(timestamp),
  ...{ key, value },
  headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, given]) => [name, text(given)])),
})

function read(block: RecordBlock) {
  const cursor = new RecordCursor().enter(block)
  return Array.from({ length: block.count }, () => {
    cursor.step()
    return cursor.record('t', 7)
  })
}

describe('records in a block', () => {
  test('are what they were', () => {
    fc.assert(
      fc.property(messages, all => {
        const block = blockOf(all)
        expect(read(block)).toEqual(all.map(wanted))
        expect(recordOf(all[0], 't', 7)).toEqual(wanted(all[0]))
        const { offset } = all.at(-1)!
        expect(firstFrom([block], BigInt(offset))?.offset).toBe(Number(offset))
        expect(firstFrom([block], BigInt(offset) + 1n)).toBeNull()
        // a cursor stands on any of them
        const cursor = new RecordCursor().enter(block)
        for (const one of all) {
          cursor.step()
          const again = new RecordCursor().standAt(block, cursor.at)
          expect(again.record('t', 7)).toEqual(wanted(one))
        }
      }),
    )
  })

  test('have the time of the broker where it stamps them', () => {
    const block = blockOf([{ offset: '1', timestamp: '5', key: null, value: null }])
    expect(read({ ...block, stamped: 77 })[0].timestamp).toBe(77)
  })

  test('of several headers with one name the last counts', () => {
    const headers = {
      a: Buffer.from('ü'),
      b: [Buffer.from('1'), Buffer.from('2')],
      c: undefined,
      d: null,
      __proto__x: 'y',
    }
    const [record] = read(blockOf([{ offset: '1', timestamp: '5', key: null, value: null, headers }]))
    expect(record.headers).toEqual({ a: 'ü', b: '2', d: '', __proto__x: 'y' })
  })

  test('that are cut off anywhere are an error, never other records', () => {
    const all = [3, 4].map(i => ({
      offset: `${i}`,
      timestamp: '5',
      key: Buffer.from('key'),
      value: Buffer.alloc(200, i),
    }))
    const block = blockOf(all)
    for (let length = 0; length < block.bytes.length; length++)
      expect(() => read({ ...block, bytes: block.bytes.subarray(0, length) })).toThrow(RangeError)
  })

  test('come between messages that the client took apart', () => {
    const [a, b, c] = [1, 2, 3].map(i => ({ offset: `${i}`, timestamp: '5', key: null, value: Buffer.from(`${i}`) }))
    const blocks = blocksOf([a, { offset: '2', block: null }, { offset: '2', block: blockOf([b]) }, c])
    expect(blocks.flatMap(read).map(({ value }) => String(value))).toEqual(['1', '2', '3'])
  })
})

describe('a lane', () => {
  test('gives each record once, in order, with what it weighs, and says which was the last', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 5 }), all => {
        const taken: number[] = []
        const lane = new RecordLane(0, record => taken.push(record.offset))
        let [size, last] = [0, 0]
        for (const some of all) {
          // what was read already is dropped
          lane.push(blockOf(some), last + 1, 2 ** 51)
          size += some.filter(({ offset }) => Number(offset) > last).length
          last = Math.max(last, Number(some.at(-1)!.offset))
        }
        expect(lane.size).toBe(size)
        expect(lane.tail?.offset ?? 0).toBe(last)
        let known = 0
        while (lane.size > 0) {
          expect(lane.bytes).toBeGreaterThan(0)
          expect(lane.headKnown).toBeGreaterThanOrEqual(known)
          known = lane.headKnown
          const offset = lane.shift()
          expect([lane.known, lane.last?.offset, lane.taken]).toEqual([known, offset, BigInt(offset) + 1n])
        }
        expect(lane.bytes).toBe(0)
        expect(taken.length).toBe(size)
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b))
      }),
    )
  })
})
