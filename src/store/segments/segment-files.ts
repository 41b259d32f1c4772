import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { FactError } from '../../base/error.ts'
import { fromFailure } from '../../base/failure.ts'
import type { Disk } from '../disk.ts'
import type { Indexes } from '../indexes.ts'
import type { LogPosition } from '../log.ts'
import type { StoreHandle } from '../shared-store.ts'
import type { Catalog } from './catalog.ts'
import { filesOf, type Manifest, removeOthers } from './manifest.ts'
import { refusalsTable } from './refusals.ts'
import type { SegmentThreadSays, SegmentThreadStart } from './segment-work.ts'
import { grownParts, type SegmentJob, writeSegments } from './segment-writer.ts'
import { entryOf, FOLDER, piecesOf } from './table-file.ts'

/** How much log may stand behind the segments, bytes. */
export interface SegmentPace {
  /** While writing: at least so much, and an eighth of the log. */
  readonly least: number
  /** At a clean stop. */
  readonly atStop: number
}

export const SEGMENT_PACE: SegmentPace = { least: 32 << 20, atStop: 256 << 10 }

/** When the segments of a store are written, and what was: one set of files for one basis, then the manifest that names them. */
export class SegmentFiles {
  readonly #disk: Disk
  readonly #data: string
  readonly #indexes: Indexes
  readonly #pace: SegmentPace
  /** For a thread that does the work while this one goes on; gives null where this one does it. */
  readonly #share: () => StoreHandle | null
  #manifest: Manifest | undefined
  #writing: Promise<void> | undefined
  /** Why the last attempt failed, or null: a store goes on without segments. */
  fault: string | null = null

  constructor(
    disk: Disk,
    data: string,
    indexes: Indexes,
    manifest: Manifest | undefined,
    pace: SegmentPace,
    share: () => StoreHandle | null,
  ) {
    this.#share = share
    this.#disk = disk
    this.#data = data
    this.#indexes = indexes
    this.#manifest = manifest
    this.#pace = pace
  }

  /** Bytes of all files that the manifest names. */
  get bytes(): number {
    return this.#manifest ? filesOf(this.#manifest).reduce((sum, { bytes }) => sum + bytes, 0) : 0
  }

  /** Whether so much log stands behind the segments, of so much in all, that they should be written. */
  due(total: number, stopping: boolean): boolean {
    if (this.#writing) return false
    const behind = total - (this.#manifest?.log.total ?? 0)
    if (behind === 0) return false
    return behind >= (stopping ? this.#pace.atStop : Math.max(this.#pace.least, total / 8))
  }

  /**
   * Begins to write what the store held when the catalog was taken; `log` is where its last frame ended, and is durable and published.
   * `stopping`: nothing comes any more, so that this thread may do it.
   */
  begin(catalog: Catalog, log: LogPosition, stopping = false): void {
    const writing = this.#write(catalog, log, stopping)
      .then(() => {
        this.fault = null
      })
      .catch(error => {
        // no segments are lost that are needed: the log has everything
        if (!(error instanceof FactError) && (error as NodeJS.ErrnoException).code === undefined) throw error
        this.fault = (error as Error).message
      })
      .finally(() => {
        this.#writing = undefined
      })
    this.#writing = writing
    // whoever stops the store hears of it
    writing.catch(() => {})
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** Removes what a crash left. */
  async clean(): Promise<void> {
    await removeOthers(this.#disk, this.#data, this.#manifest)
  }

  async #write(catalog: Catalog, log: LogPosition, stopping: boolean): Promise<void> {
    const disk = this.#disk
    const folder = `${this.#data}/${FOLDER}`
    await disk.makeFolder(folder)
    const before = this.#manifest
    const { refused } = this.#indexes
    const refusals = await grownParts(before?.parts.refusals, catalog.refused, async (suffix, start) => {
      const name = `refusals${suffix}-${log.sequence}.arrow`
      const pieces = piecesOf(refusalsTable(refused.slice(start, catalog.refused)))
      await disk.write(`${folder}/${name}`, pieces)
      return entryOf(name, pieces)
    })
    const job: SegmentJob = { data: this.#data, before, catalog, log, refusals }
    const handle = stopping ? null : this.#share()
    this.#manifest = await (handle === null ? writeSegments(disk, this.#indexes, job) : onThread(handle, job))
  }
}

/** Has another thread write them. */
function onThread({ shared, transfer }: StoreHandle, job: SegmentJob): Promise<Manifest> {
  const start: SegmentThreadStart = { shared, job, compileCache: getCompileCacheDir() ?? null }
  const worker = new Worker(new URL('./segment-thread.ts', import.meta.url), {
    name: 'heartwood segments',
    workerData: start,
    transferList: [...transfer],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  })
  return new Promise((resolve, reject) => {
    worker.on('message', (says: SegmentThreadSays) => {
      if ('manifest' in says) resolve(says.manifest)
      else reject(fromFailure(says.failed))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the thread that writes segments ended before they were written')))
  })
}
