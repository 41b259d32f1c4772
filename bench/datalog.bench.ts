import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import type { Measured } from './datalog/child.ts'
import { QUESTIONS } from './datalog/questions.ts'
import type { Row } from './table.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const PEOPLE = 20_000

/** Asks all questions of one side, in a process of its own. */
function measure(name: string, size: number, seconds: number): Readonly<Record<string, Measured>> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(HERE, 'datalog/child.ts'),
    name,
    String(size),
    String(seconds),
  ]
  const child = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${name} ended with ${child.signal ?? child.status}`)
  return JSON.parse(child.stdout)
}

const benchmark: Benchmark = {
  description: `the usual Datalog questions over ${PEOPLE} people, and rules over graphs; rows as JavaScript values, in process`,

  async run({ smoke }) {
    const [size, seconds] = smoke ? [1_000, 0.01] : [PEOPLE, 0.4]
    const ours = measure('heartwood', size, seconds)
    const peers = {
      DataScript: measure('datascript', size, seconds),
      DuckDB: measure('duckdb', size, seconds),
    }
    return QUESTIONS.flatMap(({ name }): Row[] => {
      const others = Object.entries(peers).filter(([, side]) => name in side)
      for (const [peer, side] of others)
        if (side[name].digest !== ours[name].digest) throw new Error(`${name}: ours and ${peer} gave different answers`)
      const row: Row = {
        what: name,
        ours: ours[name].ms,
        peers: Object.fromEntries(others.map(([peer, side]) => [peer, side[name].ms])),
        unit: 'ms',
        better: 'lower',
        goal: 1,
      }
      const first: Row = {
        what: `${name}, a text never seen`,
        ours: ours[name].first as number,
        peers: {},
        unit: 'ms',
        better: 'lower',
      }
      return [row, first]
    })
  },
}

export default benchmark
