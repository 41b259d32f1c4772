import { assert } from '../base/assert.ts'
import { type ByteWriter, textOf } from '../base/bytes.ts'
import type { ExpandedEntity } from '../model/expand.ts'
import type { Origin, RawRecord, Refusal, T } from '../model/transaction.ts'
import { showType } from '../model/type.ts'
import { type FrameBuilder, NOBODY } from './frame.ts'
import type { Indexes, SourceState } from './indexes.ts'
import { internRaw, type RawValue, writeCode, writeRaw } from './raw-value.ts'
import {
  ATTRIBUTE,
  COMPONENT,
  CONTRACT,
  IDENTITY,
  INDEX,
  KIND,
  MANY,
  POSITION,
  positionOf,
  REFUSAL,
  RESTATED,
  SOURCE,
  sourceName,
  TRANSACTION,
} from './record-format.ts'

/** One record that keeps its contract, with its effects netted. */
export interface AppliedEvent {
  readonly record: RawRecord
  readonly entities: readonly ExpandedEntity[]
  readonly contract: number
  readonly instant: number
  readonly known: number
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

  constructor(indexes: Indexes, frame: FrameBuilder) {
    this.#indexes = indexes
    this.#frame = frame
    this.#written = { codes: indexes.dictionary.size }
    this.#kinds = indexes.schema.kinds.length
    this.#attributes = indexes.schema.attributes.length
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
    const name = sourceName(origin)
    const known = this.#indexes.source(name)
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

  transaction(event: AppliedEvent): T {
    const { record, entities } = event
    const { dictionary } = this.#indexes
    const source = this.source(record.origin)
    const to = this.#frame.records
    to.u8(TRANSACTION)
    const subject = event.subject === null ? NOBODY : dictionary.intern(event.subject)
    const personal = this.#frame.personal(subject)
    to.varint(subject + 1)
    if (subject === this.#written.codes) {
      personal.text(event.subject!)
      this.#written.codes++
    }
    to.varint(source.id)
    to.integer(positionOf(record.origin) - source.next)
    to.varint(event.instant - event.known)
    to.integer(event.known - source.known)
    to.integer(record.timestamp - event.known)
    to.u8(event.eventTime === null ? 0 : 1)
    if (event.eventTime !== null) to.integer(event.eventTime - event.known)
    to.varint(event.contract)

    const topic =
      'file' in record.origin
        ? this.#code(to, record.origin.topic)
        : this.#indexes.transactions.sources[source.id].topic
    const key = this.#code(personal, record.key === null ? null : (textOf(record.key) ?? latin1(record.key)))
    const eventId = this.#code(personal, event.eventId)
    writeHeaders(personal, record.headers)
    personal.block(record.value!)

    const row = {
      instant: event.instant,
      recordTime: record.timestamp,
      eventTime: event.eventTime ?? Number.NaN,
      contract: event.contract,
      source: source.id,
      position: Number(positionOf(record.origin)),
      topic,
      key,
      eventId,
    }
    const t = this.#indexes.transactions.add(row)
    this.#indexes.passed(source, positionOf(record.origin), event.known, record.timestamp, event.instant)
    this.#changes(entities, personal, t)
    return t
  }

  #changes(entities: readonly ExpandedEntity[], personal: ByteWriter, t: T): void {
    const indexes = this.#indexes
    const to = this.#frame.records
    // entities first: a change may point at one that comes later
    const ordinals = new Map<ExpandedEntity, number>()
    const fresh = entities.filter(entity => entity.ordinal < 0 && entity.changes.length > 0)
    to.varint(fresh.length)
    for (const entity of fresh) {
      const key = internRaw(entity.kind.keyType, entity.key, indexes.dictionary)
      to.varint(entity.kind.number)
      writeRaw(personal, entity.kind.keyType, key, indexes.dictionary, this.#written)
      ordinals.set(entity, indexes.addEntity(entity.kind, key))
    }
    const ordinalOf = (entity: ExpandedEntity) => (entity.ordinal >= 0 ? entity.ordinal : ordinals.get(entity)!)
    const changed = entities.filter(entity => entity.changes.length > 0)
    to.varint(changed.length)
    for (const entity of changed) {
      const ordinal = ordinalOf(entity)
      to.varint(entity.kind.number)
      to.varint(ordinal)
      to.varint(entity.changes.length)
      for (const { attribute, begins, value } of entity.changes) {
        to.varint(attribute.number * 2 + (begins ? 1 : 0))
        let raw: RawValue | undefined
        if (attribute.identity) raw = indexes.rawKey(attribute.kind, ordinal)
        else if (attribute.type.base === 'ref') {
          if (value !== undefined) {
            raw = ordinalOf(value as ExpandedEntity)
            to.varint(raw)
          }
        } else if (value !== undefined) {
          raw = internRaw(attribute.type, value as never, indexes.dictionary)
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
    const { key, headers, value, origin, timestamp } = record
    this.#indexes.addRefused({ at, origin, recordTime: timestamp, refusal, key, headers, value })
  }

  /** A source moved over what was no record, or its digest changed. */
  position(source: SourceState, next: bigint, known: number, digest: string | null): void {
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

  #code(to: ByteWriter, text: string | null): number {
    const code = text === null ? -1 : this.#indexes.dictionary.intern(text)
    writeCode(to, code, this.#indexes.dictionary, this.#written)
    return code
  }
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

function writeHeaders(to: ByteWriter, headers: Readonly<Record<string, string>>): void {
  const entries = Object.entries(headers)
  to.varint(entries.length)
  for (const [name, value] of entries) {
    to.text(name)
    to.text(value)
  }
}

function writeOptional(to: ByteWriter, bytes: Uint8Array | null): void {
  to.u8(bytes === null ? 0 : 1)
  if (bytes !== null) to.block(bytes)
}
