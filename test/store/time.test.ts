import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { applyPlain, assertion, openStore, recordAt, START } from './given.ts'

const HOUR = 3_600_000

describe('store rules 1 to 5: when the world could first have known', () => {
  test('rules 1 and 2: instants are never in the future, never run backwards, and survive a restart', async () => {
    const step = fc.record({
      partition: fc.integer({ min: 0, max: 2 }),
      stamp: fc.integer({ min: -48, max: 48 }),
      clock: fc.integer({ min: -3, max: 6 }),
      /** Hours before now of a time mark that comes after the record. */
      mark: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
      restart: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async steps => {
        const clock = new ManualClock(START)
        const disk = new MemoryDisk()
        let store = await openStore(disk, clock)
        const known = new Map<number, number>()
        const offsets = new Map<number, number>()
        const expected: number[] = []
        const late = new Map<number, number>()
        let frontier = 0
        /** What was settled once: the moment and its t. */
        const settled: [number, number][] = []
        for (const { partition, stamp, clock: moves, mark, restart } of steps) {
          clock.advance(moves * HOUR)
          const timestamp = START + stamp * HOUR
          const offset = offsets.get(partition) ?? 0
          offsets.set(partition, offset + 1)
          const t = applyPlain(store, [assertion('a:p', ':a/seen', 'x')], recordAt(offset, timestamp, partition))
          // rule 1 and rule 2, word for word
          known.set(partition, Math.max(known.get(partition) ?? 0, Math.min(timestamp, clock.now())))
          if (frontier > known.get(partition)!) late.set(partition, (late.get(partition) ?? 0) + 1)
          frontier = Math.max(frontier, known.get(partition)!)
          expected.push(frontier)
          expect(t).toBe(expected.length)
          if (mark !== null) {
            const instant = clock.now() - mark * HOUR
            expect(store.mark(instant)).toBe(instant > frontier)
            frontier = Math.max(frontier, instant)
          }
          await store.commit()
          if (restart) {
            await store.close()
            store = await openStore(disk, clock)
          }
          // rule 4: what is settled stays as it is
          for (let hours = -48; hours <= 48; hours += 8) {
            const view = store.view({ instant: START + hours * HOUR })
            expect(view.settled).toBe(START + hours * HOUR < frontier)
            if (view.settled) settled.push([START + hours * HOUR, view.t])
          }
        }
        for (const [instant, t] of settled) expect(store.view({ instant })).toMatchObject({ t, settled: true })
        const instants = (of: typeof store) => expected.map((_, i) => of.view({ t: i + 1 }).instant)
        const lateOf = (of: typeof store) => [...known.keys()].map(p => of.sources.get(`kafka:topic/${p}`)!.late)
        expect(instants(store)).toEqual(expected)
        await store.close()
        const again = await openStore(disk, clock)
        expect(instants(again)).toEqual(expected)
        expect(again.frontier).toBe(frontier)
        // rule 3: counted for each source
        expect(lateOf(again)).toEqual([...known.keys()].map(p => late.get(p) ?? 0))
      }),
      { numRuns: 200 },
    )
  })

  test('rule 3: what an earlier record of its partition kept back for over a day is counted, for each source', async () => {
    const clock = new ManualClock(START)
    const disk = new MemoryDisk()
    const store = await openStore(disk, clock)
    const apply = (offset: number, hours: number, partition: number) =>
      applyPlain(store, [assertion('a:p', ':a/seen', 'x')], recordAt(offset, START + hours * HOUR, partition))
    apply(0, -1, 0)
    apply(1, -25, 0)
    apply(2, -25.1, 0)
    apply(3, -2, 0)
    apply(0, -90, 1)
    apply(1, -91, 1)
    store.refuse(recordAt(2, START - 200 * HOUR, 1), { reason: 'not-json', detail: '', path: null, contract: null })
    await store.commit()
    const counts = (of: typeof store) => [...of.sources.values()].map(({ name, heldBack }) => [name, heldBack])
    const expected = [
      ['kafka:topic/0', 1],
      ['kafka:topic/1', 1],
    ]
    expect(counts(store)).toEqual(expected)
    await store.close()
    expect(counts(await openStore(disk, clock))).toEqual(expected)
  })

  test('rule 5: a time mark settles moments although nothing happens, takes no t, and lies in the log', async () => {
    const clock = new ManualClock(START)
    const disk = new MemoryDisk()
    const store = await openStore(disk, clock)
    applyPlain(store, [assertion('a:p', ':a/name', 'x')], recordAt(0, START - 2 * HOUR))
    await store.commit()
    clock.advance(10_000)
    expect(() => store.mark(clock.now() + 1)).toThrow('has not come yet')
    expect(store.mark(clock.now() - 2000)).toBe(true)
    const settled = (of: typeof store, instant: number) => of.view({ instant }).settled
    // nothing counts before it is durable
    expect(settled(store, START)).toBe(false)
    await store.commit()
    expect([store.basis, settled(store, START + 7999), settled(store, START + 8000)]).toEqual([1, true, false])
    expect(store.mark(clock.now() - 2000)).toBe(false)
    await store.close()
    const again = await openStore(disk, clock)
    expect([again.basis, settled(again, START + 7999), settled(again, START + 8000)]).toEqual([1, true, false])
    // a record that comes now for an earlier moment is known at the mark, and counted as late
    applyPlain(again, [assertion('a:p', ':a/name', 'y')], recordAt(1, START - HOUR))
    await again.commit()
    expect(again.view({ t: 2 }).instant).toBe(START + 8000)
    expect(again.view({ instant: START + 7999 }).t).toBe(1)
    expect(again.sources.get('kafka:topic/0')!.late).toBe(1)
  })

  test('rule 4: settled is before the frontier; the present and the frontier itself are not', async () => {
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

  test('rule 4: an instant finds the last transaction at or before it; a t beyond the last is refused with a hint', async () => {
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
