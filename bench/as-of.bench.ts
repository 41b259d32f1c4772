import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Measured } from './as-of/child.ts'
import type { Life } from './as-of/world.ts'
import type { Benchmark } from './benchmark.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))

const CASES: readonly [string, 'doubles' | 'texts', number, Life][] = [
  ['doubles, 1 version', 'doubles', 1, 'even'],
  ['doubles, 10 versions', 'doubles', 10, 'even'],
  ['doubles, 100 versions', 'doubles', 100, 'even'],
  ['doubles, 1,000 versions', 'doubles', 1000, 'even'],
  ['doubles, 100 versions, most of them of 1%', 'doubles', 100, 'skewed'],
  ['doubles, 100 versions, every tenth retracted', 'doubles', 100, 'retracted'],
  ['texts, 100 versions', 'texts', 100, 'even'],
  ['texts, 1,000 versions', 'texts', 1000, 'even'],
]

/** In a process of its own: a loop that was compiled for one world is another loop in the next. */
function measure(values: string, versions: number, life: Life): Measured {
  const args = [join(HERE, 'as-of/child.ts'), values, String(versions), life]
  const child = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${values} ended with ${child.signal ?? child.status}`)
  return JSON.parse(child.stdout)
}

const benchmark: Benchmark = {
  description: 'one attribute of 20,000 entities, as of moments that nobody asked about before, beside now',

  async run({ smoke }) {
    const table: Row[] = []
    let shallow: number | undefined
    for (const [name, values, versions, life] of smoke ? CASES.slice(0, 2) : CASES) {
      const { now, first, again, ...point } = measure(values, versions, life)
      const row = (what: string, ours: number, peers: Record<string, number>, unit: string, most: number): Row => ({
        what: `${name}: ${what}`,
        ours,
        peers,
        unit,
        better: 'lower',
        goal: 1 / most,
      })
      if (values === 'doubles' && life === 'even') {
        shallow ??= now
        table.push(row('scan now', now, { 'now, 1 version': shallow }, 'us', 1.2))
      }
      table.push(row('scan, first time', first, { now }, 'us', 2))
      table.push(row('scan, again', again, { now }, 'us', 1.2))
      const { pointNow, pointFirst, pointMiddle, pointAny, bytesPerFact } = point
      table.push(row('look-up at the beginning', pointFirst, { now: pointNow }, 'ns', 1.3))
      table.push(row('look-up half way', pointMiddle, { now: pointNow }, 'ns', 1.3))
      const { goal: _, ...any } = row('look-up, each at another moment', pointAny, { now: pointNow }, 'ns', 1)
      table.push(any, row('memory', bytesPerFact, { 'at most': 40 }, 'bytes/fact', 1))
    }
    return table
  },
}

export default benchmark
