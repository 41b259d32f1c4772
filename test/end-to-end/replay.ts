import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { seeded } from '../../src/base/random.ts'
import { openDatabase, type WritableDatabase } from '../../src/database/database.ts'
import { fileSource } from '../../src/ingest/file-source.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import { showInstant } from '../../src/model/instant.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { newProject, removeProjects } from '../database/given.ts'
import { newFolder, removeFolders } from '../service.ts'
import { intervalsOf } from '../store/oracle.ts'
import { lineOf, type PlainEvent, PlainReplay, randomEvent, randomWorld } from './plain-replay.ts'

const START = Date.parse('2024-01-10T00:00:00Z')

/** Everything that a store says of its past, against the plain replay. */
function compare(database: WritableDatabase, plain: PlainReplay, moments: readonly number[]): void {
  const { t, deadLetters, late, heldBack } = database.stats()
  expect({ t, deadLetters, late, heldBack, superseded: database.superseded, frontier: database.frontier }).toEqual({
    t: plain.t,
    deadLetters: plain.refused,
    late: plain.late,
    heldBack: plain.heldBack,
    superseded: plain.superseded,
    frontier: plain.frontier,
  })
  for (const moment of moments) {
    const at = moment % (plain.t + 1)
    expect(intervalsOf(database.view(at))).toEqual(plain.intervals(at))
    if (at > 0) expect(database.view(at).instant).toBe(plain.instants[at - 1])
    const instant = START - 70 * 3_600_000 + moment * 1_800_000
    const last = plain.instants.filter(known => known <= instant).length
    const view = database.view(showInstant(instant))
    expect([view.t, view.settled]).toEqual([last, instant < plain.frontier])
  }
}

/** Thrown where the process is thought to die. */
class Death extends Error {}

/** One history: files that grow, loads that are cut off by a power cut before, in or after a commit, marks, and restarts. */
async function live(seed: number): Promise<void> {
  const folder = newFolder()
  const random = seeded(seed)
  const world = randomWorld(random)
  const project = newProject({ 'contracts/odd/event/1.0.yaml': world.yaml })
  const disk = new MemoryDisk()
  const clock = new ManualClock(START)
  const names = Array.from({ length: 1 + random.below(3) }, (_, i) => `f${i}.ndjson`)
  const paths = names.map(name => join(folder, name))
  for (const path of paths) writeFileSync(path, '')
  let plain = new PlainReplay(world)
  for (let stage = 2 + random.below(4); stage > 0; stage--) {
    const fresh = new Map<string, PlainEvent[]>()
    for (const [i, name] of names.entries()) {
      const events = Array.from({ length: random.below(9) }, () => randomEvent(random, clock.now(), world))
      fresh.set(name, events)
      appendFileSync(paths[i], events.map(event => `${lineOf(event, random)}\n`).join(''))
    }
    const lines = plain.merged(fresh, clock.now())
    const after = plain.copy()
    after.load(lines)
    for (let loaded = false; !loaded; ) {
      const database = await openDatabase({
        data: 'data',
        project,
        clock,
        readOnly: false,
        disk,
        scan: random.below(2) === 0,
      })
      // whatever died before, a frame counts whole or not at all: some lines are there, in their order, and the rest comes now
      const { t, deadLetters } = database.stats()
      const there = plain.copy()
      there.load(lines.slice(0, t + deadLetters - plain.t - plain.refused))
      compare(database, there, [random.below(200)])
      const death = random.below(4)
      let commits = 1 + random.below(3)
      const source = fileSource({
        files: names.map((name, i) => ({ path: paths[i], name })),
        positions: database.positions(),
        clock,
        acceptFuture: true,
        again: true,
      })
      const dying: WritableDatabase = Object.create(database, {
        commit: {
          value: async () => {
            if (death === 0) throw new Death()
            await database.commit()
            if (death === 1 && --commits === 0) throw new Death()
          },
        },
      })
      // the methods of the database know no other self
      for (const name of ['writeAll', 'moved', 'positions', 'mark', 'stamped'] as const)
        Object.defineProperty(dying, name, { value: (database[name] as (...args: never[]) => unknown).bind(database) })
      try {
        await ingest(dying, source)
        loaded = true
        compare(database, after, [random.below(200), random.below(200)])
        if (random.below(3) === 0) {
          const mark = clock.now() - random.below(20) * 3_600_000
          database.mark(mark)
          await database.commit()
          after.frontier = Math.max(after.frontier, mark)
        }
        if (random.below(2) === 0) await database.close()
        else disk.cutPower(random.below(50))
      } catch (error) {
        if (!(error instanceof Death)) throw error
        disk.cutPower(random.below(500))
      }
    }
    plain = after
    clock.advance(random.below(30) * 3_600_000)
  }
  const last = await openDatabase({ data: 'data', project, clock, readOnly: false, disk })
  compare(
    last,
    plain,
    Array.from({ length: 8 }, () => random.below(300)),
  )
}

/** Lives `count` histories; an error says of which seed. */
export async function replayed(first: number, count: number): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    try {
      await live(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    } finally {
      removeProjects()
      removeFolders()
    }
  }
}
