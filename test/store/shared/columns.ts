import { seeded } from '../../../src/base/random.ts'
import { Budget } from '../../../src/store/budget.ts'
import { ManyColumn } from '../../../src/store/many-column.ts'
import { Memory } from '../../../src/store/memory.ts'
import { OneColumn } from '../../../src/store/one-column.ts'
import type { Task } from './column-reader.ts'
import { attributeOf, type Change, COLUMNS, historyOf, PACE, read, visibleAt, write } from './history.ts'
import { startReaders } from './readers.ts'
import { BASIS, SNAPSHOTS, STOP, UNUSED } from './state.ts'

/**
 * Writes a history while so many threads read it, slowly enough that they compare so many snapshots meanwhile; gives how many they did, and
 * how often segments were closed.
 */
export async function writeAndRead(
  seed: number,
  transactions: number,
  readers: number,
  snapshots: number,
): Promise<{ snapshots: number; checkpoints: number; memory: Memory }> {
  const { changes, intervals, last } = historyOf(seed, transactions)
  const memory = new Memory()
  const columns = Array.from({ length: COLUMNS }, (_, number) => {
    const attribute = attributeOf(number)
    return new (attribute.many ? ManyColumn : OneColumn)(attribute, new Budget(1 << 20), PACE, memory)
  })
  const state = new Int32Array(new SharedArrayBuffer(16))
  const roots = columns.map(({ root }) => root)
  const tasks = Array.from({ length: readers }, (_, reader) => {
    const shared = memory.share()
    return { task: { memory: shared, roots, state, seed, transactions, reader } satisfies Task, port: shared.port }
  })
  const threads = await startReaders(new URL('./column-reader.ts', import.meta.url), tasks)

  const settle = () => {
    for (const column of columns) if (column instanceof OneColumn) column.settle()
  }
  // an entity that comes behind all others is born, as those of a plan are; what is gathered is brought in before it is published
  const highest = columns.map(() => -1)
  const apply = (change: Change) => {
    const { column: number, ends, ordinal, value, t } = change
    const column = columns[number]
    if (column instanceof OneColumn && !ends && ordinal > highest[number]) column.bear(ordinal, value, t)
    else write(column, change)
    highest[number] = Math.max(highest[number], ordinal)
  }

  const random = seeded(seed)
  let burst = 0
  for (const [i, change] of changes.entries()) {
    if (--burst < 0) {
      // now one change while a reader is in the middle of something, now many
      burst = random.below(4) === 0 ? random.below(60) : random.below(4)
      while (Atomics.load(state, SNAPSHOTS) < (snapshots * i) / changes.length) {
        if (random.below(20) === 0) await threads.breathe()
        Atomics.wait(state, UNUSED, 0, 0.05)
      }
    }
    apply(change)
    const next = changes[i + 1]?.t ?? last + 1
    // everything of a transaction that is published is there, and of later ones some
    if (next !== change.t && i % 3 !== 0) {
      settle()
      Atomics.store(state, BASIS, change.t)
    }
  }
  settle()
  Atomics.store(state, BASIS, last)
  // they see its end too
  for (const done = state[SNAPSHOTS]; Atomics.load(state, SNAPSHOTS) < done + 10 * readers; ) await threads.breathe()
  Atomics.store(state, STOP, 1)
  await threads.ended()
  for (const [number, column] of columns.entries())
    if (read(column.factsAt(last)) !== visibleAt(intervals[number], last)) throw new Error('the writer is wrong itself')
  return {
    snapshots: state[SNAPSHOTS],
    checkpoints: columns.reduce((sum, column) => sum + column.checkpoints, 0),
    memory,
  }
}
