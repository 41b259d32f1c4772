import { expect, test } from 'vitest'
import { compareMany } from './scan-against-judge.ts'

/** Seconds to go on for; a run of a whole night is as good as any. */
const SECONDS = Number(process.env['HEARTWOOD_SOAK_SECONDS'] ?? 600)

test(`what a scan accepts, the judge accepts with the same values, for ${SECONDS} seconds`, () => {
  const first = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000_000)
  const end = performance.now() + 1000 * SECONDS
  let seed = first
  let events = 0
  for (; performance.now() < end; seed++) {
    console.log(`seed ${seed}`)
    const { good, odd } = compareMany(seed, 20, 2000)
    events += good + odd
  }
  console.log(`${events} events of seeds ${first} to ${seed - 1}`)
  expect(events).toBeGreaterThan(0)
})
