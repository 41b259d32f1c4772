import { parentPort, workerData } from 'node:worker_threads'
import { seeded } from '../../../src/base/random.ts'
import { Budget } from '../../../src/store/budget.ts'
import { ManyColumn } from '../../../src/store/many-column.ts'
import { type Address, Memory, type SharedMemory } from '../../../src/store/memory.ts'
import { OneColumn } from '../../../src/store/one-column.ts'
import {
  attributeOf,
  COLUMNS,
  historyOf,
  intervalsAt,
  PACE,
  read,
  readIntervals,
  readIntervalsOf,
  readPoints,
  valuesOf,
  visibleAt,
  withValue,
} from './history.ts'
import { BASIS, SNAPSHOTS, STOP } from './state.ts'

export interface Task {
  readonly memory: SharedMemory
  readonly roots: readonly Address[]
  readonly state: Int32Array
  readonly seed: number
  readonly transactions: number
  readonly reader: number
}

/** Reads columns as of random moments, and again as of moments that it keeps, until it is told to end. */
function main({ memory: shared, roots, state, seed, transactions, reader }: Task): void {
  const { intervals } = historyOf(seed, transactions)
  const memory = new Memory(shared)
  const random = seeded(1000 * seed + reader)
  memory.begin()
  // columns are kept for long, as a pool of readers does; what they read lately differs
  const published = () => Atomics.load(state, BASIS)
  const columns = roots.map((root, number) => {
    const attribute = attributeOf(number)
    const budget = new Budget(reader % 2 === 0 ? 0 : 20_000)
    return attribute.many
      ? new ManyColumn(attribute, budget, PACE, memory, root, published)
      : new OneColumn(attribute, budget, PACE, memory, root, published)
  })
  memory.end()
  const everyone = Array.from({ length: 100 }, (_, i) => i)
  const kept: { number: number; t: number; column: ReturnType<OneColumn['factsAt']> }[] = []

  parentPort!.postMessage('ready')
  while (Atomics.load(state, STOP) === 0) {
    memory.begin()
    const basis = published()
    // the newest moments are those at which most is going on
    const pinned = [basis, basis - random.below(3), random.below(basis + 1)].map(t => Math.max(t, 0))
    for (let round = 0; round < 3; round++)
      for (const t of pinned) {
        const number = random.below(COLUMNS)
        const column = columns[number]
        const say = (what: string, found: string, expected: string) => {
          if (found !== expected)
            throw new Error(
              `${what} of column ${number} as of ${t}, basis ${basis}, seed ${seed}:\n${found}\n--- expected\n${expected}`,
            )
        }
        const expected = visibleAt(intervals[number], t)
        const facts = column.factsAt(t)
        if (random.below(2) === 0) kept.push({ number, t, column: facts })
        say('facts', read(facts), expected)
        say('count', String(column.countAt(t)), String(expected === '' ? 0 : expected.split('\n').length))
        const value = random.pick(valuesOf(number))
        const found = facts.seek?.most(0) === undefined ? null : facts.seek.holding(Int32Array.of(value as number))
        if (found) say(`facts that hold ${value}`, read(found), visibleAt(withValue(intervals[number], value), t))
        const [first, step, rows] = [random.below(20), 1 + random.below(9), random.below(60)]
        const every = facts.seek?.every?.(first, step, rows)
        if (every) {
          const asked = new Set(Array.from({ length: rows }, (_, i) => first + i * step))
          say(
            `every ${step} from ${first}`,
            read(every),
            visibleAt(
              intervals[number].filter(({ ordinal }) => asked.has(ordinal)),
              t,
            ),
          )
        }
        if (random.below(4) === 0) say('points', readPoints(column, everyone, t), expected)
        if (random.below(4) === 0)
          say('intervals', readIntervals(column.intervalsAt(t)), intervalsAt(intervals[number], t))
        if (random.below(4) === 0)
          say('intervals of each', readIntervalsOf(column, everyone, t), intervalsAt(intervals[number], t))
        Atomics.add(state, SNAPSHOTS, 1)
        if (random.below(4) === 0) memory.renew()
      }
    // columns that were read long ago, some of them for the first time only now
    while (kept.length > 20) {
      const { number, t, column } = kept.splice(random.below(kept.length), 1)[0]
      if (read(column) !== visibleAt(intervals[number], t)) throw new Error(`a column of ${t} did not stay as it was`)
    }
    memory.end()
  }
  memory.leave()
}

main(workerData as Task)
