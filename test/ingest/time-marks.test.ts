import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { Batch, Source } from '../../src/ingest/source.ts'
import { SETTLE_AFTER, TimeMarks } from '../../src/ingest/time-marks.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { newProject, START, sale } from '../database/given.ts'

const SECOND = 1000
const MINUTE = 60_000

/** Seconds since the beginning at which marks come, looking once a second; `events` come in the seconds named. */
function marks(seconds: number, events: (second: number) => boolean, caughtUp: (second: number) => boolean): number[] {
  const clock = new ManualClock(START)
  const all = new TimeMarks(clock)
  const found: number[] = []
  for (let second = 0; second < seconds; second++) {
    const instant = all.due(events(second) ? 3 : 0, caughtUp(second))
    if (instant !== null) {
      expect(instant).toBe(clock.now() - SETTLE_AFTER)
      found.push(second)
    }
    clock.advance(SECOND)
  }
  return found
}

const always = () => true
const never = () => false
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('rule 5: time marks', () => {
  test('come once a second while events come', () => {
    expect(marks(20, always, always)).toEqual(range(0, 20))
  })

  test('come once a minute while nothing happens, after everything that came is settled', () => {
    // events of seconds 10 and 11 are settled by the mark of second 14, which lies at 12
    const found = marks(200, second => second === 10 || second === 11, always)
    expect(found.filter(second => second >= 10)).toEqual([10, 11, 12, 13, 14, 74, 134, 194])
  })

  test('do not come before every source has been read to its end', () => {
    expect(marks(50, always, never)).toEqual([])
    expect(marks(10, always, second => second >= 7)).toEqual([7, 8, 9])
  })

  test('lie as far back as somebody says', () => {
    const clock = new ManualClock(START)
    expect(new TimeMarks(clock, MINUTE).due(0, true)).toBe(START - MINUTE)
    expect(new TimeMarks(clock, 0).due(0, true)).toBe(START)
  })

  test('go on after a clock stepped back, at the latest a minute later', () => {
    const clock = new ManualClock(START)
    const all = new TimeMarks(clock)
    expect(all.due(1, true)).toBe(START - SETTLE_AFTER)
    clock.advance(-3_600_000)
    expect(all.due(0, true)).toBe(null)
    clock.advance(MINUTE)
    expect(all.due(0, true)).toBe(START - 3_600_000 + MINUTE - SETTLE_AFTER)
  })

  test('settle moments of a store that is fed, and take no t', async () => {
    const clock = new ManualClock(START)
    const disk = new MemoryDisk()
    const database = await openDatabase({ data: 'data', project: newProject(), clock, readOnly: false, disk })
    const settled = (ms: number) => database.view(new Date(ms).toISOString()).settled
    const seen: unknown[] = []
    const batch = (hours: readonly number[], caughtUp: boolean): Batch => ({
      records: hours.map((hour, i) => sale(hour, { sale_id: `s${hour}/${i}`, product: 'p', price: '1.00' })),
      positions: [],
      caughtUp,
    })
    // the next batch is asked for while the one before is made durable
    let durable = Promise.withResolvers<void>()
    const source: Source = {
      async *batches() {
        yield batch([-2, -1], false)
        await durable.promise
        seen.push([settled(START - 3_600_001), settled(START - 3_600_000), settled(START - 10_000)])
        durable = Promise.withResolvers()
        yield batch([], true)
        await durable.promise
        seen.push([settled(START - 3_600_000), settled(START - 2001), settled(START - 2000)])
        clock.advance(5000)
        // an event of an hour ago comes with the news that this is all: it is late, for that hour is settled
        durable = Promise.withResolvers()
        yield batch([-1], true)
        await durable.promise
        seen.push([database.view().t, database.view().instant - START, database.stats().late, settled(START + 2999)])
      },
      acknowledge: async () => durable.resolve(),
      stop: async () => {},
    }
    await ingest(database, source, { marks: new TimeMarks(clock) })
    expect(seen).toEqual([
      [true, false, false],
      [true, true, false],
      [3, -2000, 1, true],
    ])
  })
})
