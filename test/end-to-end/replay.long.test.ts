import { test } from 'vitest'
import { replayed } from './replay.ts'

const seed = Number(process.env['HEARTWOOD_SEED'] ?? 1)

test('store rules 1 to 9: 400 random histories through files, contracts and restarts equal a plain replay', async () => {
  await replayed(seed, 400)
}, 1_200_000)
