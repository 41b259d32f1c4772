import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import type { Store } from '../../src/store/store.ts'
import { applyPlain, openStore, recordAt } from './given.ts'
import { histories, intervalsOf, Oracle, sensible, visibleColumns, visiblePoints } from './oracle.ts'

/** Every moment of the store gives what the oracle gives, in three ways of reading. */
function compare(store: Store, oracle: Oracle, moments: Iterable<number>): void {
  for (const t of moments) {
    const view = store.view({ t })
    const expected = oracle.visible(t)
    expect(visibleColumns(view)).toEqual(expected)
    expect(visiblePoints(view)).toEqual(expected)
    expect(intervalsOf(view)).toEqual(oracle.intervals(t))
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
