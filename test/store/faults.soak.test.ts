import { test } from 'vitest'
import { faultyRuns } from './faulty-run.ts'

test('a store on a disk that fails, without end; a failure names its seed', { timeout: 2 ** 31 - 1 }, async () => {
  const first = Date.now() % 1_000_000_000
  console.log(`seeds from ${first}`)
  await faultyRuns(first, done => {
    if (done % 1000 === 0 && done > 0) console.log(`${done} seeds`)
    return false
  })
})
