import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { machineClock } from '../../src/base/clock.ts'
import { type Random, seeded } from '../../src/base/random.ts'
import { openDatabase } from '../../src/database/database.ts'
import { plainText } from '../../src/model/entity-text.ts'
import { nodeDisk } from '../../src/store/node-disk.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { ROOT } from '../given.ts'
import { newFolder } from '../service.ts'

const MAIN = join(ROOT, 'src/cli/main.ts')
// as the installed command does it; of a start that is killed, compiling is most
const CACHE = join(ROOT, 'node_modules/.cache/heartwood')

export interface Load {
  readonly files: readonly string[]
  readonly project: string
  /** Lines of all files together. */
  readonly lines: number
}

/** What a store says of itself to whoever reads it from outside, which is durable and so acknowledged. */
interface Seen {
  readonly t: number
  readonly refused: number
  /** Lines of all files that were dealt with. */
  readonly read: number
}

async function look(data: string): Promise<Seen> {
  try {
    const database = await openDatabase({ data, project: null, clock: machineClock, readOnly: true })
    try {
      const { t, deadLetters } = database.stats()
      let read = 0
      for (const { next } of database.positions().values()) read += Number(next) - 1
      return { t, refused: deadLetters, read }
    } finally {
      await database.close()
    }
  } catch (error) {
    // a process that was killed at its start leaves nothing
    if ((error as { kind?: string }).kind === 'unavailable') return { t: 0, refused: 0, read: 0 }
    throw error
  }
}

/** What a store holds at its end: the digest of all facts, and one of where and when every transaction came from. */
async function everything(data: string): Promise<{ facts: string; transactions: string; seen: Seen }> {
  const { digest: facts } = await verifyStore(nodeDisk, data)
  const database = await openDatabase({ data, project: null, clock: machineClock, readOnly: true })
  const view = database.view()
  const attributes = ['file', 'line', 'instant', 'recordTime', 'contract'].map(name =>
    view.schema.attribute(`:tx/${name}`),
  )
  const hash = createHash('sha256')
  for (let t = 1; t <= view.t; t++)
    for (const attribute of attributes) hash.update(`${plainText(view.values(attribute, t)[0].value)}\n`)
  await database.close()
  return { facts, transactions: hash.digest('hex'), seen: await look(data) }
}

function logBytes(data: string): number {
  let bytes = 0
  try {
    for (const name of readdirSync(join(data, 'log'))) bytes += statSync(join(data, 'log', name)).size
  } catch {
    // not there yet
  }
  return bytes
}

/** Starts a load, and kills it -9 once `when` resolves; false where it was done before. */
async function killedLoad(
  { files, project }: Load,
  data: string,
  when: (gone: AbortSignal) => Promise<void>,
  before: () => Promise<void> = async () => {},
): Promise<boolean> {
  const child = spawn(process.execPath, [MAIN, 'load', ...files, '--data', data, '--project', project], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: CACHE },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', chunk => (words += chunk))
  const over = new AbortController()
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve(over.abort())))
  await when(over.signal)
  // it goes no further while somebody looks at what it has done
  child.kill('SIGSTOP')
  await before()
  child.kill('SIGKILL')
  await gone
  if (child.signalCode === 'SIGKILL') return true
  // what ends by itself says why where it failed
  expect({ status: child.exitCode, words }).toMatchObject({ status: 0 })
  return false
}

/** A moment of the load: some are of the clock alone, others wait until the log has grown to somewhere. */
const moment =
  (random: Random, data: string, whole: { ms: number; bytes: number }) =>
  async (gone: AbortSignal): Promise<void> => {
    if (random.below(5) === 0) {
      await sleep(random.below(Math.ceil(whole.ms)), undefined, { signal: gone }).catch(() => {})
      return
    }
    const from = logBytes(data)
    // what is nearly done gets to its end
    const bound = from > 0.95 * whole.bytes ? Number.POSITIVE_INFINITY : 0
    const target = bound + from + random.below(Math.max(1, whole.bytes - from))
    while (!gone.aborted && logBytes(data) < target) await sleep(2)
    await sleep(random.below(15))
  }

/**
 * Loads the files over and over, killed at `kills` random moments in all and resumed each time: no acknowledged event is lost, none
 * comes twice, and whenever a load gets to its end the store is the one of a load that nobody disturbed. Gives a line of figures.
 */
export async function killAndResume(load: Load, kills: number, seed: number): Promise<string> {
  const random = seeded(seed)
  const calm = join(newFolder(), 'calm')
  const started = performance.now()
  expect(
    await killedLoad(load, calm, gone => new Promise(resolve => gone.addEventListener('abort', () => resolve()))),
  ).toBe(false)
  const whole = { ms: performance.now() - started, bytes: logBytes(calm) }
  const expected = await everything(calm)
  expect(expected.seen.read).toBe(load.lines)

  let [done, rounds, midway] = [0, 0, 0]
  for (let data = join(newFolder(), 'store'); done < kills; ) {
    let acknowledged: Seen = { t: 0, refused: 0, read: 0 }
    const when = moment(random, data, whole)
    const killed = await killedLoad(load, data, when, async () => {
      // whoever reads the store has been told of this much
      acknowledged = await look(data)
    })
    const after = await look(data)
    const what = `seed ${seed}, kill ${done}`
    expect(after.t, what).toBeGreaterThanOrEqual(acknowledged.t)
    expect(after.read, what).toBeGreaterThanOrEqual(acknowledged.read)
    // each line that was read is one event or one refusal, and nothing else is
    expect(after.t + after.refused, what).toBe(after.read)
    if (killed) {
      done++
      if (after.read > 0 && after.read < load.lines) midway++
      continue
    }
    expect(await everything(data), what).toEqual(expected)
    rounds++
    rmSync(data, { recursive: true })
    data = join(newFolder(), 'store')
  }
  return `seed ${seed}: ${done} kills, ${midway} of them in the middle of the events; ${rounds} loads got to their end between them`
}
