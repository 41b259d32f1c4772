import { afterAll, test } from 'vitest'
import { removeProjects } from '../database/given.ts'
import { removeFolders } from '../service.ts'
import { mixedUsers } from './mixed-users.ts'

const seconds = Number(process.env['HEARTWOOD_SOAK_SECONDS'] ?? 600)
const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1_000_000)

afterAll(() => {
  removeFolders()
  removeProjects()
})

test(`${seconds} s of scoring, analysts and training while events arrive: no error, no growth, and every answer of a moment stays (HEARTWOOD_SEED=${seed})`, async () => {
  console.log(await mixedUsers({ seconds, rate: 100, seed }))
})
