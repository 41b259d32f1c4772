import { expect, test } from 'vitest'
import { feedTwo } from './scan-against-judge.ts'

test('a database that scans events and one that judges each end with the same log, facts and refusals', async () => {
  let applied = 0
  let refused = 0
  for (let seed = 1; seed <= 60; seed++) {
    const fed = await feedTwo(seed, 120)
    applied += fed.applied
    refused += fed.refused
  }
  expect(applied).toBeGreaterThan(1500)
  expect(refused).toBeGreaterThan(500)
})

test('also where a contract states no fact', async () => {
  expect((await feedTwo(4124, 120)).applied).toBeGreaterThan(0)
})
