import { assert } from '../base/assert.ts'
import type { EntityKey } from '../model/effect.ts'
import { entityNumber } from '../model/entity-id.ts'
import type { StateBefore } from '../model/expand.ts'
import type { Attribute, Kind } from '../model/schema.ts'
import type { Origin, Refusal, T } from '../model/transaction.ts'
import type { Value } from '../model/value.ts'
import { Contents } from './contents.ts'
import { LetterStates, type Resolution } from './letter-states.ts'
import { ManyColumn } from './many-column.ts'
import { OneColumn } from './one-column.ts'
import { type RawValue, rawOf, valueFrom } from './raw-value.ts'
import type { Stamps } from './record-format.ts'
import type { SourceRow } from './transactions.ts'

/** `known` this far beyond a record's own timestamp is counted as held back, milliseconds (store rule 3). */
const HELD_BACK = 86_400_000

/** How far one partition or file has been read. */
export interface SourceState {
  readonly id: number
  readonly name: string
  /** The first offset or line that was not read. */
  next: number
  /** Of the last record, milliseconds (store rule 1). */
  known: number
  digest: string | null
  /** Transactions that were known before their instant. */
  late: number
  /** Records whose `known` lies over a day beyond their own timestamp. */
  heldBack: number
  /** Statements that came too late to replace anything (store rule 9). */
  superseded: number
  /** The last record that was dealt with, where the source said so. */
  last?: LastRecord | undefined
}

/** One record of a source, to be known again. */
export interface LastRecord {
  readonly offset: number
  /** Of the record itself, milliseconds. */
  readonly timestamp: number
  /** See `recordChecksum`. */
  readonly checksum: number
}

/** Records that could no longer be read, which somebody accepted. */
export interface Gap {
  /** Of the source. */
  readonly name: string
  /** Where it stood, and where it went on; earlier where the topic was replaced. */
  readonly from: number
  readonly to: number
  /** When, milliseconds since 1970. */
  readonly at: number
  readonly reason: string
}

/** A record that was refused, as the log keeps it. */
export interface Refused {
  readonly id: number
  /** When, milliseconds since 1970. */
  readonly at: number
  readonly origin: Origin
  readonly recordTime: number
  readonly refusal: Refusal
  readonly key: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array | null
  /** See `recordChecksum`; null where the record itself is kept. */
  readonly checksum: number | null
}

/** Everything that is kept in memory of a store. All of it follows from the log, record by record. */
export class Indexes extends Contents implements StateBefore {
  /** Texts that the log keeps by name. */
  readonly texts = new Map<string, string>()
  readonly sources = new Map<string, SourceState>()
  /** Whose clock the timestamps of a topic are, by topic; absent where nobody said. */
  readonly stamps = new Map<string, Stamps>()
  /** The same by file, and by topic and partition. */
  readonly #files = new Map<string, SourceState>()
  /** Of the record before, which mostly is of the same file. */
  #lastFile: string | null = null
  #lastSource: SourceState | undefined
  readonly #partitions = new Map<string, SourceState[]>()
  readonly refused: Refused[] = []
  readonly letters = new LetterStates()
  readonly gaps: Gap[] = []
  /** The instant of the last transaction or time mark, or 0 (store rule 2). */
  frontier = 0

  /** The kind that a reference points at; attributes of other types have none. */
  target(attribute: Attribute): Kind {
    assert(
      attribute.type.base === 'ref' && attribute.type.kind !== null,
      `${attribute.ident} is no reference to a kind`,
    )
    return this.schema.kind(attribute.type.kind)
  }

  begin(attribute: Attribute, ordinal: number, value: RawValue, t: T): void {
    this.column(attribute).begin(ordinal, value, t)
  }

  end(attribute: Attribute, ordinal: number, value: RawValue | undefined, t: T): void {
    const column = this.column(attribute)
    if (column instanceof OneColumn) column.end(ordinal, t)
    else column.end(ordinal, value!, t)
  }

  holds(attribute: Attribute, ordinal: number, value: Value): boolean {
    return this.column(attribute).holdsValue(ordinal, rawOf(attribute.type, value, this.dictionary))
  }

  refers(attribute: Attribute, ordinal: number, target: number): boolean {
    return this.column(attribute).holdsValue(ordinal, target)
  }

  holdsAny(attribute: Attribute, ordinal: number): boolean {
    return this.column(attribute).holds(ordinal)
  }

  current(attribute: Attribute, ordinal: number): readonly (Value | EntityKey)[] {
    const column = this.column(attribute)
    const raws =
      column instanceof ManyColumn ? column.current(ordinal) : column.holds(ordinal) ? [column.latest(ordinal)] : []
    if (attribute.type.base !== 'ref') return raws.map(raw => valueFrom(attribute.type, raw, this.dictionary))
    const kind = this.target(attribute)
    return raws.map(raw => ({ kind, key: this.key(kind, raw as number) }))
  }

  statedAt(attribute: Attribute, ordinal: number): number | undefined {
    return this.#latest(attribute, ordinal, t => this.transactions.eventTime(t))
  }

  recordedAt(attribute: Attribute, ordinal: number): number | undefined {
    return this.#latest(attribute, ordinal, t => this.transactions.recordTime(t))
  }

  /** The latest of some time of the transactions that stated what an attribute holds now. */
  #latest(attribute: Attribute, ordinal: number, timeOf: (t: T) => number): number | undefined {
    const column = this.column(attribute)
    if (column instanceof OneColumn) column.settle()
    const now = this.transactions.count
    const held = column instanceof OneColumn ? [column.at(ordinal, now)] : column.at(ordinal, now)
    let latest: number | undefined
    for (const fact of held) {
      const time = fact && timeOf(fact.from)
      if (time !== undefined && (latest === undefined || time > latest)) latest = time
    }
    return latest
  }

  identity(kind: Kind): Attribute {
    return this.schema.identity(kind)
  }

  attributes(kind: Kind): readonly Attribute[] {
    return this.schema.ofKind(kind)
  }

  referencesTo(kind: Kind, ordinal: number): { attribute: Attribute; entity: EntityKey }[] {
    const found: { attribute: Attribute; entity: EntityKey }[] = []
    for (const attribute of this.schema.attributes) {
      if (attribute.type.base !== 'ref' || attribute.type.kind !== kind.name) continue
      for (const from of this.column(attribute).holders(ordinal))
        found.push({ attribute, entity: { kind: attribute.kind, key: this.key(attribute.kind, from) } })
    }
    return found
  }

  /** The source of a record, or undefined where the log has nothing of it. */
  sourceOf(origin: Origin): SourceState | undefined {
    if (!('file' in origin)) return this.#partitions.get(origin.topic)?.[origin.partition]
    if (origin.file !== this.#lastFile) {
      this.#lastFile = origin.file
      this.#lastSource = this.#files.get(origin.file)
    }
    return (this.#lastSource ??= this.#files.get(origin.file))
  }

  /** A source by name, or undefined where the log has nothing of it. */
  source(name: string): SourceState | undefined {
    return this.sources.get(name)
  }

  addSource(row: Omit<SourceRow, 'name'>): SourceState {
    const { dictionary, transactions } = this
    const file = row.file >= 0
    const name = file ? `file:${dictionary.text(row.file)}` : `kafka:${dictionary.text(row.topic)}/${row.partition}`
    transactions.sources.push({ name, ...row })
    const state = { id: this.sources.size, name, next: 0, known: 0, digest: null, late: 0, heldBack: 0, superseded: 0 }
    this.sources.set(name, state)
    if (file) this.#files.set(dictionary.text(row.file), state)
    else {
      const topic = dictionary.text(row.topic)
      const partitions = this.#partitions.get(topic) ?? []
      partitions[row.partition] = state
      this.#partitions.set(topic, partitions)
    }
    return state
  }

  /** A record of a source was dealt with; `instant` is undefined where it was refused. */
  passed(source: SourceState, position: number, known: number, recordTime: number, instant: number | undefined): void {
    source.next = position + 1
    source.known = known
    if (known - recordTime > HELD_BACK) source.heldBack++
    if (instant === undefined) return
    if (instant > known) source.late++
    this.frontier = instant
  }

  addRefused(refused: Omit<Refused, 'id'>): void {
    const letter = { id: this.refused.length + 1, ...refused }
    this.refused.push(letter)
    this.letters.add(letter)
  }

  /** A dead letter was applied after all, as transaction `t`; its source stays where it stands. */
  replayed(id: number, instant: number, t: T): void {
    this.frontier = instant
    this.resolve(id, { at: instant, t })
  }

  resolve(id: number, resolution: Resolution): void {
    this.letters.resolve(this.refused[id - 1], resolution)
  }

  /** A source goes on behind records that nobody can read any more. */
  addGap(source: SourceState, to: number, at: number, reason: string): void {
    this.gaps.push({ name: source.name, from: source.next, to, at, reason })
    source.next = to
    source.last = undefined
  }

  /** An entity number for people and answers. */
  number(kind: Kind, ordinal: number): number {
    return entityNumber(kind.number, ordinal)
  }
}
