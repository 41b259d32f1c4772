import { test } from 'vitest'
import { runSeeds } from './run.ts'

const MINUTES = Number(process.env['HEARTWOOD_SOAK_MINUTES'] ?? 60)
const STEP = 500

/** Other seeds each time, which a failure prints. */
test('the engine, nested loops and DataScript agree for as long as there is time', () => {
  const end = performance.now() + MINUTES * 60_000
  let seed = 100_000 + Math.floor(Math.random() * 2 ** 30)
  for (; performance.now() < end; seed += STEP) runSeeds(seed, STEP)
})
