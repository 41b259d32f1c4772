import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Schema } from '../../src/model/schema.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { Instant } from '../../src/model/value.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore, START } from './given.ts'

interface Said {
  readonly record: RawRecord
  readonly eventTime: number | null
  readonly eventId: string | null
}

const HOUR = 3_600_000
const ms = fc.integer({ min: -50 * HOUR, max: 50 * HOUR }).map(hours => START + hours)
const key = fc.option(
  fc.oneof(
    fc.constantFrom('k1', 'k2', 'ключ').map(text => Buffer.from(text)),
    fc.uint8Array(),
  ),
)
const record = (origin: RawRecord['origin']) =>
  fc.record({
    origin: fc.constant(origin),
    timestamp: ms,
    key,
    headers: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
    value: fc.uint8Array(),
  })

/** Records of two partitions and a file, in which positions grow by more than one at times. */
const said: fc.Arbitrary<Said[]> = fc
  .array(fc.record({ source: fc.nat(2), gap: fc.constantFrom(1, 1, 1, 300, 2 ** 40) }), { maxLength: 30 })
  .chain(steps => {
    const next = [0, 0, 1]
    const records = steps.map(({ source, gap }) => {
      const at = (next[source] += gap)
      return record(
        source === 2
          ? { file: 'f.ndjson', topic: `topic ${gap % 2}`, line: at }
          : { topic: 'kafka', partition: source * 7, offset: BigInt(at) },
      )
    })
    return fc.tuple(
      ...records.map(record =>
        fc.record({ record, eventTime: fc.option(ms), eventId: fc.option(fc.constantFrom('e1', 'e2', 'é')) }),
      ),
    )
  })

/** A key as `:tx/key` shows it. */
const keyText = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text).equals(Buffer.from(bytes)) ? text : Buffer.from(bytes).toString('latin1')
}

/** What the attributes of its transaction must say of an event; what is null has no value. */
function expected({ record, eventTime, eventId }: Said): Record<string, unknown> {
  const { origin, timestamp } = record
  const file = 'file' in origin
  return {
    ':tx/recordTime': timestamp,
    ':tx/eventTime': eventTime,
    ':tx/eventId': eventId,
    ':tx/contract': 'test/event/1.0',
    ':tx/fingerprint': 'f',
    ':tx/source': file ? 'file' : 'kafka',
    ':tx/topic': origin.topic,
    ':tx/partition': file ? null : BigInt(origin.partition),
    ':tx/offset': file ? null : origin.offset,
    ':tx/key': record.key && keyText(record.key),
    ':tx/file': file ? origin.file : null,
    ':tx/line': file ? BigInt(origin.line) : null,
  }
}

function shown(store: Store, schema: Schema, t: number, ident: string): unknown {
  const attribute = schema.attribute(ident)
  const [fact] = store.view({ t: store.basis }).values(attribute, t)
  if (fact === undefined) return null
  expect(fact.from).toBe(t)
  return fact.value instanceof Instant ? Number(fact.value.micros / 1000n) : fact.value
}

describe('store rule 11: what is known about a transaction', () => {
  test('is what its record and its contract said, also after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(said, async events => {
        const disk = new MemoryDisk()
        const store = await openStore(disk)
        const contract = store.contract('test/event/1.0', 'f', '{}')
        for (const { record, eventTime, eventId } of events)
          store.apply({ record, effects: [], contract, eventTime, eventId, subject: null })
        await store.commit()
        await store.close()
        for (const opened of [store, await openStore(disk)])
          for (const [i, event] of events.entries())
            for (const [ident, value] of Object.entries(expected(event)))
              expect([ident, shown(opened, opened.schema, i + 1, ident)]).toEqual([ident, value])
      }),
      { numRuns: 150 },
    )
  })

  test('is the same as a column, and takes little room where it says the same of all', async () => {
    const store = await openStore()
    const contract = store.contract('test/event/1.0', 'f', '{}')
    const count = 2 ** 14 + 1
    for (let i = 0; i < count; i++) {
      const origin = { topic: 'kafka', partition: 0, offset: BigInt(i) }
      const record = { origin, timestamp: START - 10 * HOUR + i, key: null, headers: {}, value: Buffer.from('{}') }
      store.apply({ record, effects: [], contract, eventTime: START - 11 * HOUR + i, eventId: null, subject: null })
    }
    await store.commit()
    const view = store.view({ now: true })
    for (const [ident, first, step] of [
      [':tx/t', 0, 1],
      [':tx/instant', START - 10 * HOUR - 1, 1],
      [':tx/eventTime', START - 11 * HOUR - 1, 1],
      [':tx/offset', -1, 1],
    ] as const) {
      const column = view.facts(view.schema.attribute(ident))
      expect([column.length, column.count]).toEqual([count + 1, count])
      for (const t of [1, 2, 2 ** 14, count])
        expect([column.v.values[t], column.from[t]]).toEqual([first + step * t, t])
    }
    expect(view.count(view.schema.attribute(':tx/eventId'))).toBe(0)
    // the packed block: two columns of 16 bits; the open rows stand at 8 bytes in nine columns
    expect(store.indexes.transactions.bytes).toBe(2 ** 14 * (2 * 2 + 9 * 8))
  })
})
