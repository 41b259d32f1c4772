import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { type Contract, contractId, showContract } from '../contracts/contract.ts'
import type { Contracts } from '../contracts/contracts.ts'
import { compileScans, type EventScan } from '../contracts/event-scan.ts'
import { compileJudge } from '../contracts/judge.ts'
import { readContracts } from '../contracts/read.ts'
import type { FactView } from '../model/fact-view.ts'
import type { Moment } from '../model/moment.ts'
import type { RawRecord, Refusal } from '../model/transaction.ts'

import type { Stated } from '../query/query.ts'
import type { Disk } from '../store/disk.ts'
import { nodeDisk } from '../store/node-disk.ts'
import type { PlannedFacts } from '../store/planned-facts.ts'
import { recordChecksum } from '../store/record-checksum.ts'
import type { Seen } from '../store/seen.ts'
import { Store } from '../store/store.ts'
import type { AttributeInfo, ContractInfo, DeadLetterFilter, DeadLetterPage, SavedQueryInfo, Stats } from './api.ts'

import { attributeInfos } from './attribute-infos.ts'
import { conflicting } from './conflicting.ts'
import { contractInfos, contractNamed } from './contract-infos.ts'
import { pageOf } from './dead-letters.ts'

import { KeptTexts } from './kept-texts.ts'
import { Letters } from './letters.ts'
import { type Limits, limited, OWN_LIMITS } from './limits.ts'

import { positionsOf } from './positions.ts'
import { checkPublished } from './published.ts'
import { type QueryRuns, QueryUsage } from './query-usage.ts'
import type { Hooks } from './query-versions.ts'
import { SavedQueries } from './saved-queries.ts'
import type { SharedDatabase } from './shared-database.ts'
import type { SharedQueries } from './shared-queries.ts'
import type { Status } from './shown-status.ts'
import { completeThrough, statsOf, statusOf } from './status.ts'
import { ViewReader } from './view-reader.ts'
import type { SourcePosition, WritableDatabase } from './writable-database.ts'

export type { SourcePosition, WritableDatabase } from './writable-database.ts'

export interface OpenOptions {
  /** The data folder. */
  readonly data: string
  /** The project folder, with contracts/ and queries/; null reads a store by its log alone. */
  readonly project: string | null
  readonly clock: Clock
  readonly readOnly: boolean
  readonly disk?: Disk
  /** False leaves every event to the judge; the result is the same, and takes longer. */
  readonly scan?: boolean
  /** Bytes of dead letters that are kept of each topic; beyond them only their places are. 64 MiB where absent. */
  readonly letterBytes?: number
  /** What one query may take; absent, what somebody who works alone may. */
  readonly limits?: Limits
  /** Told after each commit that moved a source: `WritableDatabase.visible`. */
  readonly onVisible?: (visible: ReadonlyMap<string, bigint>) => void
}

const LETTER_BYTES = 64 << 20

/** Opens a store with the contracts and queries of a project. Throws `FactErrors` for faults in the project's files. */
export async function openDatabase(options: OpenOptions): Promise<WritableDatabase> {
  const {
    data,
    project,
    clock,
    readOnly,
    disk = nodeDisk,
    scan = true,
    limits = OWN_LIMITS,
    letterBytes = LETTER_BYTES,
    onVisible,
  } = options
  const contracts = project === null ? null : readContracts(project)
  const store = await Store.open({ disk, data, clock, readOnly })
  try {
    if (contracts && !readOnly) checkPublished(contracts, store)
    contracts?.define(store.schema)
    const kept = new KeptTexts(store, readOnly)
    const usage = new QueryUsage(disk, data, clock)
    await usage.read()
    const readSaved = () => new SavedQueries(project, store.schema, kept)
    const parts = { store, contracts, kept, usage, limits, onVisible }
    if (readOnly) return new OpenDatabase({ ...parts, writing: null, readSaved })
    // a writer keeps every version in the log, whether or not anybody asks; a reader waits until somebody does
    const saved = readSaved()
    await kept.commit()
    const writing = contracts && {
      judge: compileJudge(contracts, store.schema),
      scanOf: scan ? compileScans(contracts, store.schema) : null,
      letterBytes,
    }
    return new OpenDatabase({ ...parts, writing, readSaved: () => saved })
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What applies the events of one contract, and the number of the contract in the log. */
interface Planned {
  readonly facts: PlannedFacts
  readonly contract: number
}

/** What turns records into facts. */
interface Writing {
  readonly judge: ReturnType<typeof compileJudge>
  readonly scanOf: ReturnType<typeof compileScans> | null
  readonly letterBytes: number
}

interface Parts {
  readonly store: Store
  readonly contracts: Contracts | null
  readonly writing: Writing | null
  readonly readSaved: () => SavedQueries
  readonly kept: KeptTexts
  readonly usage: QueryUsage
  readonly limits: Limits
  readonly onVisible: OpenOptions['onVisible']
}

class OpenDatabase extends ViewReader implements WritableDatabase {
  readonly contracts: Contracts | null
  readonly #store: Store
  readonly #writing: Writing | null
  readonly #planned = new Map<EventScan, Planned>()
  readonly #numbers = new Map<Contract, number>()
  readonly #readSaved: () => SavedQueries
  #savedQueries: SavedQueries | null = null
  readonly #kept: KeptTexts
  readonly #usage: QueryUsage
  readonly limits: Limits
  readonly #onVisible: OpenOptions['onVisible']
  readonly letters: Letters
  /** The first offset or line of each source of which nothing can be seen yet. */
  readonly #visible = new Map<string, bigint>()

  constructor({ store, contracts, writing, readSaved, kept, usage, limits, onVisible }: Parts) {
    super()
    this.#store = store
    this.contracts = contracts
    this.#writing = writing
    this.#readSaved = readSaved
    this.#kept = kept
    this.#usage = usage
    this.limits = limits
    this.#onVisible = onVisible
    this.letters = new Letters(store, writing?.judge ?? null, contract => this.#numberOf(contract))
    for (const [name, next] of this.#read()) this.#visible.set(name, next)
  }

  protected get queries(): SavedQueries {
    return (this.#savedQueries ??= this.#readSaved())
  }

  get storeName(): string {
    return this.#store.name
  }

  get recovered(): string | null {
    const { torn } = this.#store
    return (
      torn &&
      `${torn.file} ended in an unfinished frame: ${torn.bytes} bytes from byte ${torn.offset} were cut off; the log is whole up to t ${this.#store.basis}`
    )
  }

  protected viewOf(moment: Moment): FactView {
    return this.#store.view(moment)
  }

  protected readonly stated: Stated = ident => this.contracts?.statedBy(ident) ?? { owner: null, contracts: [] }

  protected hooks(timeoutMs?: number): Hooks {
    return limited(this.limits, timeoutMs)
  }

  completeThrough(): string | null {
    return completeThrough(this.#store)
  }

  applied(topic: string, partition: number, offset: bigint): boolean {
    return (this.#visible.get(`kafka:${topic}/${partition}`) ?? 0n) > offset
  }

  contractList(): readonly ContractInfo[] {
    return contractInfos(this.contracts, this.view(), this.#store.refused)
  }

  contract(name: string, version: string, format: 'json' | 'jsonschema'): Readonly<Record<string, unknown>> {
    return contractNamed(this.contracts, name, version, format)
  }

  status(): Status {
    return statusOf(this.#store)
  }

  savedQueries(): readonly SavedQueryInfo[] {
    return this.queries.list()
  }

  libraryVersion(): string {
    return this.queries.libraryVersion
  }

  projectFaults(): readonly FactError[] {
    return this.queries.faults()
  }

  reloadQueries(): readonly string[] {
    return this.queries.reload()
  }

  noteRun(name: string, caller: string, ms: number, failed: boolean): void {
    this.#usage.note(name, caller, ms, failed)
  }

  queryRuns(name: string): QueryRuns {
    return this.#usage.of(name)
  }

  attributes(): readonly AttributeInfo[] {
    return attributeInfos(this.#store, this.contracts)
  }

  deadLetters(filter: DeadLetterFilter): DeadLetterPage {
    return pageOf(this.#store.refused, this.#store.letters.resolutions, filter)
  }

  stats(): Stats {
    return statsOf(this.#store)
  }

  positions(): ReadonlyMap<string, SourcePosition> {
    return positionsOf(this.#store)
  }

  write(record: RawRecord): boolean {
    let applied = false
    this.writeAll([record], (_, good) => {
      applied = good
    })
    return applied
  }

  writeAll(records: readonly RawRecord[], done: (record: RawRecord, applied: boolean) => void): void {
    for (let i = 0; i < records.length; ) {
      const scan = this.#scanFor(records[i])
      const scanned = scan === null ? 0 : this.#scanAhead(scan, records, i)
      if (scan === null || scanned === 0) done(records[i], this.#judged(records[i++], scan))
      else {
        const { facts, contract } = this.#plannedFor(scan)
        facts.ahead(scanned)
        for (let event = 0; event < scanned; event++, i++) {
          const record = records[i]
          // what was scanned teaches the scan nothing, and learning would write over the events behind it
          done(record, this.#store.applyPlanned(facts, event, record, contract) || this.#judged(record, null))
        }
      }
    }
  }

  #scanFor(record: RawRecord): EventScan | null {
    if (record.fault || record.value === null) return null
    return this.#writing?.scanOf?.(record) ?? null
  }

  /** Scans events up to the first that is unusual or of another contract; gives how many they are. */
  #scanAhead(scan: EventScan, records: readonly RawRecord[], from: number): number {
    scan.clear()
    let i = from
    while (
      i < records.length &&
      !scan.full &&
      (i === from || this.#scanFor(records[i]) === scan) &&
      scan.read(records[i].value!)
    )
      i++
    return i - from
  }

  /** Leaves a record to the judge. */
  #judged(record: RawRecord, scan: EventScan | null): boolean {
    if (record.fault) return this.#refuse(record, { ...record.fault, path: null, contract: null })
    if (!this.#writing)
      throw new FactError('usage', 'writing needs a project with contracts; give its folder with --project')
    const verdict = this.#writing.judge(record)
    if (!verdict.valid) return this.#refuse(record, verdict.refusal)
    if (record.value !== null) scan?.learn(record.value)
    const { contract, effects, eventTime, eventId, subject } = verdict.event
    const number = this.#numberOf(contract)
    const done = this.#store.apply({ record, effects, contract: number, eventTime, eventId, subject })
    if (typeof done === 'number') return true
    return this.#refuse(record, conflicting(done, contractId(contract)))
  }

  #plannedFor(scan: EventScan): Planned {
    let planned = this.#planned.get(scan)
    if (!planned) {
      planned = { facts: this.#store.planned(scan.plan, scan.operands), contract: this.#numberOf(scan.contract) }
      this.#planned.set(scan, planned)
    }
    return planned
  }

  #refuse(record: RawRecord, refusal: Refusal): false {
    this.#store.refuse(record, refusal, this.#bare(record) ? recordChecksum(record) : null)
    return false
  }

  /** Whether only the place of a dead letter is kept, since its topic has so many bytes of them; Kafka has its record still. */
  #bare({ origin, key, value }: RawRecord): boolean {
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    return 'offset' in origin && this.#store.letters.kept(origin.topic) + bytes > (this.#writing?.letterBytes ?? 0)
  }

  #numberOf(contract: Contract): number {
    let number = this.#numbers.get(contract)
    if (number === undefined) {
      number = this.#store.contract(contractId(contract), contract.fingerprint, JSON.stringify(showContract(contract)))
      this.#numbers.set(contract, number)
    }
    return number
  }

  moved(name: string, next: bigint, digest: string | null, last: SourcePosition['last'] = null): void {
    this.#store.moved(name, next, digest, last && { ...last, offset: Number(last.offset) })
  }

  started(topic: string, partition: number, next: bigint): void {
    this.#store.started(topic, partition, next)
  }

  acceptGap(name: string, next: bigint, reason: string): void {
    this.#store.acceptGap(name, next, reason)
  }

  get frontier(): number {
    return this.#store.frontier
  }

  get superseded(): number {
    let count = 0
    for (const source of this.#store.sources.values()) count += source.superseded
    return count
  }

  mark(instant: number): boolean {
    return this.#store.mark(instant)
  }

  stamped(topic: string, by: 'producer' | 'broker'): void {
    this.#store.stamped(topic, by)
  }

  async commit(): Promise<void> {
    // others may be applied before this is durable
    const read = this.#read()
    await this.#store.commit()
    let moved = false
    for (const [name, next] of read) {
      if (this.#visible.get(name) === next) continue
      this.#visible.set(name, next)
      moved = true
    }
    if (moved) this.#onVisible?.(this.#visible)
  }

  /** How far each source was read by now. */
  #read(): [string, bigint][] {
    return [...this.#store.sources].map(([name, { next }]) => [name, BigInt(next)])
  }

  async flush(all = false): Promise<void> {
    if (this.#kept.wait) await this.#kept.commit()
    await this.#usage.write(all)
  }

  visible(): ReadonlyMap<string, bigint> {
    return new Map(this.#visible)
  }

  announce(url: string, collect?: string): void {
    this.#store.announce(url, collect)
  }

  get seen(): Seen {
    return this.#store.seen
  }

  share(): { readonly shared: SharedDatabase; readonly transfer: readonly [MessagePort] } {
    const { shared: store, transfer } = this.#store.share()
    const stated = Object.fromEntries(this.#store.schema.attributes.map(({ ident }) => [ident, this.stated(ident)]))
    const about = { storeName: this.storeName, stated, queries: this.sharedQueries(), limits: this.limits }
    return { shared: { store, ...about }, transfer }
  }

  sharedQueries(): SharedQueries {
    return this.queries.share()
  }

  keptQuery(name: string, version: string): string | undefined {
    return this.#kept.find(name, version)
  }

  close(): Promise<void> {
    this.#savedQueries?.close()
    return this.#store.close()
  }
}
