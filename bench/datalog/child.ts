import { progress } from '../progress.ts'
import { QUESTIONS, type Question, VARIANTS } from './questions.ts'
import { milliseconds, type Pace } from './samples.ts'
import type { OpenSide, Rows, Side } from './side.ts'

/** What one side took for one question, milliseconds, and a digest of its answers. */
export interface Measured {
  readonly ms: number
  /** A text that was never seen before. */
  readonly first: number | null
  readonly digest: string
}

const [name, size, given, only] = process.argv.slice(2)
const pace: Pace = JSON.parse(given)
const { default: open }: { default: OpenSide } = await import(`./${name}.ts`)
progress(`${Number(size).toLocaleString('en-US')} people in ${name}`)
const side: Side = await open(Number(size))
const measured: Record<string, Measured> = {}
for (const question of QUESTIONS) {
  if (only !== undefined && !only.split(';').includes(question.name)) continue
  const runs = Array.from({ length: VARIANTS }, (_, variant) => side.prepare(question, variant))
  if (runs.some(run => run === undefined)) continue
  // each run has other constants than the one before
  const ready = runs as (() => Rows | Promise<Rows>)[]
  const digest: string[] = []
  for (const run of ready.slice(0, pace.compared)) digest.push(digestOf(question, await run()))
  const ms = await milliseconds(i => ready[i % ready.length](), pace)
  progress(`  ${question.name}: ${ms.toPrecision(3)} ms`)
  measured[question.name] = {
    ms,
    first: Number(size) > 100_000 ? null : firstOf(question),
    digest: digest.join(),
  }
}
process.stdout.write(JSON.stringify(measured))

function firstOf(question: Question): number | null {
  const { first } = side
  if (first === undefined) return null
  const times = Array.from({ length: 41 }, (_, i) => {
    const start = performance.now()
    first(question, i % VARIANTS)
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[20]
}

/** Rows in no order, entities by their number from 1, averages to six digits. */
function digestOf({ world, entities }: Question, rows: Rows): string {
  let sum = 0
  for (const row of rows) {
    const text = row
      .map((cell, i) =>
        entities.includes(i)
          ? side.number(world, cell)
          : typeof cell === 'number' && !Number.isInteger(cell)
            ? cell.toFixed(6)
            : String(cell),
      )
      .join('|')
    let hash = 0x811c9dc5
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    sum = (sum + (hash >>> 0)) % 2 ** 48
  }
  return `${rows.length}:${sum}`
}
