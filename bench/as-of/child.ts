import { scan } from './scan.ts'
import { dice, ENTITIES, type Life, type World, worldOf } from './world.ts'

/** What one process tells: microseconds of a scan, nanoseconds of a look-up. */
export interface Measured {
  readonly now: number
  readonly first: number
  readonly again: number
  readonly pointNow: number
  readonly pointFirst: number
  readonly pointMiddle: number
  /** Look-ups each as of another moment. */
  readonly pointAny: number
  readonly bytesPerFact: number
}

const MOMENTS = 50
/** More moments than are kept: from then on memory is used again, as in a process that has run for a while. */
const WARM = 1500
const ROUNDS = 15

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]

/** Milliseconds since a moment of `performance.now`. */
function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** Scans at moments that nobody asked about before, in between those of now; constants rotate, or the processor learns them. */
function scans(world: World, moments: number): Pick<Measured, 'now' | 'first' | 'again'> {
  const roll = dice(77)
  const bound = () => 40_000 + roll(20_000)
  const first: number[] = []
  const again: number[] = []
  const now: number[] = []
  const at = (t: number, times: number[]) => times.push(timed(() => void scan(world.column.factsAt(t), bound())))
  const asked = new Set<number>()
  const fresh = () => {
    for (;;) {
      const t = 1 + roll(world.last)
      if (asked.has(t)) continue
      asked.add(t)
      return t
    }
  }
  for (let i = 0; i < WARM; i++) {
    const t = fresh()
    at(t, [])
    at(world.last, [])
    at(t, [])
  }
  const chosen = Array.from({ length: moments }, fresh)
  for (const t of chosen) {
    at(t, first)
    at(world.last, now)
  }
  for (const t of chosen) {
    at(t, again)
    at(world.last, now)
  }
  const us = (times: number[]) => median(times) * 1000
  return { now: us(now), first: us(first), again: us(again) }
}

/** Nanoseconds of a point look-up as of each of the moments, each entity once in random order, several rounds. */
function points(world: World, moments: readonly number[]): number[] {
  const roll = dice(5)
  const order = Int32Array.from({ length: ENTITIES }, (_, i) => i)
  for (let i = ENTITIES - 1; i > 0; i--) {
    const j = roll(i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  let found = 0
  const round = (t: number) =>
    timed(() => {
      for (const ordinal of order) found += world.column.at(ordinal, t) === undefined ? 0 : 1
    })
  for (const t of moments) for (let i = 0; i < 5; i++) round(t)
  const times = moments.map(() => [] as number[])
  for (let i = 0; i < ROUNDS; i++) for (const [which, t] of moments.entries()) times[which].push(round(t))
  if (found === 0) throw new Error('no look-up found anything')
  return times.map(each => (median(each) * 1e6) / ENTITIES)
}

/** Nanoseconds of a point look-up, each as of another moment. */
function scatteredPoints({ column, last }: World): number {
  const roll = dice(6)
  const times: number[] = []
  let found = 0
  for (let round = 0; round < 20; round++) {
    const asked = Array.from({ length: 5000 }, () => [roll(ENTITIES), 1 + roll(last)])
    const spent = timed(() => {
      for (const [ordinal, t] of asked) found += column.at(ordinal, t) === undefined ? 0 : 1
    })
    times.push((spent * 1e6) / asked.length)
  }
  if (found === 0) throw new Error('no look-up found anything')
  return median(times)
}

const [values, versions, life] = process.argv.slice(2)
const world = worldOf(values as 'doubles' | 'texts', Number(versions), life as Life)
const { now, first, again } = scans(world, MOMENTS)
const pointAny = scatteredPoints(world)
const [pointNow, pointFirst, pointMiddle] = points(world, [world.last, Math.min(ENTITIES, world.last), world.last >> 1])
const bytesPerFact = world.column.bytes / world.facts
const measured: Measured = { now, first, again, pointNow, pointFirst, pointMiddle, pointAny, bytesPerFact }
console.log(JSON.stringify(measured))
