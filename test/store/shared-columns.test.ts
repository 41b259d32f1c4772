import { expect, test } from 'vitest'
import { writeAndRead } from './shared/columns.ts'

test('store rules 17, 18 and 20: while one thread writes, three read, each exactly its moments, old ones and the newest', async () => {
  const { snapshots, checkpoints, memory } = await writeAndRead(Number(process.env['SEED'] ?? 1), 4_000, 3, 3_000)
  expect(snapshots).toBeGreaterThanOrEqual(3_000)
  expect(checkpoints).toBeGreaterThan(1000)
  expect(memory.idle).toBeGreaterThan(0)
})
