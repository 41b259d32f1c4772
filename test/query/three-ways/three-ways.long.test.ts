import { expect, test } from 'vitest'
import { runSeeds } from './run.ts'

/** Seeds that the quick test does not ask. */
test('the engine, nested loops and DataScript agree on thousands of questions', () => {
  const { compared, withDataScript } = runSeeds(1000, 60_000)
  expect(compared).toBeGreaterThan(24_000)
  expect(withDataScript).toBeGreaterThan(9000)
})
