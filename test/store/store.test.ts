import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { Store } from '../../src/store/store.ts'
import { applyPlain, DATA, openStore, recordAt, START } from './given.ts'
import { histories, intervalPoints, intervalsOf, Oracle, sensible, visibleColumns, visiblePoints } from './oracle.ts'

/** Every moment of the store gives what the oracle gives, in three ways of reading. */
function compare(store: Store, oracle: Oracle, moments: Iterable<number>): void {
  for (const t of moments) {
    const view = store.view({ t })
    const expected = oracle.visible(t)
    expect(visibleColumns(view)).toEqual(expected)
    expect(visiblePoints(view)).toEqual(expected)
    const intervals = oracle.intervals(t)
    expect(intervalsOf(view)).toEqual(intervals)
    expect(intervalPoints(view)).toEqual(intervals)
    const after = t >> 1
    expect(intervalsOf(view, after)).toEqual(oracle.intervals(t, after))
  }
}

describe('store rules 7, 8 and 10: effects become intervals', () => {
  test('any history gives what a list of sets gives, at every moment, also after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(histories(14), fc.integer({ min: 1, max: 5 }), async (history, perFrame) => {
        const disk = new MemoryDisk()
        const oracle = new Oracle()
        const store = await openStore(disk)
        for (const [offset, event] of history.entries()) {
          const effects = sensible(event)
          const t = applyPlain(store, effects, recordAt(offset))
          expect(oracle.apply(effects)).toBe(t !== undefined)
          if (t !== undefined) expect(t).toBe(oracle.t)
          if (offset % perFrame === perFrame - 1) {
            await store.commit()
            // a random moment in between must not disturb what comes later
            compare(store, oracle, [offset % (oracle.t + 1)])
          }
        }
        await store.commit()
        const moments = Array.from({ length: oracle.t + 1 }, (_, t) => t)
        compare(store, oracle, moments)
        await store.close()
        const again = await openStore(disk)
        expect(again.name).toBe(store.name)
        expect(again.basis).toBe(oracle.t)
        compare(again, oracle, moments.toReversed())
      }),
      { numRuns: 300 },
    )
  })

  test('rule 12: with only the log left everything returns', async () => {
    await fc.assert(
      fc.asyncProperty(histories(12), async history => {
        const disk = new MemoryDisk()
        const clock = new ManualClock(START)
        const store = await openStore(disk, clock)
        const oracle = new Oracle()
        for (const [offset, event] of history.entries()) {
          clock.advance(1000)
          const effects = sensible(event)
          const record = recordAt(offset, START + offset * 700)
          if (applyPlain(store, effects, record) === undefined)
            store.refuse(record, { reason: 'conflict', detail: 'two values', path: null, contract: 'test/event/1.0' })
          else oracle.apply(effects)
          if (offset % 3 === 0) store.mark(clock.now() - 2000)
          if (offset % 4 === 0) await store.commit()
        }
        store.keepText('query dear', '[:find ?x]')
        store.stamped('topic', 'producer')
        if (history.length > 0) store.moved('kafka:topic/0', BigInt(history.length + 7), null)
        await store.commit()
        await store.close()
        const log = new MemoryDisk()
        for (const [path, file] of disk.files) if (path.startsWith(`${DATA}/log/`)) log.files.set(path, file)
        const again = await openStore(log, clock)
        compare(
          again,
          oracle,
          Array.from({ length: oracle.t + 1 }, (_, t) => t),
        )
        const all = (of: Store) => ({
          name: of.name,
          frontier: of.frontier,
          refused: of.refused,
          sources: [...of.sources.values()],
          text: of.text('query dear'),
          stamps: [...of.indexes.stamps],
          published: of.published('test/event/1.0'),
        })
        expect(all(again)).toEqual(all(store))
      }),
      { numRuns: 100 },
    )
  })

  test('ordinals are dense in order of first mention, and a key keeps its number', async () => {
    const store = await openStore()
    const state = (entity: string, op: 'mention' | 'retractEntity' = 'mention') => [
      { op, entity, attribute: ':a/name', values: [] },
    ]
    for (const [i, effects] of [state('a:q'), state('a:p'), state('a:q', 'retractEntity'), state('a:q')].entries())
      applyPlain(store, effects, recordAt(i))
    await store.commit()
    const view = store.view({ now: true })
    const kind = view.schema.kind('a')
    expect([view.ordinal(kind, 'q'), view.ordinal(kind, 'p'), view.ordinal(kind, 'r')]).toEqual([0, 1, -1])
    expect(store.view({ t: 3 }).known(kind, 0)).toBe(false)
    expect(store.view({ t: 4 }).known(kind, 0)).toBe(true)
  })
})
