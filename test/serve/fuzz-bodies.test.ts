import { expect, test } from 'vitest'
import { fuzzBodies } from './fuzz-bodies.ts'

test('bodies of queries that went wrong by accident are answered as the document says', async () => {
  const statuses = await fuzzBodies(1500, 1)
  expect(statuses[400]).toBeGreaterThan(3)
})
