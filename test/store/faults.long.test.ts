import { expect, test } from 'vitest'
import { faultyRuns } from './faulty-run.ts'

const CPU = 60_000_000
const SEEDS = 20_000

test('a store on a disk that fails, for as many seeds as a minute of computing takes', async () => {
  const start = process.cpuUsage()
  const spent = () => {
    const { user, system } = process.cpuUsage(start)
    return user + system
  }
  const done = await faultyRuns(1000, done => done === SEEDS || spent() > CPU)
  console.log(`${done} seeds from 1000 in ${Math.round(spent() / 1e6)} s of computing`)
  expect(done).toBeGreaterThan(500)
})
