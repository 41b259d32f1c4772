import type { Readable } from 'node:stream'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { Turns } from '../base/turns.ts'
import { showInstant } from '../model/instant.ts'
import type { RawRecord, Reason } from '../model/transaction.ts'
import { EventLine } from './event-line.ts'
import { FileBytes } from './file-bytes.ts'
import { firstDifference, LineDigest, lastRung } from './line-digest.ts'
import { Lines } from './lines.ts'
import { knownOf, type Lane } from './merge.ts'
import type { Position } from './source.ts'

/** How far `known` may lie beyond a record's own timestamp before a file is held to claim the future (store rule 3): one day. */
export const HELD_BACK = 86_400_000
/** Records read ahead at most, and bytes of them. */
const ROOM = 4096
const ROOM_BYTES = 1 << 20
/** Lines between two looks at the clock. */
const SLICE = 32

export interface EventFileOptions {
  /** `-` is standard input. */
  readonly path: string
  /** What the log calls it; positions are kept under it. */
  readonly name: string
  /** Where the log says that it stands; undefined for one that was never read. */
  readonly position: Position | undefined
  readonly clock: Clock
  readonly acceptFuture: boolean
  /** Bytes of the longest line. */
  readonly longest: number
  readonly stdin: Readable
}

/** `file:<name>` */
export const fileName = (name: string): string => `file:${name}`

/** One event file: what was read of it, and how much of that was handed out. */
export class EventFile {
  readonly lane: Lane<RawRecord>
  readonly #options: EventFileOptions
  readonly #bytes: FileBytes
  readonly #chunks: AsyncGenerator<Buffer>
  readonly #lines: Lines
  readonly #digest = new LineDigest((chunk, start) => this.#passed(chunk, start))
  readonly #event = new EventLine()
  readonly #turns = new Turns()
  /** Where the records end that were read in the last go, by place. */
  readonly #ends: number[] = []
  /** The last line that was dealt with, and where it ends. */
  #line = 0
  #end = 0
  /** Chunks whose last line was taken from the lane since somebody asked. */
  #spent: Uint8Array[] = []
  #resumed = false
  #failure: unknown = null
  /** The next line that was not handed out. */
  #next: bigint
  /** The line that `known` comes from, or null where that was read in an earlier run. */
  #leader: number | null = null

  constructor(options: EventFileOptions, lane: Lane<RawRecord>) {
    this.#options = options
    this.lane = lane
    this.#bytes = new FileBytes(options.path, options.stdin)
    this.#chunks = this.#bytes.chunks()
    this.#lines = new Lines(options.longest)
    this.#next = options.position?.next ?? 1n
  }

  get name(): string {
    return this.#options.name
  }

  /** Lines read so far. */
  get line(): number {
    return this.#lines.count
  }

  /** Bytes read so far and bytes in all, as on the disk; the latter null where nobody knows. */
  get bytes(): { readonly read: number; readonly size: number | null } {
    return this.#bytes
  }

  /** Whether there is nothing in its lane although it has not ended. */
  get hungry(): boolean {
    return this.lane.open && this.lane.size === 0
  }

  /**
   * Reads on until the lane has as many records as are handed out at once, or those that a pipe gives, and closes it at the end.
   * What is wrong is thrown only after everything before it was handed out.
   */
  async fill(): Promise<void> {
    assert(this.hungry, 'a file is read on when all of it was handed out')
    this.#ends.length = 0
    if (this.#failure === null) {
      try {
        if (!this.#resumed) await this.#resume()
        while (this.#failure === null && this.lane.open && !this.#full) await this.#readSome()
      } catch (error) {
        this.#failure = error
      }
    }
    if (this.#failure !== null && this.lane.size === 0) throw this.#failure
  }

  /** Whether what was read should be handed out before more is read: who waits at a pipe does not know for how long. */
  get #full(): boolean {
    const { size, bytes } = this.lane
    return size > 0 && (size >= ROOM || bytes + this.#lines.begun >= ROOM_BYTES || !this.#bytes.regular)
  }

  /** Where it stands after what was taken from its lane, or null where it did not move since it was asked last. */
  moved(): Position | null {
    const { size, last, known } = this.lane
    let line = this.#line
    let end = this.#end
    if (size > 0) {
      const taken = this.#ends.length - size
      if (taken === 0 || last === null) return null
      line = lineOf(last)
      end = this.#ends[taken - 1]
    }
    const next = BigInt(line) + 1n
    if (next <= this.#next) return null
    this.#next = next
    this.#digest.advance(end)
    return { name: fileName(this.name), next, known, digest: this.#digest.toString() }
  }

  /** Chunks on which no record is a window that will be taken after those that were taken so far; each is told once. */
  spent(): readonly Uint8Array[] {
    const spent = this.#spent
    this.#spent = []
    return spent
  }

  /** Gives the memory of such chunks back, once nobody needs what was taken. */
  free(spent: readonly Uint8Array[]): void {
    for (const chunk of spent) this.#bytes.free(chunk)
  }

  #passed(chunk: Uint8Array, start: number): void {
    // what lies in a line that has not ended was no record of anybody's, but a part of some memory may lie beside others
    if (start >= this.#end && chunk.length === chunk.buffer.byteLength) this.#bytes.free(chunk)
    else this.#spent.push(chunk)
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    if (this.#options.path === '-') this.#options.stdin.destroy()
    else await this.#chunks.return(undefined)
  }

  /** Reads what the log has already, and makes sure that it is still the same. */
  async #resume(): Promise<void> {
    const { position } = this.#options
    this.#resumed = true
    const read = Number(this.#next) - 1
    if (!position || read === 0) return
    while (this.#lines.count < read) {
      while (this.#lines.count < read && this.#lines.next()) this.#digest.line(this.#lines.count, this.#lines.offset)
      this.#digest.advance(this.#lines.count === read ? this.#lines.offset : this.#digest.fed)
      const different = position.digest === null ? null : firstDifference(this.#digest.rungs, position.digest)
      if (different) throw this.#changed(read, different)
      if (this.#lines.count < read && !(await this.#more())) throw this.#shrank(read)
    }
    if (position.digest !== null && position.digest !== this.#digest.toString())
      throw this.#changed(read, { from: lastRung(position.digest) + 1, to: read })
  }

  async #readSome(): Promise<void> {
    const { lane } = this
    const lines = this.#lines
    while (lane.size < ROOM && lane.bytes < ROOM_BYTES) {
      if (lines.next()) {
        if (lines.count % SLICE === 0 && this.#turns.over) await this.#turns.give()
        this.#digest.line(lines.count, lines.offset)
        this.#readLine()
        if (this.#failure !== null) return
        this.#line = lines.count
        this.#end = lines.offset
      } else {
        if (this.#full) return
        // where nothing waits to be handed out, a line of any length is digested as it comes and not kept
        if (lane.size === 0) this.#digest.advance(this.#digest.fed)
        if (!(await this.#more())) lane.open = false
        return
      }
    }
  }

  /** Gets more bytes; false at the end. */
  async #more(): Promise<boolean> {
    const { value } = await this.#chunks.next()
    const bytes = value ?? this.#lines.ending()
    if (!bytes) return false
    this.#lines.push(bytes)
    this.#digest.feed(bytes)
    return true
  }

  #readLine(): void {
    const lines = this.#lines
    const { bytes, end, count } = lines
    if (lines.long) {
      const kept = end - lines.start
      const detail = `the line has ${lines.length} bytes, and ${this.#options.longest} is the most; its first ${kept} are kept`
      this.#refuse('too-large', detail, '')
      return
    }
    if (lines.blank) return
    const event = this.#event
    const words = event.read(bytes, lines.textStart, end)
    if (words !== null) {
      this.#refuse('not-json', words, event.topic)
      return
    }
    const { timestamp } = event
    const before = this.lane.tailKnown
    // most lines are of the same moment as the one before, or earlier: those need no look at the clock
    const known = timestamp <= before ? before : knownOf(before, timestamp, this.#options.clock.now())
    if (known > before) this.#leader = count
    else if (known - timestamp > HELD_BACK && !this.#options.acceptFuture) {
      this.#failure = this.#ahead(timestamp, known)
      return
    }
    const origin = { file: this.name, topic: event.topic, line: count }
    this.#push({ origin, timestamp, key: event.key, headers: event.headers, value: event.value }, known)
  }

  /** A line that is no event. It has no time of its own, so it takes that of the line before it. */
  #refuse(reason: Reason, detail: string, topic: string): void {
    const { bytes, start, end, count } = this.#lines
    const known = this.lane.tailKnown
    const origin = { file: this.name, topic, line: count }
    const value = Uint8Array.from(bytes.subarray(start, end))
    this.#push({ origin, timestamp: known, key: null, headers: {}, value, fault: { reason, detail } }, known)
  }

  #push(record: RawRecord, known: number): void {
    this.lane.push(record, known, this.#lines.length)
    this.#ends.push(this.#lines.offset)
  }

  #ahead(timestamp: number, known: number): FactError {
    const { path } = this.#options
    const line = this.#lines.count
    const leader = this.#leader === null ? 'a line that was read earlier' : `line ${this.#leader}`
    const words =
      `line ${line} of ${path} is of ${showInstant(timestamp)}, but ${leader} before it claims ${showInstant(known)}: ` +
      'this and what follows would become known only then, over a day late. Mend that timestamp or put the lines in order of time; ' +
      '--accept-future loads them as they are.'
    return new FactError('unavailable', words, { file: path, line })
  }

  #changed(read: number, { from, to }: { readonly from: number; readonly to: number }): FactError {
    const { path, position } = this.#options
    const place = from >= to ? `line ${to}` : `one of the lines ${from} to ${to}`
    const words =
      `${path} is not the file that was read as ${this.name}: ${place} differs first. Up to line ${read} was read then, ` +
      `with events up to ${showInstant(position!.known)}. Nothing more was read. Bring the file back, or load this one under another name (--as).`
    return new FactError('unavailable', words, { file: path, line: from })
  }

  #shrank(read: number): FactError {
    const { path } = this.#options
    const words =
      `${path} has only ${this.#lines.count} lines now, but ${read} were read of it as ${this.name}: it was cut, or is another file. ` +
      'Nothing more was read. Bring the file back, or load this one under another name (--as).'
    return new FactError('unavailable', words, { file: path, line: this.#lines.count })
  }
}

function lineOf({ origin }: RawRecord): number {
  assert('line' in origin, 'records of a file have lines')
  return origin.line
}
