import { assert } from '../base/assert.ts'
import { firstForm, type Raw } from '../model/column.ts'
import type { FactColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { grownF64, grownI32 } from './growing.ts'

const NONE = -1

/** One transaction as its columns hold it; codes are of the dictionary, -1 for none, times are milliseconds. */
export interface TxRow {
  readonly instant: number
  readonly recordTime: number
  /** NaN where the event has no time of its own. */
  readonly eventTime: number
  /** Number of the contract and of the source in the log. */
  readonly contract: number
  readonly source: number
  /** Offset or line. */
  readonly position: number
  readonly topic: number
  readonly key: number
  readonly eventId: number
}

/** A source as the log defines it; codes of the dictionary. */
export interface SourceRow {
  readonly name: string
  readonly kind: number
  readonly topic: number
  /** -1 for a file. */
  readonly partition: number
  /** -1 for Kafka. */
  readonly file: number
}

export interface ContractRow {
  readonly label: number
  readonly fingerprint: number
}

/** What is known about each transaction, in columns indexed by `t` (store rule 11). Row 0 is the empty store. */
export class Transactions {
  readonly sources: SourceRow[] = []
  readonly contracts: ContractRow[] = []
  #count = 0
  #instant: Float64Array = new Float64Array(0)
  #recordTime: Float64Array = new Float64Array(0)
  #eventTime: Float64Array = new Float64Array(0)
  #contract: Int32Array = new Int32Array(0)
  #source: Int32Array = new Int32Array(0)
  #position: Float64Array = new Float64Array(0)
  #key: Int32Array = new Int32Array(0)
  #eventId: Int32Array = new Int32Array(0)
  #topic: Int32Array = new Int32Array(0)
  readonly #snapshots = new Map<Attribute, FactColumn>()

  /** The last t. */
  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#instant.byteLength * 4 + this.#contract.byteLength * 5
  }

  add(row: TxRow): T {
    const t = ++this.#count
    if (t >= this.#instant.length) this.#grow(t + 1)
    this.#instant[t] = row.instant
    this.#recordTime[t] = row.recordTime
    this.#eventTime[t] = row.eventTime
    this.#contract[t] = row.contract
    this.#source[t] = row.source
    this.#position[t] = row.position
    this.#key[t] = row.key
    this.#eventId[t] = row.eventId
    this.#topic[t] = row.topic
    return t
  }

  #grow(length: number): void {
    this.#instant = grownF64(this.#instant, length)
    this.#recordTime = grownF64(this.#recordTime, length)
    this.#eventTime = grownF64(this.#eventTime, length)
    this.#position = grownF64(this.#position, length)
    this.#contract = grownI32(this.#contract, length)
    this.#source = grownI32(this.#source, length)
    this.#key = grownI32(this.#key, length)
    this.#eventId = grownI32(this.#eventId, length)
    this.#topic = grownI32(this.#topic, length)
  }

  /** Milliseconds; 0 for the empty store. */
  instant(t: T): number {
    return t === 0 ? 0 : this.#instant[t]
  }

  row(t: T): TxRow {
    return {
      instant: this.#instant[t],
      recordTime: this.#recordTime[t],
      eventTime: this.#eventTime[t],
      contract: this.#contract[t],
      source: this.#source[t],
      position: this.#position[t],
      key: this.#key[t],
      eventId: this.#eventId[t],
      topic: this.#topic[t],
    }
  }

  /** The last transaction at or before an instant, no later than `basis`; 0 where there is none. */
  atInstant(ms: number, basis: T): T {
    let low = 0
    let high = basis
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#instant[middle] <= ms) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The raw value of one attribute of transaction `i`, or undefined where it has none. */
  at(attribute: Attribute, i: T): number | undefined {
    const source = this.sources[this.#source[i]]
    const some = (code: number) => (code === NONE ? undefined : code)
    switch (attribute.ident) {
      case ':tx/t':
        return i
      case ':tx/instant':
        return this.#instant[i]
      case ':tx/recordTime':
        return this.#recordTime[i]
      case ':tx/eventTime':
        return Number.isNaN(this.#eventTime[i]) ? undefined : this.#eventTime[i]
      case ':tx/eventId':
        return some(this.#eventId[i])
      case ':tx/key':
        return some(this.#key[i])
      case ':tx/contract':
        return this.contracts[this.#contract[i]].label
      case ':tx/fingerprint':
        return this.contracts[this.#contract[i]].fingerprint
      case ':tx/source':
        return source.kind
      case ':tx/topic':
        return this.#topic[i]
      case ':tx/file':
        return some(source.file)
      case ':tx/partition':
        return some(source.partition)
      case ':tx/offset':
        return source.file === NONE ? this.#position[i] : undefined
      case ':tx/line':
        return source.file === NONE ? undefined : this.#position[i]
      default:
        assert(false, `${attribute.ident} is no attribute of transactions`)
    }
  }

  /** An attribute of transactions as of `t`: row `i` is transaction `i`, true since itself. The last one asked for is kept. */
  facts(attribute: Attribute, t: T): FactColumn {
    const kept = this.#snapshots.get(attribute)
    if (kept?.t === t) return kept
    const length = t + 1
    const v = firstForm(attribute.type) === 'i32' ? new Int32Array(length) : new Float64Array(length)
    const from = new Uint32Array(length)
    let count = 0
    for (let i = 1; i < length; i++) {
      const value = this.at(attribute, i)
      if (value === undefined) continue
      v[i] = value
      from[i] = i
      count++
    }
    const raw: Raw = v instanceof Int32Array ? { as: 'i32', values: v } : { as: 'f64', values: v }
    const column: FactColumn = { attribute, length, count, e: null, v: raw, from, t }
    this.#snapshots.set(attribute, column)
    return column
  }
}
