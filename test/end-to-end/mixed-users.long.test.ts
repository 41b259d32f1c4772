import { afterAll, test } from 'vitest'
import { removeProjects } from '../database/given.ts'
import { removeFolders } from '../service.ts'
import { mixedUsers } from './mixed-users.ts'

const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000)

afterAll(() => {
  removeFolders()
  removeProjects()
})

test(`scoring, analysts and training at once while events arrive: no error, and every answer of a moment stays (HEARTWOOD_SEED=${seed})`, async () => {
  console.log(await mixedUsers({ seconds: 20, rate: 100, seed }))
})
