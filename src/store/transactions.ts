import { assert } from '../base/assert.ts'
import { firstForm, type Raw } from '../model/column.ts'
import type { FactColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { type Address, Memory } from './memory.ts'
import { PackedNumbers } from './packed-numbers.ts'

const NONE = -1
const COLUMNS = 9
/** Transactions that are gathered before they go into the columns. */
const GATHERED = 1024
/** So few go in one by one. */
const FEW = 8

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

/** The columns as they are kept: ages are differences to the instant. */
export const TX_COLUMNS = [
  'instant',
  'recordAge',
  'eventAge',
  'contract',
  'source',
  'position',
  'topic',
  'key',
  'eventId',
] as const
export type TxColumn = (typeof TX_COLUMNS)[number]

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

/**
 * What is known about each transaction, in columns one row for each `t` from 1 (store rule 11).
 * Times stand as differences to the instant, which most often are 0: a column that says the same everywhere takes no room.
 */
export class Transactions {
  readonly sources: SourceRow[] = []
  readonly contracts: ContractRow[] = []
  readonly #columns: readonly PackedNumbers[]
  readonly #instant: PackedNumbers
  /** How long before the instant; negative where the record claims a later moment. */
  readonly #recordAge: PackedNumbers
  /** The same of the event's own time, NaN for none. */
  readonly #eventAge: PackedNumbers
  readonly #contract: PackedNumbers
  readonly #source: PackedNumbers
  readonly #position: PackedNumbers
  readonly #topic: PackedNumbers
  readonly #key: PackedNumbers
  readonly #eventId: PackedNumbers
  readonly #snapshots = new Map<Attribute, FactColumn>()
  /** By column: the transactions behind those that stand there. */
  readonly #gathered: readonly Float64Array[] = TX_COLUMNS.map(() => new Float64Array(GATHERED))
  #pending = 0

  readonly root: Address

  /** New columns, or those at `root`; `sources` and `contracts` are for the caller to fill. */
  constructor(memory = new Memory(), root: Address = 0) {
    this.root = root === 0 ? memory.allocate(4 * COLUMNS) : root
    const roots = memory.u32(this.root)
    this.#columns = Array.from({ length: COLUMNS }, (_, i) => new PackedNumbers(undefined, memory, roots[i]))
    if (root === 0) for (const [i, column] of this.#columns.entries()) roots[i] = column.root
    const [instant, recordAge, eventAge, contract, source, position, topic, key, eventId] = this.#columns
    this.#instant = instant
    this.#recordAge = recordAge
    this.#eventAge = eventAge
    this.#contract = contract
    this.#source = source
    this.#position = position
    this.#topic = topic
    this.#key = key
    this.#eventId = eventId
  }

  /** The last t. */
  get count(): T {
    return this.#instant.length + this.#pending
  }

  get bytes(): number {
    let bytes = 0
    for (const column of this.#columns) bytes += column.bytes
    return bytes
  }

  add(row: TxRow): T {
    const { instant, recordTime, eventTime, contract, source, position, topic, key, eventId } = row
    if (this.#pending === GATHERED) this.settle()
    const gathered = this.#gathered
    const i = this.#pending++
    gathered[0][i] = instant
    gathered[1][i] = instant - recordTime
    gathered[2][i] = instant - eventTime
    gathered[3][i] = contract
    gathered[4][i] = source
    gathered[5][i] = position
    gathered[6][i] = topic
    gathered[7][i] = key
    gathered[8][i] = eventId
    return this.count
  }

  /** Brings into the columns what was gathered; whoever reads sees it only then. */
  settle(): void {
    const pending = this.#pending
    if (pending === 0) return
    this.#pending = 0
    for (let i = 0; i < COLUMNS; i++) {
      const column = this.#columns[i]
      const gathered = this.#gathered[i]
      if (pending < FEW) for (let row = 0; row < pending; row++) column.push(gathered[row])
      else column.pushAll(gathered.subarray(0, pending))
    }
  }

  #packed(name: TxColumn): PackedNumbers {
    switch (name) {
      case 'instant':
        return this.#instant
      case 'recordAge':
        return this.#recordAge
      case 'eventAge':
        return this.#eventAge
      case 'contract':
        return this.#contract
      case 'source':
        return this.#source
      case 'position':
        return this.#position
      case 'topic':
        return this.#topic
      case 'key':
        return this.#key
      case 'eventId':
        return this.#eventId
    }
  }

  /** One column as it is kept, from the transaction after `after` to `upTo`; in `numbers` where that is given. */
  numbers(name: TxColumn, after: T, upTo: T, numbers?: Float64Array<ArrayBuffer>): Float64Array {
    this.settle()
    return this.#packed(name).slice(after, upTo, numbers)
  }

  /** Takes up transactions in columns as `numbers` gives them; one number stands for a column that says it everywhere. */
  addAll(rows: number, columns: Readonly<Record<TxColumn, Float64Array | number>>): void {
    this.settle()
    for (const name of TX_COLUMNS) {
      const numbers = columns[name]
      this.#packed(name).pushAll(typeof numbers === 'number' ? new Float64Array(rows).fill(numbers) : numbers)
    }
  }

  /** Milliseconds; 0 for the empty store. */
  instant(t: T): number {
    this.settle()
    return t === 0 ? 0 : this.#instant.at(t - 1)
  }

  /** The event's own time, or the record's where it has none, milliseconds. */
  eventTime(t: T): number {
    this.settle()
    const age = this.#eventAge.at(t - 1)
    return this.#instant.at(t - 1) - (Number.isNaN(age) ? this.#recordAge.at(t - 1) : age)
  }

  /** Of the record that it came from, milliseconds. */
  recordTime(t: T): number {
    return this.#instant.at(t - 1) - this.#recordAge.at(t - 1)
  }

  /** The last transaction at or before an instant, no later than `basis`; 0 where there is none. */
  atInstant(ms: number, basis: T): T {
    let low = 0
    let high = basis
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.instant(middle) <= ms) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The raw value of one attribute of a transaction, or undefined where it has none. */
  at(attribute: Attribute, t: T): number | undefined {
    return this.#reader(attribute)(t)
  }

  /** What reads the raw value of an attribute. */
  #reader(attribute: Attribute): (t: T) => number | undefined {
    this.settle()
    const source = (t: T) => this.sources[this.#source.at(t - 1)]
    const contract = (t: T) => this.contracts[this.#contract.at(t - 1)]
    const some = (code: number) => (code === NONE ? undefined : code)
    switch (attribute.ident) {
      case ':tx/t':
        return t => t
      case ':tx/instant':
        return t => this.#instant.at(t - 1)
      case ':tx/recordTime':
        return t => this.#instant.at(t - 1) - this.#recordAge.at(t - 1)
      case ':tx/eventTime':
        return t => {
          const age = this.#eventAge.at(t - 1)
          return Number.isNaN(age) ? undefined : this.#instant.at(t - 1) - age
        }
      case ':tx/eventId':
        return t => some(this.#eventId.at(t - 1))
      case ':tx/key':
        return t => some(this.#key.at(t - 1))
      case ':tx/contract':
        return t => contract(t).label
      case ':tx/fingerprint':
        return t => contract(t).fingerprint
      case ':tx/source':
        return t => source(t).kind
      case ':tx/topic':
        return t => this.#topic.at(t - 1)
      case ':tx/file':
        return t => some(source(t).file)
      case ':tx/partition':
        return t => some(source(t).partition)
      case ':tx/offset':
        return t => (source(t).file === NONE ? this.#position.at(t - 1) : undefined)
      case ':tx/line':
        return t => (source(t).file === NONE ? undefined : this.#position.at(t - 1))
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
    const read = this.#reader(attribute)
    let count = 0
    for (let i = 1; i < length; i++) {
      const value = read(i)
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
