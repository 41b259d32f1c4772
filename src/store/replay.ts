import { assert } from '../base/assert.ts'
import type { ByteReader } from '../base/bytes.ts'
import type { Attribute } from '../model/schema.ts'
import type { Origin, Reason } from '../model/transaction.ts'
import { parseType } from '../model/type.ts'
import { NOBODY, type OpenFrame } from './frame.ts'
import type { Indexes, SourceState } from './indexes.ts'
import { type RawValue, readCode, readRaw, readText } from './raw-value.ts'
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
  REFUSAL,
  REPLAYED,
  RESTATED,
  SOURCE,
  STAMPED,
  STAMPS,
  SUPERSEDED,
  TEXT,
  TRANSACTION,
} from './record-format.ts'

function readHeaders(from: ByteReader): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let left = from.varint(); left > 0; left--) {
    const name = from.text()
    headers[name] = from.text()
  }
  return headers
}

/** A copy: the frame's bytes are not kept. */
const readOptional = (from: ByteReader): Uint8Array | null => (from.u8() === 0 ? null : Uint8Array.from(from.block()))

/** Does to the indexes what every record of a frame says. */
export function replay(frame: OpenFrame, indexes: Indexes): void {
  const from = frame.records
  const { dictionary, schema, transactions } = indexes
  const sources = () => [...indexes.sources.values()]
  let byId = sources()
  while (!from.done) {
    const tag = from.u8()
    switch (tag) {
      case KIND:
        schema.addKind(from.text(), parseType(from.text()))
        break
      case ATTRIBUTE: {
        const ident = from.text()
        const kind = schema.kinds[from.varint()].name
        const type = parseType(from.text())
        const flags = from.u8()
        const has = (flag: number) => (flags & flag) !== 0
        schema.addAttribute({
          ident,
          kind,
          type,
          many: has(MANY),
          index: has(INDEX),
          component: has(COMPONENT),
          restated: has(RESTATED),
          identity: has(IDENTITY),
          doc: from.text(),
        })
        break
      }
      case CONTRACT: {
        const label = readCode(from, dictionary)
        const fingerprint = readCode(from, dictionary)
        from.text()
        transactions.contracts.push({ label, fingerprint })
        break
      }
      case SOURCE: {
        const kind = readCode(from, dictionary)
        const topic = readCode(from, dictionary)
        const partition = from.varint() - 1
        const file = readCode(from, dictionary)
        indexes.addSource({ kind, topic, partition, file })
        byId = sources()
        break
      }
      case TRANSACTION:
        replayTransaction(frame, indexes, byId)
        break
      case REPLAYED:
        replayTransaction(frame, indexes, byId, from.varint())
        break
      case REFUSAL:
        replayRefusal(frame, indexes, byId)
        break
      case BARE:
        replayBareRefusal(frame, indexes, byId)
        break
      case DISCARDED: {
        const id = from.varint()
        const at = Number(from.integer())
        indexes.resolve(id, { at, discarded: from.text() })
        break
      }
      case PUBLISHED:
        indexes.letters.published = from.varint()
        break
      case LAST: {
        const source = byId[from.varint()]
        const offset = source.next - Number(from.integer())
        const timestamp = Number(from.integer())
        source.last = { offset, timestamp, checksum: from.u32() }
        break
      }
      case GAP: {
        const source = byId[from.varint()]
        const next = source.next + Number(from.integer())
        const at = Number(from.integer())
        indexes.addGap(source, next, at, from.text())
        break
      }
      case POSITION: {
        const source = byId[from.varint()]
        source.next += Number(from.integer())
        source.known += Number(from.integer())
        source.digest = from.text() || null
        break
      }
      case MARK:
        indexes.frontier += from.varint()
        break
      case STAMPED: {
        const topic = from.text()
        indexes.stamps.set(topic, STAMPS[from.u8()])
        break
      }
      case SUPERSEDED: {
        const source = byId[from.varint()]
        source.superseded += from.varint()
        break
      }
      case TEXT: {
        const name = from.text()
        indexes.texts.set(name, from.text())
        break
      }
      default:
        assert(false, `frame ${frame.header.sequence} has a record with tag ${tag}`)
    }
  }
}

function originOf(indexes: Indexes, source: SourceState, position: number, topic: string): Origin {
  const row = indexes.transactions.sources[source.id]
  if (row.file >= 0) return { file: indexes.dictionary.text(row.file), topic, line: position }
  return { topic: indexes.dictionary.text(row.topic), partition: row.partition, offset: BigInt(position) }
}

/** `letter` is the id of the dead letter that it is; 0 for none. */
function replayTransaction(frame: OpenFrame, indexes: Indexes, byId: readonly SourceState[], letter = 0): void {
  const from = frame.records
  const { dictionary, schema } = indexes
  const subject = from.varint() - 1
  const personal = frame.personal(subject)
  if (subject === dictionary.size) readText(personal, dictionary)
  const source = byId[from.varint()]
  const position = source.next + Number(from.integer())
  const lateness = from.varint()
  const known = source.known + Number(from.integer())
  const recordTime = known + Number(from.integer())
  const eventTime = from.u8() === 0 ? Number.NaN : known + Number(from.integer())
  const contract = from.varint()
  const row = indexes.transactions.sources[source.id]
  const topic = row.file >= 0 ? readCode(from, dictionary) : row.topic
  const key = readCode(personal, dictionary)
  const eventId = readCode(personal, dictionary)
  for (let headers = personal.varint(); headers > 0; headers--) {
    personal.skip(personal.varint())
    personal.skip(personal.varint())
  }
  personal.skip(personal.varint())
  const instant = known + lateness
  const t = indexes.transactions.add({
    instant,
    recordTime,
    eventTime,
    contract,
    source: source.id,
    position,
    topic,
    key,
    eventId,
  })
  if (letter > 0) indexes.replayed(letter, instant, t)
  else indexes.passed(source, position, known, recordTime, instant)

  for (let left = from.varint(); left > 0; left--) {
    const kind = schema.kinds[from.varint()]
    indexes.addEntity(kind, readRaw(personal, kind.keyType, dictionary))
  }
  for (let entities = from.varint(); entities > 0; entities--) {
    const kind = schema.kinds[from.varint()]
    const ordinal = from.varint()
    for (let changes = from.varint(); changes > 0; changes--) {
      const coded = from.varint()
      const attribute: Attribute = schema.attributes[coded >>> 1]
      const begins = (coded & 1) === 1
      let raw: RawValue | undefined
      if (attribute.identity) raw = indexes.rawKey(kind, ordinal)
      else if (begins || attribute.many)
        raw = attribute.type.base === 'ref' ? from.varint() : readRaw(personal, attribute.type, dictionary)
      if (begins) indexes.begin(attribute, ordinal, raw!, t)
      else indexes.end(attribute, ordinal, raw, t)
    }
  }
}

/** What every refusal says in public; moves its source. */
function readRefusal(from: ByteReader, indexes: Indexes, byId: readonly SourceState[]) {
  const source = byId[from.varint()]
  const position = source.next + Number(from.integer())
  const known = source.known + Number(from.integer())
  const recordTime = known + Number(from.integer())
  const at = known + Number(from.integer())
  const reason = from.text() as Reason
  const contract = from.text() || null
  const origin = originOf(indexes, source, position, from.text())
  indexes.passed(source, position, known, recordTime, undefined)
  return { at, origin, recordTime, reason, contract }
}

function replayBareRefusal(frame: OpenFrame, indexes: Indexes, byId: readonly SourceState[]): void {
  const { at, origin, recordTime, reason, contract } = readRefusal(frame.records, indexes, byId)
  const refusal = { reason, detail: '', path: null, contract }
  const checksum = frame.records.u32()
  indexes.addRefused({ at, origin, recordTime, refusal, key: null, headers: {}, value: null, checksum })
}

function replayRefusal(frame: OpenFrame, indexes: Indexes, byId: readonly SourceState[]): void {
  const { at, origin, recordTime, reason, contract } = readRefusal(frame.records, indexes, byId)
  const personal = frame.personal(NOBODY)
  const detail = personal.text()
  const path = personal.text() || null
  const key = readOptional(personal)
  const headers = readHeaders(personal)
  const value = readOptional(personal)
  const refusal = { reason, detail, path, contract }
  indexes.addRefused({ at, origin, recordTime, refusal, key, headers, value, checksum: null })
}
