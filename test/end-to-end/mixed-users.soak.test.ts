import { afterAll, test } from 'vitest'
import { removeProjects } from '../database/given.ts'
import { removeFolders } from '../service.ts'
import { mixedUsers } from './mixed-users.ts'

const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000)

afterAll(() => {
  removeFolders()
  removeProjects()
})

test(`ten minutes of scoring, analysts and training while events arrive: no error, no growth, and every answer of a moment stays (HEARTWOOD_SEED=${seed})`, async () => {
  console.log(await mixedUsers({ seconds: 600, rate: 100, seed }))
})
