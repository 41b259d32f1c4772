import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import { progress } from './progress.ts'
import { reached, table } from './table.ts'

const FOLDER = dirname(fileURLToPath(import.meta.url))
const USAGE = 'usage: npm run bench [-- NAME…] [--smoke]'

/** Runs the named benchmarks, or all. True where each ran and, unless `smoke`, kept its goals. */
async function run(names: readonly string[], smoke: boolean): Promise<boolean> {
  let good = true
  for (const name of names) {
    const module: { default: Benchmark } = await import(pathToFileURL(join(FOLDER, `${name}.bench.ts`)).href)
    console.log(`${name}: ${module.default.description}${smoke ? ' (smoke: too little to judge by)' : ''}`)
    progress(name)
    const folder = mkdtempSync(join(tmpdir(), `heartwood-bench-${name}-`))
    try {
      const rows = await module.default.run({ smoke, folder })
      if ('needs' in rows) console.log(`skipped: needs ${rows.needs}\n`)
      else {
        console.log(`${table(smoke ? rows.map(({ goal: _, most: __, ...row }) => row) : rows)}\n`)
        if (!smoke && !rows.every(reached)) good = false
      }
    } catch (error) {
      console.error(error)
      good = false
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return good
}

const known = readdirSync(FOLDER)
  .filter(file => file.endsWith('.bench.ts'))
  .map(file => file.slice(0, -'.bench.ts'.length))
const names = process.argv.slice(2).filter(word => !word.startsWith('--'))
const options = process.argv.slice(2).filter(word => word.startsWith('--'))
const unknown = [...names.filter(name => !known.includes(name)), ...options.filter(option => option !== '--smoke')]
if (unknown.length > 0) {
  console.error(`no benchmark or option is called ${unknown.join(' ')}; there are ${known.join(', ')}\n${USAGE}`)
  process.exitCode = 2
} else if (!(await run(names.length > 0 ? names : known, options.includes('--smoke')))) process.exitCode = 1
