import { rowsOf } from '../../src/model/answer-rows.ts'
import { KIND_SIZE } from '../../src/model/entity-id.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { progress } from '../progress.ts'
import { datalogOf } from './heartwood.ts'
import { constants, QUESTIONS, VARIANTS } from './questions.ts'
import type { Rows } from './side.ts'
import { saidOf, worldOf } from './store.ts'
import { NAMES, type Person, people } from './world.ts'

/** How many times as long a question takes over many people as over few, ours and as loops over typed arrays that make the same rows. */
export interface Growth {
  readonly ours: number
  readonly loops: number
}

/** Rounds; in each the four ways take turns, so that they meet the same machine. */
const ROUNDS = 15
const [few, many, seconds] = process.argv.slice(2).map(Number)

/** The questions as nothing but loops. */
function loopsOver(all: readonly Person[]): Readonly<Record<string, (variant: number) => Rows>> {
  const names = Int32Array.from(all, ({ name }) => NAMES.indexOf(name))
  const ages = Float64Array.from(all, ({ age }) => age)
  const salaries = Float64Array.from(all, ({ salary }) => salary)
  return {
    q1(variant) {
      const rows: number[][] = []
      const asked = variant % NAMES.length
      for (let i = 0; i < names.length; i++) if (names[i] === asked) rows.push([KIND_SIZE + i])
      return rows
    },
    q2(variant) {
      const rows: number[][] = []
      const asked = variant % NAMES.length
      for (let i = 0; i < names.length; i++) if (names[i] === asked) rows.push([KIND_SIZE + i, ages[i]])
      return rows
    },
    qpred1(variant) {
      const rows: number[][] = []
      const { salary } = constants(variant)
      for (let i = 0; i < salaries.length; i++) if (salaries[i] > salary) rows.push([KIND_SIZE + i, salaries[i]])
      return rows
    },
  }
}

async function oursOver(all: readonly Person[]): Promise<Readonly<Record<string, (variant: number) => Rows>>> {
  const view = (await worldOf(all.map(saidOf))).store.view({ now: true })
  const options = { sources: new Map([['$', view]]) }
  return Object.fromEntries(
    QUESTIONS.map(question => {
      const queries = Array.from({ length: VARIANTS }, (_, variant) => parseQuery(datalogOf(question, variant)))
      return [question.name, (variant: number) => rowsOf(runQuery(queries[variant], options)) as Rows]
    }),
  )
}

let asked = 0
/** Milliseconds of one run: the mean of as many as fit. */
function mean(run: (variant: number) => Rows): number {
  const start = performance.now()
  let count = 0
  for (; count === 0 || performance.now() - start < 1000 * seconds; count++) run(asked++ % VARIANTS)
  return (performance.now() - start) / count
}

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[numbers.length >> 1]

progress(`${few.toLocaleString('en-US')} and ${many.toLocaleString('en-US')} people, and loops over them`)
const loops = [few, many].map(size => loopsOver(people(size)))
const ours = [await oursOver(people(few)), await oursOver(people(many))]
const told: Record<string, Growth> = {}
for (const name of Object.keys(loops[0])) {
  const ways = [...ours, ...loops].map(side => side[name])
  for (const [a, b] of [
    [ways[0], ways[2]],
    [ways[1], ways[3]],
  ])
    if (a(0).length !== b(0).length) throw new Error(`${name}: ours and a loop gave different answers`)
  for (const run of ways) for (let i = 0; i < 5; i++) mean(run)
  const rounds = Array.from({ length: ROUNDS }, () => ways.map(mean))
  const [oursFew, oursMany, loopsFew, loopsMany] = ways.map((_, way) => median(rounds.map(round => round[way])))
  progress(`  ${name}: ${[oursFew, oursMany, loopsFew, loopsMany].map(ms => ms.toPrecision(3)).join(' ')} ms`)
  told[name] = { ours: oursMany / oursFew, loops: loopsMany / loopsFew }
}
process.stdout.write(JSON.stringify(told))
