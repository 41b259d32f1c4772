import { expect, test } from 'vitest'
import { faultyRuns } from './faulty-run.ts'

test('store rules 14, 16 and 23: a store on a disk that fails keeps every acknowledged event once, and names damage', async () => {
  expect(await faultyRuns(1, done => done === 60)).toBe(60)
})
