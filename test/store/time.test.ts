import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { applyPlain, assertion, openStore, recordAt, START } from './given.ts'

const HOUR = 3_600_000

describe('store rules 1, 2 and 4: when the world could first have known', () => {
  test('instants are never in the future, never run backwards, and survive a restart', async () => {
    const step = fc.record({
      partition: fc.integer({ min: 0, max: 2 }),
      stamp: fc.integer({ min: -48, max: 48 }),
      clock: fc.integer({ min: -3, max: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async steps => {
        const clock = new ManualClock(START)
        const disk = new MemoryDisk()
        const store = await openStore(disk, clock)
        const known = new Map<number, number>()
        const offsets = new Map<number, number>()
        const expected: number[] = []
        let frontier = 0
        for (const { partition, stamp, clock: moves } of steps) {
          clock.advance(moves * HOUR)
          const timestamp = START + stamp * HOUR
          const offset = offsets.get(partition) ?? 0
          offsets.set(partition, offset + 1)
          const t = applyPlain(store, [assertion('a:p', ':a/seen', 'x')], recordAt(offset, timestamp, partition))
          // rule 1 and rule 2, word for word
          known.set(partition, Math.max(known.get(partition) ?? 0, Math.min(timestamp, clock.now())))
          frontier = Math.max(frontier, known.get(partition)!)
          expected.push(frontier)
          expect(t).toBe(expected.length)
        }
        await store.commit()
        const instants = (of: typeof store) => expected.map((_, i) => of.view({ t: i + 1 }).instant)
        expect(instants(store)).toEqual(expected)
        await store.close()
        const again = await openStore(disk, clock)
        expect(instants(again)).toEqual(expected)
        expect(again.frontier).toBe(frontier)
      }),
      { numRuns: 200 },
    )
  })

  test('settled is before the frontier; the present and the frontier itself are not', async () => {
    const clock = new ManualClock(START)
    const store = await openStore(new MemoryDisk(), clock)
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0, START - 2 * HOUR))
    applyPlain(store, [assertion('a:p', ':a/name', 'y')], recordAt(1, START - HOUR))
    await store.commit()
    const settled = (instant: number) => store.view({ instant }).settled
    expect([settled(START - 2 * HOUR), settled(START - HOUR - 1)]).toEqual([true, true])
    expect([settled(START - HOUR), settled(START)]).toEqual([false, false])
    expect(store.view({ now: true }).settled).toBe(false)
    expect(store.view({ t: 2 }).settled).toBe(true)
  })

  test('an instant finds the last transaction at or before it; a t beyond the last is refused with a hint', async () => {
    const store = await openStore()
    for (const [i, hours] of [-5, -4, -4, -1].entries())
      applyPlain(store, [assertion('a:p', ':a/seen', 'x')], recordAt(i, START + hours * HOUR))
    await store.commit()
    const t = (hours: number) => store.view({ instant: START + hours * HOUR }).t
    expect([t(-6), t(-5), t(-4.5), t(-4), t(-2), t(-1), t(9)]).toEqual([0, 1, 1, 3, 3, 4, 4])
    expect(() => store.view({ t: 5 })).toThrow('t 5 does not exist yet: the last is 4')
    expect(() => store.view({ t: 1_700_000_000_000 })).toThrow('looks like milliseconds since 1970')
  })
})
