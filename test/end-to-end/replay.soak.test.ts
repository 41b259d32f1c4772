import { test } from 'vitest'
import { replayed } from './replay.ts'

const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000_000)

test(`10,000 random histories through files, contracts and restarts equal a plain replay, from seed ${seed}`, async () => {
  await replayed(seed, 10_000)
})
