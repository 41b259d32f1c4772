import fc from 'fast-check'
import { FactError } from '../../src/base/error.ts'
import { type Random, seeded } from '../../src/base/random.ts'
import { digestFacts } from '../../src/store/digest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { filesOf, readManifest } from '../../src/store/segments/manifest.ts'
import type { Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { applyPlain, DATA, openStore, recordAt } from './given.ts'
import { histories, intervalsOf, Oracle, type PlainEffect, sensible, visibleColumns, visiblePoints } from './oracle.ts'

const SEGMENTS = `${DATA}/segments/`
const SOURCE = 'kafka:topic/0'

/** Throws with what differs; the caller adds the seed. */
function agree(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`)
}

/** What the first `count` events give, by plain sets. */
function oracleOf(events: readonly PlainEffect[][], count: number): Oracle {
  const oracle = new Oracle()
  for (const effects of events.slice(0, count)) oracle.apply(effects)
  return oracle
}

function compare(store: Store, oracle: Oracle, random: Random): void {
  agree('basis', store.basis, oracle.t)
  for (const t of new Set([oracle.t, random.below(oracle.t + 1), random.below(oracle.t + 1)])) {
    const view = store.view({ t })
    const expected = oracle.visible(t)
    agree(`columns at ${t}`, visibleColumns(view), expected)
    agree(`points at ${t}`, visiblePoints(view), expected)
    agree(`intervals at ${t}`, intervalsOf(view), oracle.intervals(t))
  }
}

const isFault = (error: unknown, ...kinds: string[]): boolean =>
  error instanceof FactError && kinds.includes(error.kind)

/** Commits, making room and trying again where the disk was full; false where the process must end. */
async function commit(store: Store, disk: MemoryDisk): Promise<boolean> {
  for (;;)
    try {
      await store.commit()
      return true
    } catch (error) {
      if (isFault(error, 'disk-failed')) return false
      if (!isFault(error, 'disk-full')) throw error
      delete disk.faults.room
    }
}

/** Flips one bit of what a clean stop left: somebody names the file, and nobody answers from it. */
async function flip(disk: MemoryDisk, random: Random, open: () => Promise<Store>): Promise<void> {
  const manifest = await readManifest(disk, DATA)
  // what a failed attempt left counts for nothing
  const named = new Set(['manifest', ...(manifest ? filesOf(manifest).map(({ name }) => name) : [])])
  const paths = [...disk.files.keys()].filter(
    path =>
      disk.files.get(path)!.bytes.length > 0 && (!path.startsWith(SEGMENTS) || named.has(path.slice(SEGMENTS.length))),
  )
  const path = random.pick(paths)
  const file = disk.files.get(path)!
  const bytes = Buffer.from(file.bytes)
  const at = random.below(bytes.length)
  bytes[at] ^= 1 << random.below(8)
  disk.files.set(path, { bytes, durable: bytes.length })
  const names = (error: unknown) => isFault(error, 'damaged', 'unavailable') && (error as Error).message.includes(path)
  try {
    await open()
    // it was not read: segments stand for it
    await verifyStore(disk, DATA)
    throw new Error(`nobody found bit ${at} of ${path}`)
  } catch (error) {
    if (!names(error)) throw error
  }
  disk.files.set(path, file)
}

/**
 * One life of a store, with restarts, full disks, failed syncs, power cuts, lost segments and flipped bits, all from one
 * seed. After each start: every acknowledged event is there once, and any moment answers as a plain replay does.
 */
export async function faultyRun(seed: number): Promise<void> {
  const random = seeded(seed)
  const events = fc.sample(histories(40), { seed, numRuns: 1 })[0].map(sensible)
  let disk = new MemoryDisk()
  let acknowledged = 0
  let applied = 0
  const lives = 2 + random.below(5)
  for (let life = 0; life < lives; life++) {
    const pace = { least: random.pick([1, 500, 1 << 30]), atStop: random.pick([1, 1, 1 << 30]) }
    const sealAt = random.pick([400, 1500, 1 << 30])
    const open = (readOnly = false) => openStore(disk, undefined, readOnly, pace, sealAt)
    if (random.below(3) === 0 && life > 0) compare(await open(true), oracleOf(events, await positionIn(open)), random)
    const store = await open()
    const next = Number(store.sources.get(SOURCE)?.next ?? 0n)
    if (next < acknowledged || next > applied)
      throw new Error(`${next} events are there; ${acknowledged} were acknowledged, and ${applied} applied`)
    acknowledged = applied = next
    compare(store, oracleOf(events, next), random)

    let alive = true
    const until = random.below(events.length - next + 1)
    for (let i = 0; alive && i < until; i++) {
      const effects = events[next + i]
      const record = recordAt(next + i)
      if (applyPlain(store, effects, record) === undefined)
        store.refuse(record, { reason: 'conflict', detail: 'two values', path: null, contract: null })
      applied++
      if (random.below(12) === 0) disk.faults.room = random.below(900)
      if (random.below(25) === 0) disk.faults.syncs = random.below(3)
      if (random.below(3) === 0) {
        alive = await commit(store, disk)
        if (alive) acknowledged = applied
      }
    }
    delete disk.faults.room
    delete disk.faults.syncs
    const end = alive ? random.pick(['stop', 'stop', 'crash']) : 'crash'
    if (end === 'crash') {
      disk = disk.afterPowerCut(random)
      continue
    }
    if (await commit(store, disk)) acknowledged = applied
    await store.close()
    if (random.below(2) === 0) await flip(disk, random, open)
    if (random.below(4) === 0)
      for (const path of [...disk.files.keys()]) if (path.startsWith(SEGMENTS)) disk.files.delete(path)
  }
  const store = await openStore(disk)
  compare(store, oracleOf(events, Number(store.sources.get(SOURCE)?.next ?? 0n)), random)
  agree('digest', (await verifyStore(disk, DATA)).digest, digestFacts(store.view({ now: true })))
}

/** Where the source stands in what a reader finds. */
async function positionIn(open: (readOnly: boolean) => Promise<Store>): Promise<number> {
  return Number((await open(true)).sources.get(SOURCE)?.next ?? 0n)
}

/** Runs seeds from `first` on, until `over`; a failure names its seed. */
export async function faultyRuns(first: number, over: (done: number) => boolean): Promise<number> {
  let done = 0
  while (!over(done)) {
    const seed = first + done
    try {
      await faultyRun(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
    done++
  }
  return done
}
