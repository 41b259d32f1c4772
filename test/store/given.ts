import { ManualClock } from '../../src/base/clock.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import type { Disk } from '../../src/store/disk.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { SegmentPace } from '../../src/store/segments/segment-files.ts'
import { Store } from '../../src/store/store.ts'
import { defineSchema, type PlainEffect, realEffects } from './oracle.ts'

export const DATA = 'data'
export const START = Date.parse('2024-01-01T00:00:00Z')

export const openStore = async (
  disk: Disk = new MemoryDisk(),
  clock = new ManualClock(START),
  readOnly = false,
  pace: SegmentPace = { least: 1 << 20, atStop: 1 << 20 },
  sealAt = 1 << 20,
): Promise<Store> => {
  const store = await Store.open({ disk, data: DATA, clock, readOnly, pace, sealAt })
  defineSchema(store.schema)
  return store
}

export const recordAt = (offset: number, timestamp = START, partition = 0): RawRecord => ({
  origin: { topic: 'topic', partition, offset: BigInt(offset) },
  timestamp,
  key: Buffer.from('key'),
  headers: {},
  value: Buffer.from(`{"offset":${offset}}`),
})

/** Applies one event by names; gives its t, or undefined for a conflict. */
export function applyPlain(store: Store, effects: readonly PlainEffect[], record: RawRecord): number | undefined {
  const contract = store.contract('test/event/1.0', 'f'.repeat(64), '{}')
  const done = store.apply({
    record,
    effects: realEffects(effects, store.schema),
    contract,
    eventTime: null,
    eventId: null,
    subject: effects.length > 0 ? effects[0].entity : null,
  })
  return typeof done === 'number' ? done : undefined
}

export const assertion = (entity: string, attribute: string, value: string): PlainEffect => ({
  op: 'assert',
  entity,
  attribute,
  values: [value],
})
