import { expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { openShared } from '../../src/store/shared-store.ts'
import { applyPlain, assertion, openStore, recordAt, START } from './given.ts'
import { visibleColumns } from './oracle.ts'
import { startReaders } from './shared/readers.ts'
import { BASIS, SNAPSHOTS, STOP } from './shared/state.ts'
import { eventsOf } from './shared/store-history.ts'
import type { Task } from './shared/store-reader.ts'

test('store rules 17, 18 and 20: threads see what is committed, all of it, at any moment, while more is being written', async () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const events = eventsOf(seed, 600)
  const clock = new ManualClock(START + 10 ** 9)
  const store = await openStore(new MemoryDisk(), clock)
  const state = new Int32Array(new SharedArrayBuffer(16))
  const tasks = Array.from({ length: 2 }, (_, reader) => {
    const { shared, transfer } = store.share()
    return {
      task: { shared, state, seed, events: events.length, start: START, reader } satisfies Task,
      port: transfer[0],
    }
  })
  const readers = await startReaders(new URL('./shared/store-reader.ts', import.meta.url), tasks)
  let t = 0
  for (const [i, event] of events.entries()) {
    if (applyPlain(store, event, recordAt(i, START + (t + 1) * 1000)) !== undefined) t++
    if (i % 7 === 6) {
      await store.commit()
      Atomics.store(state, BASIS, store.basis)
    }
    while (Atomics.load(state, SNAPSHOTS) < i / 4) await readers.breathe()
  }
  await store.commit()
  for (const done = state[SNAPSHOTS]; Atomics.load(state, SNAPSHOTS) < done + 6; ) await readers.breathe()
  Atomics.store(state, STOP, 1)
  await readers.ended()
  expect(store.basis).toBe(t)
  expect(state[SNAPSHOTS]).toBeGreaterThanOrEqual(150)
})

test('a reader sees nothing of what is not committed, and all of it as soon as it is', async () => {
  const store = await openStore()
  const reader = openShared(store.share().shared)
  const lines = () => reader.read({ now: true }, visibleColumns)
  applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0))
  expect([reader.seen.basis, lines()]).toEqual([0, []])
  await store.commit()
  expect([reader.seen.basis, lines()]).toEqual([1, visibleColumns(store.view({ now: true }))])
  expect(lines()).toHaveLength(2)
  const { seen } = reader
  applyPlain(store, [assertion('a:p', ':a/name', 'y')], recordAt(1))
  await store.commit()
  expect(reader.read({ now: true }, visibleColumns, seen)).toEqual(visibleColumns(store.view({ t: 1 })))
  expect(reader.read({ now: true }, view => view.t)).toBe(2)
  expect(() => reader.view({ now: true })).toThrow('between begin and end')
  expect(() => reader.read({ t: 3 }, () => {})).toThrow('does not exist yet')
  reader.close()
})

test('memory that was replaced is used again once no reader needs it, and not before', async () => {
  const store = await openStore()
  const { memory } = store.indexes
  const reader = openShared(store.share().shared)
  const state = async (from: number, to: number) => {
    for (let i = from; i < to; i++) applyPlain(store, [assertion(`a:${i % 50}`, ':a/name', `${i % 7}`)], recordAt(i))
    await store.commit()
  }
  await state(0, 3000)
  reader.begin()
  const kept = memory.idle
  await state(3000, 30_000)
  // everything that was replaced since waits for the reader
  const waiting = memory.idle - kept
  expect(waiting).toBeGreaterThan(100_000)
  reader.end()
  const before = memory.bytes
  await state(30_000, 45_000)
  expect(memory.idle).toBeLessThan(kept + waiting)
  const grown = memory.bytes - before
  reader.close()
  expect(grown).toBeLessThan(waiting * 3)
})
