import { afterAll, expect, test } from 'vitest'
import { removeFolders } from '../service.ts'
import { killAndResume } from './kill.ts'
import { retailFile, retailProject } from './retail.ts'

afterAll(removeFolders)

const file = retailFile()

test.skipIf(!file)('the retail file, killed -9 at 300 random moments (needs HEARTWOOD_SHARED)', async () => {
  const seed = Number(process.env['HEARTWOOD_SEED'] ?? Date.now() % 1e9)
  const figures = await killAndResume({ files: [file!], project: retailProject()!, lines: 541_909 }, 300, seed)
  console.log(figures)
  expect(Number(/(\d+) of them/.exec(figures)![1])).toBeGreaterThan(100)
})
