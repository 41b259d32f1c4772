import { describe, expect, it } from 'vitest'
import { seeded } from '../../src/base/random.ts'

const draw = (seed: number, count: number): number[] => {
  const random = seeded(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('seeded chance', () => {
  it('follows from its seed, and differs between seeds', () => {
    expect(draw(7, 100)).toEqual(draw(7, 100))
    expect(draw(7, 100)).not.toEqual(draw(8, 100))
  })

  it('is spread evenly', () => {
    const random = seeded(1)
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 100_000; i++) tenths[random.below(10)]++
    // five standard deviations of a fair die
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475)
  })

  it('stays below its bound', () => {
    expect(draw(3, 10_000).every(x => x >= 0 && x < 1)).toBe(true)
    expect(seeded(3).pick(['only'])).toBe('only')
  })
})
