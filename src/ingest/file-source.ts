import type { Readable } from 'node:stream'
import { setImmediate as breathe } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { showInstant } from '../model/instant.ts'
import type { RawRecord } from '../model/transaction.ts'
import { beforeFrontier, type LateFile } from './before-frontier.ts'
import { EventFile, fileName } from './event-file.ts'
import { checkReadable } from './file-bytes.ts'
import { goesOn, loadedAlready } from './loaded-already.ts'
import { Merge } from './merge.ts'
import type { Batch, Position, Source } from './source.ts'

export interface FileProgress {
  readonly name: string
  /** Lines read so far. */
  readonly line: number
  /** Bytes read so far and in all, as on the disk; `size` is null where nobody knows. */
  readonly read: number
  readonly size: number | null
}

export interface FileSourceOptions {
  /** In the order given by the user. `path` may be `-`, once; `name` is `--as` or the base name, and differs between them. */
  readonly files: readonly { readonly path: string; readonly name: string }[]
  /** Where the log says that each file stands, by `Position.name`; those of other files tell what was loaded already. */
  readonly positions: ReadonlyMap<string, Position>
  readonly clock: Clock
  /** Reads on where records lie over a day behind what an earlier line of their file claims. */
  readonly acceptFuture?: boolean
  /** Reads a file although its content was loaded under another name. */
  readonly again?: boolean
  /** Bytes of the longest line, 1 MiB where absent; a longer one is dead letter `too-large`. */
  readonly longest?: number
  /** Called whenever more was read of a file. */
  readonly progress?: (progress: FileProgress) => void
  /** The instant that every event gets at least, milliseconds; what happened before it will be known late. */
  readonly frontier?: number
  /** Called for each file that begins before the frontier, before anything of it is handed out. */
  readonly late?: (file: LateFile) => void
  /** What `-` reads; the process's own where absent. */
  readonly stdin?: Readable
}

const BATCH_RECORDS = 4096
const BATCH_BYTES = 1 << 20
const LONGEST = 1 << 20

/**
 * The events of files, merged by `known` (store rule 3), from where the log says that each stands (store rule 26).
 * Lines that are no events come as records with a `fault`. It ends after the last line, with an empty batch that is caught up.
 *
 * `batches` throws a `FactError`: `usage` for what is no file; `unavailable`, with file and line or offset, for a file that
 * changed or shrank, that was loaded under another name, that is cut off, or whose timestamps claim the future.
 * What stands before a fault is delivered first.
 */
export function fileSource(options: FileSourceOptions): Source {
  return new FileSource(options)
}

class FileSource implements Source {
  readonly #options: FileSourceOptions
  readonly #merge = new Merge<number, RawRecord>((a, b) => a - b)
  readonly #files: EventFile[] = []
  readonly #stopped = Promise.withResolvers<void>()
  #stopping = false
  /** Pipes of which nothing came yet. */
  readonly #piped = new Set<string>()
  #started = false
  /** Chunks of each file that nobody needs once a batch is durable. A batch that is forgotten instead takes them along. */
  readonly #spent = new WeakMap<Batch, (readonly Uint8Array[])[]>()

  constructor(options: FileSourceOptions) {
    this.#options = options
  }

  async *batches(): AsyncGenerator<Batch> {
    assert(!this.#started, 'the batches of a source are read once')
    this.#started = true
    try {
      await this.#check()
      await this.#announce()
      this.#open()
      for (;;) {
        await breathe()
        await Promise.race([this.#fill(), this.#stopped.promise])
        if (this.#stopping) return
        this.#announcePiped()
        // merging and digesting a batch take a millisecond each: requests have their turn between them
        const records = this.#merge.take(BATCH_RECORDS, BATCH_BYTES)
        await breathe()
        if (this.#stopping) return
        const batch = this.#batchOf(records)
        this.#spent.set(
          batch,
          this.#files.map(file => file.spent()),
        )
        if (batch.records.length > 0 || batch.caughtUp) yield batch
        if (batch.caughtUp) return
      }
    } finally {
      await this.stop()
    }
  }

  async acknowledge(batch: Batch): Promise<void> {
    for (const [i, chunks] of (this.#spent.get(batch) ?? []).entries()) this.#files[i].free(chunks)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#stopped.resolve()
    await Promise.all(this.#files.map(file => file.close()))
  }

  async #check(): Promise<void> {
    const { files, positions, again } = this.#options
    const names = new Set<string>()
    for (const { path, name } of files) {
      if (names.has(name)) throw new FactError('usage', `two files are called ${name}; load one of them with --as NAME`)
      names.add(name)
      if (files.some(other => other.path === '-' && path === '-' && other.name !== name))
        throw new FactError('usage', 'standard input can be read only once')
    }
    let loaded: Position[] | undefined
    for (const { path, name } of files) {
      const regular = await checkReadable(path)
      if (again || !regular || positions.has(fileName(name))) continue
      loaded ??= await this.#loaded()
      const same = await loadedAlready(path, loaded, this.#stdin)
      if (same) throw twice(path, same)
    }
  }

  /** What was loaded of files, but for those of this call that go on: of two that are equal, the second may wait for its turn. */
  async #loaded(): Promise<Position[]> {
    const { files, positions } = this.#options
    const loaded: Position[] = []
    for (const position of positions.values()) {
      if (!position.name.startsWith('file:')) continue
      const given = files.find(({ name }) => fileName(name) === position.name)
      if (given && given.path !== '-' && (await goesOn(given.path, position, this.#stdin))) continue
      loaded.push(position)
    }
    return loaded
  }

  /** Says which files begin before the frontier, and how many of their events will be known late. */
  async #announce(): Promise<void> {
    const { files, positions, frontier = 0, late, clock, acceptFuture = false, longest = LONGEST } = this.#options
    if (!late || frontier === 0) return
    const reading = { clock, acceptFuture, longest, stdin: this.#stdin }
    for (const file of files) {
      // what comes through a pipe can be read only once
      if (!(await checkReadable(file.path))) {
        this.#piped.add(file.name)
        continue
      }
      const found = await beforeFrontier(file, positions.get(fileName(file.name)), frontier, reading)
      if (found) late(found)
    }
  }

  #announcePiped(): void {
    if (this.#piped.size === 0) return
    const { frontier = 0, late } = this.#options
    for (const { name, lane } of this.#files)
      if (lane.size > 0 && this.#piped.delete(name) && lane.headKnown < frontier)
        late?.({ name, first: lane.headKnown, events: null })
  }

  #open(): void {
    const { files, positions, clock, acceptFuture = false, longest = LONGEST } = this.#options
    for (const [i, { path, name }] of files.entries()) {
      const position = positions.get(fileName(name))
      const lane = this.#merge.add(i, position?.known ?? 0)
      const options = { path, name, position, clock, acceptFuture, longest, stdin: this.#stdin }
      this.#files.push(new EventFile(options, lane))
    }
  }

  get #stdin(): Readable {
    return this.#options.stdin ?? process.stdin
  }

  async #fill(): Promise<void> {
    for (const file of this.#files) {
      if (!file.hungry) continue
      await file.fill()
      if (this.#stopping) return
      this.#options.progress?.({ name: file.name, line: file.line, read: file.bytes.read, size: file.bytes.size })
    }
  }

  #batchOf(records: readonly RawRecord[]): Batch {
    const positions = this.#files.map(file => file.moved()).filter(position => position !== null)
    const caughtUp = records.length === 0 && this.#files.every(({ lane }) => !lane.open && lane.size === 0)
    return { records, positions, caughtUp }
  }
}

function twice(path: string, { name, next, known }: Position): FactError {
  const words =
    `${path} begins with all ${next - 1n} lines that were loaded as ${name.slice('file:'.length)}, with events up to ${showInstant(known)}; ` +
    'each would be applied a second time. Load what is new of it under that name (--as), or everything again with --again and a new --as.'
  return new FactError('unavailable', words, { file: path })
}
