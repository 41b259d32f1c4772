import { expect, test } from 'vitest'
import { compareMany } from './scan-against-judge.ts'

const ROUNDS = 15

test.each(Array.from({ length: ROUNDS }, (_, i) => i + 1))(
  'what a scan accepts, the judge accepts with the same values, over 200,000 events (seed %i)',
  seed => {
    const { goodScanned, oddScanned } = compareMany(seed, 100, 2000)
    expect(goodScanned).toBeGreaterThan(10_000)
    expect(oddScanned).toBeGreaterThan(1_000)
  },
)
