import { expect, test } from 'vitest'
import { fuzzBodies } from './fuzz-bodies.ts'

const seconds = Number(process.env['HEARTWOOD_SOAK_SECONDS'] ?? 600)
const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000)

test(`bodies of queries that went wrong by accident are answered as the document says (HEARTWOOD_SEED=${seed})`, async () => {
  const statuses = await fuzzBodies(1000 * seconds, seed)
  expect(statuses[200]).toBeGreaterThan(3)
  expect(statuses[400]).toBeGreaterThan(30)
})
