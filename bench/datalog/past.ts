import { rowsOf } from '../../src/model/answer-rows.ts'
import { parseQuery, runQuery } from '../../src/query/query.ts'
import { progress } from '../progress.ts'
import { datalogOf } from './heartwood.ts'
import { QUESTIONS, VARIANTS } from './questions.ts'
import { saidOf, type World, worldOf } from './store.ts'
import { NAMES, type Person, people } from './world.ts'

/** What one question took at one depth of history, milliseconds: medians. */
export interface Past {
  readonly now: number
  /** The same without a history, in turns with `now`: a machine may be half as quick from one minute to the next. */
  readonly flat: number
  /** As of moments of which nothing is kept; null where there are none. */
  readonly first: number | null
  readonly again: number | null
}

const ASKED = ['q1', 'q2', 'q2 switched', 'q3', 'q4']
const MOMENTS = 50
const WARM = 400

/** Everybody gets another name and another age, in one transaction. */
async function another(world: World, all: readonly Person[], round: number): Promise<void> {
  const said = all.map(({ id, name, age }) => ({
    id,
    // three places on, or twenty years: never what it was
    set: {
      name: NAMES[(NAMES.indexOf(name) + 3 * round) % NAMES.length],
      age: (age + 20 * round + (round % 7)) % 100,
    },
  }))
  world.say(said)
  await world.store.commit()
}

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]

const [size, folder] = [Number(process.argv[2]), process.argv[4]]
const depths: number[] = JSON.parse(process.argv[3])
/** Queries of its own for each world: what was checked and planned is kept for one schema. */
const queriesOf = () =>
  new Map(
    ASKED.map(name => {
      const question = QUESTIONS.find(each => each.name === name)
      if (question === undefined) throw new Error(`no question is called ${name}`)
      return [name, Array.from({ length: VARIANTS }, (_, variant) => parseQuery(datalogOf(question, variant)))]
    }),
  )
interface Asked {
  readonly world: World
  readonly queries: ReturnType<typeof queriesOf>
}
let asked = 0
let rows = 0
function timed({ world: { store }, queries }: Asked, name: string, t: number | null): number {
  const variants = queries.get(name) as ReturnType<typeof parseQuery>[]
  const query = variants[asked++ % VARIANTS]
  const start = performance.now()
  const view = store.view(t === null ? { now: true } : { t })
  rows += rowsOf(runQuery(query, { sources: new Map([['$', view]]) })).length
  return performance.now() - start
}

/** Asks everything as of moments that have nothing to do with each other, again, and of now. */
function measured(deep: Asked, flat: Asked, moments: readonly number[]): Readonly<Record<string, Past>> {
  const { indexes } = deep.world.store
  const times = new Map(
    ASKED.map(name => [name, { now: [], flat: [], first: [], again: [] } as Record<keyof Past, number[]>]),
  )
  for (let i = 0; i < WARM; i++) for (const name of ASKED) for (const each of [deep, flat]) timed(each, name, null)
  // what the first questions of all take is the compiler's
  for (let i = -WARM / 4; i < MOMENTS; i++) {
    for (const [k, name] of ASKED.entries()) {
      const { now, flat: without, first, again } = times.get(name) as Record<keyof Past, number[]>
      const count = (list: number[], took: number) => i >= 0 && list.push(took)
      if (moments.length > 0) {
        const t = moments[((i + WARM) * 7919 + k) % moments.length]
        // where moments are few, one that was asked about before must be as if it had not been
        indexes.forgetLately()
        count(first, timed(deep, name, t))
        count(again, timed(deep, name, t))
      }
      for (const [each, list] of [
        [deep, now],
        [flat, without],
      ] as const) {
        timed(each, name, null)
        count(list, timed(each, name, null))
      }
    }
  }
  const orNull = (list: number[]) => (list.length === 0 ? null : median(list))
  return Object.fromEntries(
    [...times].map(([name, { now, flat, first, again }]) => [
      name,
      { now: median(now), flat: median(flat), first: orNull(first), again: orNull(again) },
    ]),
  )
}

const all = people(size)
const world = await worldOf(all.map(saidOf), folder)
const deep: Asked = { world, queries: queriesOf() }
const flat: Asked = { world: await worldOf(all.map(saidOf)), queries: queriesOf() }
const moments: number[] = []
const told: Readonly<Record<string, Past>>[] = []
for (const versions of depths) {
  progress(`${size.toLocaleString('en-US')} people with ${versions} versions`)
  while (moments.length < versions - 1) {
    moments.push(world.store.basis)
    await another(world, all, moments.length)
  }
  progress('  and the questions')
  told.push(measured(deep, flat, moments))
}
await world.store.close()
await flat.world.store.close()
if (rows === 0) throw new Error('no rows')
process.stdout.write(JSON.stringify(told))
