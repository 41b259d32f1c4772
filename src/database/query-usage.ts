import type { Clock } from '../base/clock.ts'
import type { Disk } from '../store/disk.ts'

/** Beside the log, and no part of it: who asked what and how often is nothing that answers follow from. */
const FILE = 'usage.json'
const FORMAT = 1

/** Callers of a query that are counted by name; what others do is counted as `others`. */
const CALLERS = 100

const EVERY_MS = 10_000

/** Runs of a query, of all or of one caller. */
export interface Runs {
  readonly runs: number
  /** How many of them ended with an error. */
  readonly failed: number
  /** ISO-8601, null where there was none. */
  readonly lastRun: string | null
  readonly meanMs: number | null
  readonly longestMs: number | null
}

export interface QueryRuns extends Runs {
  /** Most runs first. */
  readonly callers: readonly (Runs & { readonly caller: string })[]
}

interface Tally {
  runs: number
  failed: number
  /** Epoch milliseconds. */
  last: number
  totalMs: number
  longestMs: number
}

interface Used {
  readonly all: Tally
  readonly callers: Map<string, Tally>
}

/**
 * How often each saved query was run, by whom, and how long that took. Kept across restarts in a small file of the data folder, which is
 * replaced now and then: a process that is killed loses the counts since, and nothing else.
 */
export class QueryUsage {
  readonly #disk: Disk
  readonly #path: string
  readonly #clock: Clock
  readonly #used = new Map<string, Used>()
  #changed = false
  #written = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(disk: Disk, data: string, clock: Clock) {
    this.#disk = disk
    this.#path = `${data}/${FILE}`
    this.#clock = clock
  }

  /** Goes on from what was kept. A file that is none of ours counts for nothing: counts are worth no failing start. */
  async read(): Promise<void> {
    const bytes = await this.#disk.read(this.#path)
    if (bytes === undefined) return
    for (const [name, { all, callers }] of usedOf(bytes)) this.#used.set(name, { all, callers })
  }

  /** Counts one run that took so many milliseconds. */
  note(name: string, caller: string, ms: number, failed: boolean): void {
    let used = this.#used.get(name)
    if (!used) {
      used = { all: tally(), callers: new Map() }
      this.#used.set(name, used)
    }
    const { callers, all } = used
    const known = callers.has(caller) || callers.size < CALLERS ? caller : 'others'
    let own = callers.get(known)
    if (!own) {
      own = tally()
      callers.set(known, own)
    }
    for (const each of [all, own]) {
      each.runs++
      if (failed) each.failed++
      each.last = this.#clock.now()
      each.totalMs += ms
      each.longestMs = Math.max(each.longestMs, ms)
    }
    this.#changed = true
  }

  of(name: string): QueryRuns {
    const used = this.#used.get(name)
    if (!used) return { ...shown(tally()), callers: [] }
    const callers = [...used.callers].sort(([a, { runs: x }], [b, { runs: y }]) => y - x || (a < b ? -1 : 1))
    return { ...shown(used.all), callers: callers.map(([caller, own]) => ({ caller, ...shown(own) })) }
  }

  /** Replaces the file where something was counted since; unless `all` is wanted, not more often than every ten seconds. */
  write(all: boolean): Promise<void> {
    const written = this.#writing.then(() => this.#write(all))
    this.#writing = written.catch(() => {})
    return written
  }

  async #write(all: boolean): Promise<void> {
    const now = this.#clock.now()
    if (!this.#changed || (!all && now - this.#written < EVERY_MS)) return
    this.#changed = false
    this.#written = now
    const queries = [...this.#used].map(([name, { all, callers }]) => ({ name, all, callers: [...callers] }))
    try {
      await this.#disk.replace(this.#path, Buffer.from(`${JSON.stringify({ format: FORMAT, queries })}\n`))
    } catch (error) {
      this.#changed = true
      throw error
    }
  }
}

const tally = (): Tally => ({ runs: 0, failed: 0, last: 0, totalMs: 0, longestMs: 0 })

const shown = ({ runs, failed, last, totalMs, longestMs }: Tally): Runs => ({
  runs,
  failed,
  lastRun: runs === 0 ? null : new Date(last).toISOString(),
  meanMs: runs === 0 ? null : hundredths(totalMs / runs),
  longestMs: runs === 0 ? null : hundredths(longestMs),
})

const hundredths = (ms: number): number => Math.round(ms * 100) / 100

function usedOf(bytes: Uint8Array): Map<string, Used> {
  try {
    const { format, queries } = JSON.parse(Buffer.from(bytes).toString()) as {
      format: number
      queries: { name: string; all: Tally; callers: [string, Tally][] }[]
    }
    if (format !== FORMAT) return new Map()
    return new Map(queries.map(({ name, all, callers }) => [name, { all: { ...all }, callers: new Map(callers) }]))
  } catch {
    return new Map()
  }
}
