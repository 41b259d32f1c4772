import { parentPort, workerData } from 'node:worker_threads'
import { seeded } from '../../../src/base/random.ts'
import type { Seen } from '../../../src/store/seen.ts'
import { openShared, type SharedStore } from '../../../src/store/shared-store.ts'
import { intervalsOf, visibleColumns, visiblePoints } from '../oracle.ts'
import { BASIS, SNAPSHOTS, STOP } from './state.ts'
import { eventsOf, oracleOf } from './store-history.ts'

export interface Task {
  readonly shared: SharedStore
  readonly state: Int32Array
  readonly seed: number
  readonly events: number
  readonly start: number
  readonly reader: number
}

function main({ shared, state, seed, events, start, reader }: Task): void {
  const oracle = oracleOf(eventsOf(seed, events))
  const store = openShared(shared)
  const random = seeded(1000 * seed + reader)
  let before: Seen = store.seen
  const same = (what: string, t: number, found: unknown, expected: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(`${what} as of ${t}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
  }
  parentPort!.postMessage('ready')
  while (Atomics.load(state, STOP) === 0) {
    const { seen } = store
    if (
      seen.basis < before.basis ||
      seen.frontier < before.frontier ||
      seen.basis < Atomics.load(state, BASIS) - events
    )
      throw new Error('time ran backwards')
    for (const t of [seen.basis, random.below(seen.basis + 1), before.basis])
      store.read(
        { t },
        view => {
          const expected = oracle.visible(t)
          same('columns', t, visibleColumns(view), expected)
          if (random.below(4) === 0) same('points', t, visiblePoints(view), expected)
          if (random.below(4) === 0) same('intervals', t, intervalsOf(view), oracle.intervals(t))
          same('instant', t, [view.instant, view.settled], [t === 0 ? 0 : start + t * 1000, true])
          const recorded = view.facts(view.schema.attribute(':tx/recordTime'))
          same('transactions', t, [recorded.length, recorded.count, recorded.v.values[t]], [t + 1, t, view.instant])
          if (t > 0)
            same('the last transaction', t, view.values(view.schema.attribute(':tx/topic'), t), [
              { value: 'topic', from: t },
            ])
        },
        seen,
      )
    // an instant between two transactions: nothing may come to it any more
    const at = start + seen.basis * 1000 - 500
    store.read(
      { instant: at },
      view => same('the moment before', at, [view.t, view.settled], [Math.max(0, seen.basis - 1), seen.basis > 0]),
      seen,
    )
    before = seen
    Atomics.add(state, SNAPSHOTS, 1)
  }
  store.close()
}

main(workerData as Task)
