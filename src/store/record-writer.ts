import { isUtf8 } from 'node:buffer'
import { assert } from '../base/assert.ts'
import { type ByteWriter, LONGEST_NUMBER, putInteger, putVarint } from '../base/bytes.ts'
import type { ExpandedEntity } from '../model/expand.ts'
import { NO_HEADERS, type Origin, type RawRecord, type Refusal, type T } from '../model/transaction.ts'
import { showType } from '../model/type.ts'
import type { Value } from '../model/value.ts'
import type { Dictionary } from './dictionary.ts'
import { type FrameBuilder, NOBODY } from './frame.ts'
import type { Indexes, LastRecord, SourceState } from './indexes.ts'
import type { PlannedFacts } from './planned-facts.ts'
import { internRaw, type RawValue, writeCode, writeRaw } from './raw-value.ts'
import {
  ATTRIBUTE,
  BARE,
  COMPONENT,
  CONTRACT,
  DISCARDED,
  GAP,
  IDENTITY,
  INDEX,
  KIND,
  LAST,
  MANY,
  MARK,
  POSITION,
  PUBLISHED,
  positionOf,
  REFUSAL,
  REPLAYED,
  RESTATED,
  SOURCE,
  STAMPED,
  STAMPS,
  type Stamps,
  SUPERSEDED,
  TEXT,
  TRANSACTION,
} from './record-format.ts'

const NONE = -1
/** Bytes of what a transaction says before its changes, topic and personal bytes apart. */
const HEAD_MOST = 10 * LONGEST_NUMBER
/** No event is empty, so this says that there was none. */
const TOMBSTONE = new Uint8Array(0)

/** One record that keeps its contract, and when. */
export interface Occasion {
  readonly record: RawRecord
  readonly contract: number
  readonly instant: number
  readonly known: number
}

/** The same, with its effects netted. */
export interface AppliedEvent extends Occasion {
  readonly entities: readonly ExpandedEntity[]
  readonly eventTime: number | null
  readonly eventId: string | null
  readonly subject: string | null
}

/** Writes records into a frame, and does to the indexes what reading them back will do. */
export class RecordWriter {
  readonly #indexes: Indexes
  readonly #frame: FrameBuilder
  readonly #written: { codes: number }
  #kinds: number
  #attributes: number
  // of the last record: those of the next are most often the same
  #topic = ''
  #topicCode = NONE
  #key: Uint8Array = new Uint8Array(0)
  /** The same as the source gave it: files give one that comes again as the same array. */
  #keyGiven: Uint8Array | null = null
  #keyCode = NONE

  constructor(indexes: Indexes, frame: FrameBuilder) {
    this.#indexes = indexes
    this.#frame = frame
    this.#written = { codes: indexes.dictionary.size }
    this.#kinds = indexes.schema.kinds.length
    this.#attributes = indexes.schema.attributes.length
  }

  /** How much of the schema the log has defined. */
  get defined(): { readonly kinds: number; readonly attributes: number } {
    return { kinds: this.#kinds, attributes: this.#attributes }
  }

  /** Defines whatever kinds and attributes the schema has got since. */
  define(): void {
    const { schema } = this.#indexes
    const to = this.#frame.records
    for (; this.#kinds < schema.kinds.length; this.#kinds++) {
      const kind = schema.kinds[this.#kinds]
      to.u8(KIND)
      to.text(kind.name)
      to.text(showType(kind.keyType))
    }
    for (; this.#attributes < schema.attributes.length; this.#attributes++) {
      const attribute = schema.attributes[this.#attributes]
      to.u8(ATTRIBUTE)
      to.text(attribute.ident)
      to.varint(attribute.kind.number)
      to.text(showType(attribute.type))
      to.u8(
        (attribute.many ? MANY : 0) |
          (attribute.index ? INDEX : 0) |
          (attribute.component ? COMPONENT : 0) |
          (attribute.restated ? RESTATED : 0) |
          (attribute.identity ? IDENTITY : 0),
      )
      to.text(attribute.doc)
    }
  }

  /** Defines a contract; gives its number. */
  contract(label: string, fingerprint: string, json: string): number {
    const { dictionary, transactions } = this.#indexes
    const to = this.#frame.records
    to.u8(CONTRACT)
    const row = { label: this.#code(to, label), fingerprint: this.#code(to, fingerprint) }
    to.text(json)
    assert(dictionary.size === this.#written.codes, 'a text was given a code but not written')
    return transactions.contracts.push(row) - 1
  }

  /** The state of a source, defining it where the log has nothing of it. */
  source(origin: Origin): SourceState {
    const known = this.#indexes.sourceOf(origin)
    if (known) return known
    const to = this.#frame.records
    const file = 'file' in origin
    to.u8(SOURCE)
    const kind = this.#code(to, file ? 'file' : 'kafka')
    const topic = this.#code(to, file ? null : origin.topic)
    to.varint(file ? 0 : origin.partition + 1)
    const fileCode = this.#code(to, file ? origin.file : null)
    return this.#indexes.addSource({ kind, topic, partition: file ? -1 : origin.partition, file: fileCode })
  }

  /** `letter` is the id of the dead letter that is applied after all; 0 where the record comes for the first time. */
  transaction(event: AppliedEvent, letter = 0): T {
    const subject = event.subject === null ? NOBODY : this.#indexes.dictionary.intern(event.subject)
    const personal = this.#frame.personal(subject)
    const t = this.#head(event, subject, personal, event.eventTime, event.eventId, letter)
    this.#changes(event.entities, personal, t)
    return t
  }

  /** The same for an event whose facts are settled by a plan. */
  planned(event: Occasion, facts: PlannedFacts): T {
    const subject = facts.intern(facts.plan.subject)
    const personal = this.#frame.personal(subject)
    const t = this.#head(event, subject, personal, facts.eventTime, facts)
    facts.write(this.#frame.records, personal, this.#written, t)
    return t
  }

  /** What a transaction says before its changes. */
  #head(
    event: Occasion,
    subject: number,
    personal: ByteWriter,
    eventTime: number | null,
    id: string | null | PlannedFacts,
    letter = 0,
  ): T {
    const { record } = event
    const { dictionary, transactions } = this.#indexes
    const { origin } = record
    const source = this.source(origin)
    const position = positionOf(origin)
    const to = this.#frame.records
    // the most frequent record: its numbers are written into bytes that are claimed once
    const bytes = to.claim(HEAD_MOST)
    let at = to.length
    bytes[at++] = letter === 0 ? TRANSACTION : REPLAYED
    if (letter !== 0) at = putVarint(bytes, at, letter)
    at = putVarint(bytes, at, subject + 1)
    if (subject === this.#written.codes) {
      personal.block(dictionary.utf8(subject))
      this.#written.codes++
    }
    at = putVarint(bytes, at, source.id)
    at = putInteger(bytes, at, position - source.next)
    at = putVarint(bytes, at, event.instant - event.known)
    at = putInteger(bytes, at, event.known - source.known)
    at = putInteger(bytes, at, record.timestamp - event.known)
    bytes[at++] = eventTime === null ? 0 : 1
    if (eventTime !== null) at = putInteger(bytes, at, eventTime - event.known)
    at = putVarint(bytes, at, event.contract)
    to.wrote(at)

    const topic = 'file' in origin ? this.#topicOf(to, origin.topic) : transactions.sources[source.id].topic
    const key = record.key === null ? NONE : this.#keyOf(record.key)
    writeCode(personal, key, dictionary, this.#written)
    const eventId = id === null ? NONE : typeof id === 'string' ? dictionary.intern(id) : id.intern(id.plan.id)
    writeCode(personal, eventId, dictionary, this.#written)
    writeHeaders(personal, record.headers)
    personal.block(record.value ?? TOMBSTONE)

    const t = transactions.add({
      instant: event.instant,
      recordTime: record.timestamp,
      eventTime: eventTime ?? Number.NaN,
      contract: event.contract,
      source: source.id,
      position,
      topic,
      key,
      eventId,
    })
    if (letter > 0) this.#indexes.replayed(letter, event.instant, t)
    else this.#indexes.passed(source, position, event.known, record.timestamp, event.instant)
    return t
  }

  #changes(entities: readonly ExpandedEntity[], personal: ByteWriter, t: T): void {
    const indexes = this.#indexes
    const to = this.#frame.records
    let fresh = 0
    let changed = 0
    for (const { ordinal, changes } of entities) {
      if (changes.length === 0) continue
      changed++
      if (ordinal < 0) fresh++
    }
    // new entities first: a change may point at one that comes later
    to.varint(fresh)
    for (const entity of entities) {
      if (entity.ordinal >= 0 || entity.changes.length === 0) continue
      const { kind } = entity
      const key = internRaw(kind.keyType, entity.key, indexes.dictionary)
      to.varint(kind.number)
      writeRaw(personal, kind.keyType, key, indexes.dictionary, this.#written)
      entity.ordinal = indexes.addEntity(kind, key)
    }
    to.varint(changed)
    for (const { kind, ordinal, changes } of entities) {
      if (changes.length === 0) continue
      to.varint(kind.number)
      to.varint(ordinal)
      to.varint(changes.length)
      for (const { attribute, begins, value } of changes) {
        to.varint(attribute.number * 2 + (begins ? 1 : 0))
        let raw: RawValue | undefined
        if (attribute.identity) raw = indexes.rawKey(kind, ordinal)
        else if (value === undefined) raw = undefined
        else if (attribute.type.base === 'ref') {
          raw = (value as ExpandedEntity).ordinal
          to.varint(raw)
        } else {
          raw = internRaw(attribute.type, value as Value, indexes.dictionary)
          writeRaw(personal, attribute.type, raw, indexes.dictionary, this.#written)
        }
        if (begins) indexes.begin(attribute, ordinal, raw!, t)
        else indexes.end(attribute, ordinal, raw, t)
      }
    }
  }

  refusal(record: RawRecord, refusal: Refusal, at: number, known: number): void {
    const source = this.source(record.origin)
    const to = this.#frame.records
    const personal = this.#frame.personal(NOBODY)
    to.u8(REFUSAL)
    to.varint(source.id)
    to.integer(positionOf(record.origin) - source.next)
    to.integer(known - source.known)
    to.integer(record.timestamp - known)
    to.integer(at - known)
    to.text(refusal.reason)
    to.text(refusal.contract ?? '')
    to.text(record.origin.topic)
    personal.text(refusal.detail)
    personal.text(refusal.path ?? '')
    writeOptional(personal, record.key)
    writeHeaders(personal, record.headers)
    writeOptional(personal, record.value)
    this.#indexes.passed(source, positionOf(record.origin), known, record.timestamp, undefined)
    const { headers, origin, timestamp } = record
    // copies: a record is a window on a much larger buffer of its source
    const kept = (bytes: Uint8Array | null) => bytes && Uint8Array.from(bytes)
    const [key, value] = [kept(record.key), kept(record.value)]
    this.#indexes.addRefused({ at, origin, recordTime: timestamp, refusal, key, headers, value, checksum: null })
  }

  /** The same of which only the place and the reason are kept, and what tells the record from others. */
  bareRefusal(record: RawRecord, { reason, contract }: Refusal, at: number, known: number, checksum: number): void {
    const { origin, timestamp } = record
    const source = this.source(origin)
    const to = this.#frame.records
    to.u8(BARE)
    to.varint(source.id)
    to.integer(positionOf(origin) - source.next)
    to.integer(known - source.known)
    to.integer(timestamp - known)
    to.integer(at - known)
    to.text(reason)
    to.text(contract ?? '')
    to.text(origin.topic)
    to.u32(checksum)
    this.#indexes.passed(source, positionOf(origin), known, timestamp, undefined)
    const refusal = { reason, detail: '', path: null, contract }
    this.#indexes.addRefused({
      ...{ at, origin, recordTime: timestamp, refusal, key: null, headers: {}, value: null, checksum },
    })
  }

  /** Notes the last record of a source that was dealt with. */
  last(source: SourceState, last: LastRecord): void {
    const to = this.#frame.records
    to.u8(LAST)
    to.varint(source.id)
    to.integer(source.next - last.offset)
    to.integer(last.timestamp)
    to.u32(last.checksum)
    source.last = last
  }

  /** Notes that a source goes on elsewhere, since the records between can no longer be read. */
  gap(source: SourceState, next: number, at: number, reason: string): void {
    const to = this.#frame.records
    to.u8(GAP)
    to.varint(source.id)
    to.integer(next - source.next)
    to.integer(at)
    to.text(reason)
    this.#indexes.addGap(source, next, at, reason)
  }

  /** Notes that nobody wants a dead letter any more. */
  discarded(id: number, at: number, why: string): void {
    const to = this.#frame.records
    to.u8(DISCARDED)
    to.varint(id)
    to.integer(at)
    to.text(why)
    this.#indexes.resolve(id, { at, discarded: why })
  }

  /** Notes up to which id dead letters stand in the Kafka topic for them. */
  published(id: number): void {
    const to = this.#frame.records
    to.u8(PUBLISHED)
    to.varint(id)
    this.#indexes.letters.published = id
  }

  /** A source moved over what was no record, or its digest changed. */
  position(source: SourceState, next: number, known: number, digest: string | null): void {
    const to = this.#frame.records
    to.u8(POSITION)
    to.varint(source.id)
    to.integer(next - source.next)
    to.integer(known - source.known)
    to.text(digest ?? '')
    source.next = next
    source.known = known
    source.digest = digest
  }

  /** A time mark: from here on nothing gets an instant before this one. */
  mark(instant: number): void {
    const to = this.#frame.records
    to.u8(MARK)
    to.varint(instant - this.#indexes.frontier)
    this.#indexes.frontier = instant
  }

  /** Notes whose clock the timestamps of a topic are. */
  stamped(topic: string, by: Stamps): void {
    const to = this.#frame.records
    to.u8(STAMPED)
    to.text(topic)
    to.u8(STAMPS.indexOf(by))
    this.#indexes.stamps.set(topic, by)
  }

  /** Counts statements that came too late to replace anything; follows the transaction that made them. */
  superseded(source: SourceState, count: number): void {
    const to = this.#frame.records
    to.u8(SUPERSEDED)
    to.varint(source.id)
    to.varint(count)
    source.superseded += count
  }

  /** Keeps a text by its name. */
  text(name: string, text: string): void {
    const to = this.#frame.records
    to.u8(TEXT)
    to.text(name)
    to.text(text)
    this.#indexes.texts.set(name, text)
  }

  #topicOf(to: ByteWriter, topic: string): number {
    if (topic === this.#topic && this.#topicCode !== NONE) {
      writeCode(to, this.#topicCode, this.#indexes.dictionary, this.#written)
      return this.#topicCode
    }
    this.#topic = topic
    this.#topicCode = this.#code(to, topic)
    return this.#topicCode
  }

  #keyOf(key: Uint8Array): number {
    if (key === this.#keyGiven) return this.#keyCode
    this.#keyGiven = key
    if (this.#keyCode !== NONE && sameBytes(key, this.#key)) return this.#keyCode
    this.#keyCode = internKey(key, this.#indexes.dictionary)
    this.#key = new Uint8Array(key)
    return this.#keyCode
  }

  #code(to: ByteWriter, text: string | null): number {
    const code = text === null ? NONE : this.#indexes.dictionary.intern(text)
    writeCode(to, code, this.#indexes.dictionary, this.#written)
    return code
  }
}

/** The code of a record's key: its text, or where it is none its bytes as if they were Latin-1. */
function internKey(key: Uint8Array, dictionary: Dictionary): number {
  if (isUtf8(key)) return dictionary.internBytes(key, 0, key.length)
  return dictionary.intern(Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1'))
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function writeHeaders(to: ByteWriter, headers: Readonly<Record<string, string>>): void {
  if (headers === NO_HEADERS) {
    to.u8(0)
    return
  }
  const names = Object.keys(headers)
  to.varint(names.length)
  for (let i = 0; i < names.length; i++) {
    to.text(names[i])
    to.text(headers[names[i]])
  }
}

function writeOptional(to: ByteWriter, bytes: Uint8Array | null): void {
  to.u8(bytes === null ? 0 : 1)
  if (bytes !== null) to.block(bytes)
}
