import { createRequire } from 'node:module'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import '../../src/ingest/kafka-client.ts'
import { readingBlocks } from '../../src/ingest/kafka-fetch.ts'
import { blocksOf } from '../../src/ingest/kafka-message.ts'
import { RecordCursor } from '../../src/ingest/record-block.ts'

// kafkajs's own ways to write and to read are the second opinion
const inside = createRequire(import.meta.url)
const Encoder = inside('kafkajs/src/protocol/encoder.js')
const { RecordBatch } = inside('kafkajs/src/protocol/recordBatch/v0/index.js')
const Record = inside('kafkajs/src/protocol/recordBatch/record/v0/index.js')
const MessageSet = inside('kafkajs/src/protocol/messageSet/index.js')
const filterAborted = inside('kafkajs/src/consumer/filterAbortedMessages.js')
const response = inside('kafkajs/src/protocol/requests/fetch/v11/response.js')

interface Aborted {
  readonly producerId: string
  readonly firstOffset: string
}

/** An answer with one partition, as a broker would send it. */
function answer(set: Buffer, aborted: readonly Aborted[] = []): Buffer {
  const partition = new Encoder().writeInt32(3).writeInt16(0).writeInt64(900).writeInt64(800).writeInt64(10)
  partition.writeInt32(aborted.length)
  for (const { producerId, firstOffset } of aborted) partition.writeInt64(producerId).writeInt64(firstOffset)
  partition.writeInt32(-1).writeInt32(set.length)
  const all = new Encoder().writeInt32(0).writeInt16(0).writeInt32(5).writeInt32(1).writeString('töpic').writeInt32(1)
  return Buffer.concat([all.buffer, partition.buffer, set])
}

const item = fc.record({
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: fc.option(fc.uint8Array({ maxLength: 200 }).map(given => Buffer.from(given))),
  value: fc.option(fc.uint8Array({ maxLength: 200 }).map(given => Buffer.from(given))),
  headers: fc.dictionary(fc.stringMatching(/^[a-zü]+$/), fc.string({ maxLength: 9 }), { maxKeys: 2 }),
})
const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
const batch = fc.record({
  items: fc.array(item, { minLength: 1, maxLength: 8 }),
  compression: fc.constantFrom(None, GZIP, Snappy, LZ4, ZSTD),
  gap: fc.nat(9),
  producerId: fc.constantFrom(7, 8, 9),
  transactional: fc.boolean(),
})
type Drawn = typeof batch extends fc.Arbitrary<infer X> ? X : never

async function written({ items, compression, producerId, transactional }: Drawn, offset: number): Promise<Buffer> {
  const records = items.map((one, offsetDelta) => Record({ ...one, offsetDelta }))
  const encoded = await RecordBatch({
    ...{ compression, firstOffset: offset, firstTimestamp: 2 ** 41, maxTimestamp: 2 ** 41 + 5, producerId },
    ...{ producerEpoch: 0, firstSequence: 0, transactional, lastOffsetDelta: items.length - 1, records },
  })
  const bytes: Buffer = encoded.buffer
  return bytes
}

async function read(payload: Buffer) {
  const { responses, ...rest } = await response.decode(payload)
  const [{ topicName, partitions }] = responses
  const [{ messages, abortedTransactions, ...partition }] = partitions
  const kept = filterAborted({ messages, abortedTransactions }).filter(
    ({ isControlRecord }: { isControlRecord: boolean }) => !isControlRecord,
  )
  const records = blocksOf(kept).flatMap(block => {
    const cursor = new RecordCursor().enter(block)
    return Array.from({ length: block.count }, () => {
      cursor.step()
      return cursor.record('t', 0)
    })
  })
  const about = { ...rest, topicName, ...partition }
  const ends = [messages[0]?.offset, messages.at(-1)?.offset]
  return { records, about, ends, apart: kept.every((message: object) => !('block' in message)) }
}

const both = async (payload: Buffer) => {
  const [blocks, apart] = [await readingBlocks(() => read(payload)), await read(payload)]
  expect(apart.apart).toBe(true)
  expect(blocks.about).toEqual(apart.about)
  expect(blocks.records).toEqual(apart.records)
  return blocks
}

describe('an answer to a fetch, in blocks', () => {
  test('holds what kafkajs reads of it, whatever the compression, without what was aborted, and without a last batch that is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), fc.boolean(), fc.nat(60), async (drawn, abort, cut) => {
        const sets: Buffer[] = []
        let offset = 100
        const starts: number[] = []
        for (const one of drawn) {
          offset += one.gap
          starts.push(offset)
          sets.push(await written(one, offset))
          offset += one.items.length
        }
        const set = Buffer.concat(sets)
        const first = drawn.findIndex(({ transactional }) => transactional)
        const aborted =
          abort && first >= 0
            ? [{ producerId: String(drawn[first].producerId), firstOffset: String(starts[first]) }]
            : []
        const whole = await both(answer(set, aborted))
        if (drawn.length > 0) expect(whole.ends).toEqual([String(starts[0]), String(offset - 1)])
        const less = set.subarray(0, Math.max(0, set.length - 1 - cut))
        if (less.length > 17) await both(answer(less, aborted))
      }),
      { numRuns: 60 },
    )
  })

  test('passes over the marker of a transaction, which ends what is aborted', async () => {
    const one = (value: string, transactional: boolean): Drawn => ({
      items: [{ timestampDelta: 0, key: null, value: Buffer.from(value), headers: {} }],
      ...{ compression: None, gap: 0, producerId: 7, transactional },
    })
    const marker = await written(
      { ...one('', true), items: [{ timestampDelta: 0, key: Buffer.alloc(4), value: null, headers: {} }] },
      2,
    )
    // it says of itself that it is a marker
    marker.writeInt16BE(0x30, 21)
    const set = Buffer.concat([await written(one('aborted', true), 1), marker, await written(one('kept', true), 3)])
    const { records, ends } = await both(answer(set, [{ producerId: '7', firstOffset: '1' }]))
    expect(records.map(({ value }) => String(value))).toEqual(['kept'])
    expect(ends).toEqual(['1', '3'])
  })

  test('is without what was aborted, however transactions overlap and wherever reading begins', async () => {
    const step = fc.record({
      producerId: fc.constantFrom(7, 8, 9),
      what: fc.constantFrom('in', 'in', 'in', 'out', 'commit', 'abort'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.nat(20), async (steps, begin) => {
        const open = new Map<Drawn['producerId'], { first: number; values: string[] }>()
        const gone = new Set<string>()
        /** As a broker lists them: in the order of their markers. */
        const aborted: (Aborted & { last: number })[] = []
        const log: { bytes: Buffer; value: string | null }[] = []
        const write = async (producerId: Drawn['producerId'], transactional: boolean, marker: number | null) => {
          const value = marker === null ? `${producerId}@${log.length}` : null
          const key = marker === null ? null : Buffer.from([0, 0, 0, marker])
          const items = [{ timestampDelta: 0, key, value: value === null ? null : Buffer.from(value), headers: {} }]
          const bytes = await written({ items, compression: None, gap: 0, producerId, transactional }, log.length)
          if (marker !== null) bytes.writeInt16BE(0x30, 21)
          log.push({ bytes, value })
          return value!
        }
        const end = async (producerId: Drawn['producerId'], abort: boolean) => {
          const transaction = open.get(producerId)
          if (transaction === undefined) return
          open.delete(producerId)
          if (abort) {
            for (const value of transaction.values) gone.add(value)
            aborted.push({ producerId: String(producerId), firstOffset: String(transaction.first), last: log.length })
          }
          await write(producerId, true, abort ? 0 : 1)
        }
        for (const { producerId, what } of steps) {
          if (what === 'commit' || what === 'abort') await end(producerId, what === 'abort')
          else if (what === 'out') {
            if (!open.has(producerId)) await write(producerId, false, null)
          } else {
            if (!open.has(producerId)) open.set(producerId, { first: log.length, values: [] })
            open.get(producerId)!.values.push(await write(producerId, true, null))
          }
        }
        for (const producerId of [...open.keys()]) await end(producerId, producerId === 8)
        const from = Math.min(begin, log.length)
        const set = Buffer.concat(log.slice(from).map(({ bytes }) => bytes))
        const listed = aborted.filter(({ last }) => last >= from)
        const { records } = await readingBlocks(() => read(answer(set, listed)))
        const committed = log.slice(from).flatMap(({ value }) => (value === null || gone.has(value) ? [] : [value]))
        expect(records.map(({ value }) => String(value))).toEqual(committed)
      }),
      { numRuns: 150 },
    )
  })

  test('is refused where a batch is shorter than its header, or packed in a way that nobody knows', async () => {
    const items = [{ timestampDelta: 0, key: null, value: Buffer.from('v'), headers: {} }]
    const one = await written({ items, compression: None, gap: 0, producerId: 7, transactional: false }, 1)
    const short = Buffer.from(one)
    short.writeInt32BE(-12, 8)
    await expect(readingBlocks(() => read(answer(short)))).rejects.toThrow('a batch of records of 0 bytes')
    const packed = Buffer.from(one)
    packed.writeInt16BE(7, 21)
    await expect(readingBlocks(() => read(answer(packed)))).rejects.toThrow('packed in way 7')
  })

  test('of a broker that is older than batches is left to kafkajs', async () => {
    const entries = [{ key: 'k', value: 'v', timestamp: 5 }]
    const set: Buffer = MessageSet({ messageVersion: 1, entries }).buffer
    const { records } = await both(answer(set))
    expect(records.map(({ value }) => String(value))).toEqual(['v'])
  })

  test('may hold nothing', async () => {
    const { records, ends } = await both(answer(Buffer.alloc(0)))
    expect([records, ends]).toEqual([[], [undefined, undefined]])
  })

  test('moves the position over a batch of which nothing is left', async () => {
    const empty = await written(
      {
        items: [{ timestampDelta: 0, key: null, value: null, headers: {} }],
        compression: None,
        gap: 0,
        producerId: 7,
        transactional: false,
      },
      40,
    )
    const header = Buffer.from(empty.subarray(0, 61))
    header.writeInt32BE(49, 8)
    header.writeInt32BE(4, 23)
    header.writeInt32BE(0, 57)
    const { records, ends } = await readingBlocks(() => read(answer(header)))
    expect([records, ends]).toEqual([[], ['40', '44']])
  })
})
