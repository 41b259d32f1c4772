import { expect, test } from 'vitest'
import { feedTwo } from './scan-against-judge.ts'

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a database that scans events and one that judges each end the same, for 150 contracts (from seed %i000)',
  async thousand => {
    let applied = 0
    for (let seed = 1000 * thousand; seed < 1000 * thousand + 150; seed++) applied += (await feedTwo(seed, 300)).applied
    expect(applied).toBeGreaterThan(10_000)
  },
)
