import { expect, test } from 'vitest'
import { writeAndRead } from './shared/columns.ts'

for (let seed = 1; seed <= 8; seed++)
  test(`store rules 17, 18 and 20: four threads read while one writes, seed ${seed}`, async () => {
    const { snapshots, checkpoints } = await writeAndRead(seed, 12_000, 4, 12_000)
    expect(snapshots).toBeGreaterThanOrEqual(12_000)
    expect(checkpoints).toBeGreaterThan(3000)
  })
