import { describe, expect, test } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { QueryUsage } from '../../src/database/query-usage.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { START } from './given.ts'

const opened = async (disk: MemoryDisk, clock = new ManualClock(START)) => {
  const usage = new QueryUsage(disk, 'data', clock)
  await usage.read()
  return { usage, clock }
}

describe('counts of runs', () => {
  test('are the same after a restart, and go on', async () => {
    const disk = new MemoryDisk()
    const first = await opened(disk)
    first.usage.note('sold', 'curl', 4, false)
    first.usage.note('sold', 'risk', 8, true)
    await first.usage.write(true)
    const { usage, clock } = await opened(disk.afterPowerCut())
    expect(usage.of('sold')).toEqual(first.usage.of('sold'))
    clock.advance(60_000)
    usage.note('sold', 'risk', 3, false)
    expect(usage.of('sold')).toEqual({
      ...{ runs: 3, failed: 1, lastRun: '2024-05-01T12:01:00.000Z', meanMs: 5, longestMs: 8 },
      callers: [
        { caller: 'risk', runs: 2, failed: 1, lastRun: '2024-05-01T12:01:00.000Z', meanMs: 5.5, longestMs: 8 },
        { caller: 'curl', runs: 1, failed: 0, lastRun: '2024-05-01T12:00:00.000Z', meanMs: 4, longestMs: 4 },
      ],
    })
  })

  test('are written at most every ten seconds, and only where something changed', async () => {
    const disk = new MemoryDisk()
    const { usage, clock } = await opened(disk)
    const kept = async () => (await opened(disk)).usage.of('sold').runs
    usage.note('sold', 'curl', 1, false)
    await usage.write(false)
    usage.note('sold', 'curl', 1, false)
    await usage.write(false)
    expect(await kept()).toBe(1)
    clock.advance(10_000)
    await usage.write(false)
    expect(await kept()).toBe(2)
    disk.files.clear()
    clock.advance(10_000)
    await usage.write(true)
    expect(disk.files.size).toBe(0)
  })

  test('a thousand callers of one query are a hundred and the others', async () => {
    const { usage } = await opened(new MemoryDisk())
    for (let i = 0; i < 1000; i++) usage.note('sold', `caller ${i}`, 1, false)
    const { runs, callers } = usage.of('sold')
    expect([runs, callers.length, callers[0]]).toMatchObject([1000, 101, { caller: 'others', runs: 900 }])
  })

  test.each(['', '{', '{"format":2}', '[]', 'null', '{"format":1,"queries":[{}]}'])(
    'a file with %j in it counts for nothing',
    async text => {
      const disk = new MemoryDisk()
      await disk.replace('data/usage.json', utf8(text))
      const { usage } = await opened(disk)
      expect(usage.of('sold').runs).toBe(0)
    },
  )
})
