import { randomBytes } from 'node:crypto'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import type { Effect } from '../model/effect.ts'
import { type Conflict, expand } from '../model/expand.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import type { Moment } from '../model/moment.ts'
import type { Schema } from '../model/schema.ts'
import type { Operands, StatementPlan } from '../model/statement-plan.ts'
import type { RawRecord, Refusal, T } from '../model/transaction.ts'
import { BACKUP } from './backup.ts'
import type { Disk } from './disk.ts'
import { FrameBuilder } from './frame.ts'
import { type Gap, Indexes, type LastRecord, type Refused, type SourceState } from './indexes.ts'
import type { LetterStates } from './letter-states.ts'
import { type Lock, takeLock } from './lock.ts'
import { Log, SEAL_AT, type TornTail } from './log.ts'
import { nodeDisk } from './node-disk.ts'
import { PlannedFacts } from './planned-facts.ts'
import type { Stamps } from './record-format.ts'
import { RecordWriter } from './record-writer.ts'
import { replay } from './replay.ts'
import type { Seen } from './seen.ts'
import { type Catalog, takeCatalog } from './segments/catalog.ts'
import { readSegments, restore } from './segments/restore.ts'
import { SEGMENT_PACE, SegmentFiles, type SegmentPace } from './segments/segment-files.ts'
import type { StoreHandle } from './shared-store.ts'
import { StoreView } from './store-view.ts'

const LAST_T = 2 ** 32 - 2

export interface StoreOptions {
  readonly disk: Disk
  /** The data folder. */
  readonly data: string
  readonly clock: Clock
  /** Reads a store that another process may be writing to; nothing on disk is touched. */
  readonly readOnly: boolean
  /** How much log may stand behind the segments. */
  readonly pace?: SegmentPace
  /** Bytes after which a file of the log is sealed. */
  readonly sealAt?: number
}

/** A valid event on its way into the store. */
export interface Statement {
  readonly record: RawRecord
  readonly effects: readonly Effect[]
  readonly contract: number
  readonly eventTime: number | null
  readonly eventId: string | null
  readonly subject: string | null
}

/**
 * An immutable store of facts: an append-only log, and indexes over it in memory. One writer; readers hold views.
 *
 * Writing is in three steps: `apply` and `refuse` judge records against the state that earlier ones left, `commit` makes
 * all of them durable in one frame and only then publishes the basis, so no view ever shows what a crash could take back.
 */
export class Store {
  readonly #indexes: Indexes
  readonly #log: Log
  readonly #clock: Clock
  readonly #lock: Lock | undefined
  readonly #frame = new FrameBuilder()
  readonly #segments: SegmentFiles
  #writer: RecordWriter | undefined
  readonly #contracts = new Map<string, number>()
  #basis: T
  #frontier: number
  /** How many refusals are durable. */
  #refused: number
  /** What becomes visible with the frame that is being made durable, or that waits for room on the disk. */
  #taken: { readonly basis: T; readonly frontier: number; readonly refused: number } | null = null
  /** Settled when the last commit that was asked for is over, however it ended. */
  #committing: Promise<void> | null = null

  private constructor(indexes: Indexes, log: Log, segments: SegmentFiles, clock: Clock, lock: Lock | undefined) {
    this.#indexes = indexes
    this.#log = log
    this.#segments = segments
    this.#clock = clock
    this.#lock = lock
    this.#basis = indexes.transactions.count
    this.#frontier = indexes.frontier
    this.#refused = indexes.refused.length
  }

  /** Opens the store of a data folder, or makes one. Throws `locked`, `damaged` or `unavailable`. */
  static async open({
    disk,
    data,
    clock,
    readOnly,
    pace = SEGMENT_PACE,
    sealAt = SEAL_AT,
  }: StoreOptions): Promise<Store> {
    const names = await disk.list(data)
    if (names.length > 0 && !names.includes('log') && !names.includes('lock.db'))
      throw new FactError(
        'unavailable',
        `${data} holds files of something else (${names.slice(0, 3).join(', ')}); give another folder with --data`,
      )
    if (!readOnly && names.includes(BACKUP))
      throw new FactError(
        'unavailable',
        `${data} is a backup: it can be read, but only a restored store goes on; heartwood restore ${data} --data DIR makes one`,
      )
    if (readOnly && !names.includes('log'))
      throw new FactError(
        'unavailable',
        `there is no store in ${data}; load events first, or give its folder with --data`,
      )
    let lock: Lock | undefined
    if (!readOnly) {
      await disk.makeFolder(data)
      if (disk === nodeDisk) lock = takeLock(data)
    }
    try {
      const indexes = new Indexes()
      const held = await readSegments(disk, data)
      const log = await Log.open(
        disk,
        data,
        { from: held && restore(held, indexes), durable: held?.manifest.log, sealAt },
        frame => replay(frame, indexes),
      )
      // another thread sees this memory, and the real disk; where nobody reads beside this one there is nobody to keep waiting
      const share = () => (disk === nodeDisk && indexes.memory.readers > 0 ? store.share() : null)
      const segments = new SegmentFiles(disk, data, indexes, held?.manifest, pace, share)
      const store = new Store(indexes, log, segments, clock, lock)
      if (!readOnly) await store.#ready()
      return store
    } catch (error) {
      lock?.release()
      throw error
    }
  }

  async #ready(): Promise<void> {
    const indexes = this.#indexes
    await this.#log.openForWriting(randomBytes(16).toString('hex'))
    await this.#segments.clean()
    for (const [number, { label, fingerprint }] of indexes.transactions.contracts.entries())
      this.#contracts.set(`${indexes.dictionary.text(label)} ${indexes.dictionary.text(fingerprint)}`, number)
    this.#writer = new RecordWriter(indexes, this.#frame)
    // the first frame gives a new store its name for ever
    if (this.#log.length === 0) await this.#log.append(this.#frame, 0, 0)
  }

  /** `<id>.<branch>`, as answers and links carry it (store rule 27). */
  get name(): string {
    return `${this.#log.storeId ?? ''}.${this.#log.branch}`
  }

  /** The last transaction that is durable. */
  get basis(): T {
    return this.#basis
  }

  /** Up to where views see the store. */
  get seen(): Seen {
    return { basis: this.#basis, frontier: this.#frontier }
  }

  /** The instant that every later transaction reaches at least, milliseconds; 0 for the empty store. */
  get frontier(): number {
    return this.#frontier
  }

  get schema(): Schema {
    return this.#indexes.schema
  }

  get indexes(): Indexes {
    return this.#indexes
  }

  get torn(): TornTail | null {
    return this.#log.torn
  }

  get logBytes(): number {
    return this.#log.length
  }

  /** Bytes of the log and of the segments. */
  get bytesOnDisk(): number {
    return this.#log.length + this.#segments.bytes
  }

  get sources(): ReadonlyMap<string, SourceState> {
    return this.#indexes.sources
  }

  get refused(): readonly Refused[] {
    return this.#indexes.refused.slice(0, this.#refused)
  }

  /** What became of them. */
  get letters(): LetterStates {
    return this.#indexes.letters
  }

  /** Records that nobody could read any more, which somebody accepted. */
  get gaps(): readonly Gap[] {
    return this.#indexes.gaps
  }

  /** Tells who asks for the lock where this store is served, and where it takes what is to be written. */
  announce(url: string, collect?: string): void {
    this.#lock?.announce(url, collect)
  }

  /** The view of a moment. Throws `invalid-as-of` for a `t` that does not exist yet. */
  view(moment: Moment): FactView {
    return StoreView.of(this.#indexes, moment, this.#basis, this.#frontier)
  }

  /** The fingerprints under which the log knows a contract; none where it was never published here. */
  published(label: string): string[] {
    const { dictionary, transactions } = this.#indexes
    return transactions.contracts
      .filter(contract => dictionary.text(contract.label) === label)
      .map(contract => dictionary.text(contract.fingerprint))
  }

  /** The number of a contract in the log, where it is defined the first time it is asked for. */
  contract(label: string, fingerprint: string, json: string): number {
    const name = `${label} ${fingerprint}`
    const known = this.#contracts.get(name)
    if (known !== undefined) return known
    const number = this.#writing().contract(label, fingerprint, json)
    this.#contracts.set(name, number)
    return number
  }

  /** A text that the log keeps by name, such as a version of a saved query. */
  text(name: string): string | undefined {
    return this.#indexes.texts.get(name)
  }

  /** Whether a frame is being made durable or waits for room, so that the next commit is of that one alone. */
  get committing(): boolean {
    return this.#taken !== null
  }

  /** Keeps a text by a name for ever; durable with the next commit. */
  keepText(name: string, text: string): void {
    this.#writing().text(name, text)
  }

  /** Applies one valid event: a transaction, or the conflict for which it must be refused. Seen by views after `commit`. */
  apply(statement: Statement): T | Conflict {
    const time = statement.eventTime ?? statement.record.timestamp
    const entities = expand(statement.effects, this.#indexes, time)
    if (!Array.isArray(entities)) return entities
    const writer = this.#takingMore()
    const { record, contract, eventTime, eventId, subject } = statement
    const known = this.#known(record)
    const instant = Math.max(this.#indexes.frontier, known)
    const t = writer.transaction({ record, entities, contract, instant, known, eventTime, eventId, subject })
    let superseded = 0
    for (const entity of entities) superseded += entity.superseded
    if (superseded > 0) writer.superseded(this.#indexes.sourceOf(record.origin)!, superseded)
    return t
  }

  /** What applies events by a plan; `operands` are read anew at each. */
  planned(plan: StatementPlan, operands: Operands): PlannedFacts {
    return new PlannedFacts(plan, operands, this.#indexes)
  }

  /** Applies event `event` of those whose operands stand ready, as `apply` would; false where only that can. */
  applyPlanned(facts: PlannedFacts, event: number, record: RawRecord, contract: number): boolean {
    if (!facts.settle(event)) return false
    const writer = this.#takingMore()
    const known = this.#known(record)
    writer.planned({ record, contract, instant: Math.max(this.#indexes.frontier, known), known }, facts)
    return true
  }

  #takingMore(): RecordWriter {
    if (this.#indexes.transactions.count >= LAST_T)
      throw new FactError('store-full', `the store has ${LAST_T} transactions, and can take no more`)
    if (this.#indexes.dictionary.full)
      throw new FactError('store-full', 'the store holds as many texts as it can number, and can take no more')
    return this.#writing()
  }

  /**
   * Applies an event that was refused before, as a new transaction at the frontier with its own origin. It replaces nothing that a record
   * of a later timestamp stated, and its source stays where it stands (store rule 9).
   */
  reapply(letter: Refused, statement: Statement): T | Conflict {
    assert(!this.letters.resolutions.has(letter.id), 'a dead letter is applied at most once')
    const { record, contract, eventTime, eventId, subject } = statement
    const entities = expand(statement.effects, this.#indexes, eventTime ?? record.timestamp, record.timestamp)
    if (!Array.isArray(entities)) return entities
    const writer = this.#takingMore()
    const source = writer.source(record.origin)
    const { known } = source
    const instant = Math.max(this.#indexes.frontier, known)
    const event = { record, entities, contract, instant, known, eventTime, eventId, subject }
    const t = writer.transaction(event, letter.id)
    let superseded = 0
    for (const entity of entities) superseded += entity.superseded
    if (superseded > 0) writer.superseded(source, superseded)
    return t
  }

  /** Keeps a record that was refused, with its bytes and the reason; with a checksum only where it stood, and the class of the reason. */
  refuse(record: RawRecord, refusal: Refusal, checksum: number | null = null): void {
    const [at, known] = [this.#clock.now(), this.#known(record)]
    if (checksum === null) this.#writing().refusal(record, refusal, at, known)
    else this.#writing().bareRefusal(record, refusal, at, known, checksum)
  }

  /** Notes that nobody wants a dead letter any more. */
  discard(letter: Refused, why: string): void {
    assert(!this.letters.resolutions.has(letter.id), 'a dead letter is discarded at most once')
    this.#writing().discarded(letter.id, this.#clock.now(), why)
  }

  /** Notes up to which id dead letters stand in the Kafka topic for them. */
  publishedLetters(id: number): void {
    this.#writing().published(id)
  }

  /** Notes that a source stands elsewhere than its last record says: it moved over nothing, or its digest grew; and which record was its last. */
  moved(name: string, next: bigint, digest: string | null, last: LastRecord | null = null): void {
    const source = this.#indexes.source(name)
    if (!source) return
    const to = Number(next)
    if (source.next !== to || source.digest !== digest) this.#writing().position(source, to, source.known, digest)
    if (last !== null && last.offset !== source.last?.offset) this.#writing().last(source, last)
  }

  /** Notes that a partition is read for the first time, and from where. */
  started(topic: string, partition: number, next: bigint): void {
    const writer = this.#writing()
    const source = writer.source({ topic, partition, offset: next })
    if (source.next !== Number(next)) writer.position(source, Number(next), source.known, source.digest)
  }

  /** Lets a source go on at `next` although the records between can no longer be read, and notes that for ever. */
  acceptGap(name: string, next: bigint, reason: string): void {
    const source = this.#indexes.source(name)
    assert(source, 'a gap lies behind what was read of a source')
    this.#writing().gap(source, Number(next), this.#clock.now(), reason)
  }

  /**
   * Logs a time mark: from here on nothing gets an instant before this one, so all moments before it are settled (store rule 5).
   * False where they are already. Seen by views after `commit`. Throws `argument` for an instant that has not come yet.
   */
  mark(instant: number): boolean {
    if (instant > this.#clock.now())
      throw new FactError('argument', `${showInstant(instant)} has not come yet, and nothing can be settled before`)
    if (instant <= this.#indexes.frontier) return false
    this.#writing().mark(instant)
    return true
  }

  /** Notes whose clock the timestamps of a topic are (store rule 6). */
  stamped(topic: string, by: Stamps): void {
    if (this.#indexes.stamps.get(topic) !== by) this.#writing().stamped(topic, by)
  }

  /**
   * Makes everything since the last commit durable, then visible. What is applied before it is done belongs to the next commit, which
   * begins only then. Throws `disk-full`: call it again once there is room.
   */
  commit(): Promise<void> {
    const before = this.#committing
    const commit = before === null ? this.#commitNow() : before.then(() => this.#commitNow())
    const over = commit
      .catch(() => {})
      .then(() => {
        if (this.#committing === over) this.#committing = null
      })
    this.#committing = over
    return commit
  }

  async #commitNow(): Promise<void> {
    const log = this.#log
    let catalog: Catalog | undefined
    if (this.#taken !== null) await log.append(undefined, 0, 0)
    else {
      const { transactions, frontier, refused, sources } = this.#indexes
      this.#indexes.settle()
      this.#taken = { basis: transactions.count, frontier, refused: refused.length }
      if (!this.#frame.empty) {
        const due = this.#segments.due(log.length, false)
        if (due) catalog = takeCatalog(this.#indexes, this.#writer!.defined)
        const sealing = log.fullAfter(this.#frame.length)
        const positions = new Map(sealing ? [...sources].map(([name, { next }]) => [name, BigInt(next)]) : [])
        await log.append(this.#frame, this.#basis, transactions.count - this.#basis)
        if (sealing) await log.seal(positions)
      }
    }
    const { basis, frontier, refused } = this.#taken
    this.#basis = basis
    this.#frontier = frontier
    this.#refused = refused
    this.#taken = null
    this.#indexes.publish(basis, frontier)
    if (catalog) this.#segments.begin(catalog, log.position)
  }

  /**
   * For one thread more that reads the store while this one writes: `openShared` makes views of it there. Goes to the thread once, by
   * `workerData` or `postMessage`, with `transfer` as the list of what is transferred. Schema, texts and facts that come later show there
   * as soon as they are committed.
   */
  share(): StoreHandle {
    this.#indexes.publish(this.#basis, this.#frontier)
    const memory = this.#indexes.memory.share()
    return { shared: { memory, root: this.#indexes.root }, transfer: [memory.port] }
  }

  async close(): Promise<void> {
    try {
      await this.#committing
      await this.#segments.settled()
      if (this.#writer && this.#frame.empty && !this.#log.waiting && this.#segments.due(this.#log.length, true)) {
        this.#segments.begin(takeCatalog(this.#indexes, this.#writer.defined), this.#log.position, true)
        await this.#segments.settled()
      }
    } finally {
      await this.#log.close()
      this.#lock?.release()
    }
  }

  /** The moment at which the world could first have known of a record, milliseconds (store rule 1). */
  #known(record: RawRecord): number {
    const { known } = this.#writing().source(record.origin)
    // a look at the clock costs more than all else here, and most often is not needed
    return record.timestamp <= known ? known : Math.max(known, Math.min(record.timestamp, this.#clock.now()))
  }

  #writing(): RecordWriter {
    assert(this.#writer, 'the store is open for reading only')
    this.#writer.define()
    return this.#writer
  }
}

/** ISO-8601 of an instant of the store, null for the empty store. */
export const instantText = (ms: number): string | null => (ms === 0 ? null : showInstant(ms))
