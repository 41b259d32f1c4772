import { NO_HEADERS, type RawRecord } from '../model/transaction.ts'

/**
 * Records as a broker keeps them, one after the other in the bytes of one record batch (Kafka's format 2, KIP-98), without its header:
 * `count` of them, with offsets and timestamps beside `offset` and `timestamp`. Where the broker stamps its records, `stamped` is the time of all.
 */
export interface RecordBlock {
  readonly bytes: Buffer
  readonly count: number
  /** Below 2^53. */
  readonly offset: number
  /** Milliseconds. */
  readonly timestamp: number
  readonly stamped: number | null
}

const NOTHING: RecordBlock = { bytes: Buffer.alloc(0), count: 0, offset: 0, timestamp: 0, stamped: null }

/** Walks the records of a block, without making anything of them. Its numbers are those of the record that it stands on. */
export class RecordCursor {
  offset = 0
  timestamp = 0
  keyAt = 0
  /** Of the key and the value in bytes, -1 where there is none. */
  keyLength = 0
  valueAt = 0
  valueLength = 0
  headers = 0
  #block: RecordBlock = NOTHING
  #headersAt = 0
  #index = 0
  #at = 0
  #next = 0

  get block(): RecordBlock {
    return this.#block
  }

  /** Stands before the first record of a block. */
  enter(block: RecordBlock): this {
    this.#block = block
    this.#index = 0
    this.#at = 0
    this.#next = 0
    return this
  }

  /** Stands on the record of a block that begins at byte `at`; how many come after it is not known then. */
  standAt(block: RecordBlock, at: number): this {
    this.#block = block
    this.#index = 0
    this.#next = at
    this.step()
    return this
  }

  /** Records that come after this one. */
  get left(): number {
    return this.#block.count - this.#index
  }

  /** The byte at which it begins. */
  get at(): number {
    return this.#at
  }

  /** Moves to the next record. Throws where the bytes are none. */
  step(): void {
    const { bytes, offset, timestamp, stamped } = this.#block
    this.#at = this.#next
    this.#index++
    const length = this.#varint()
    const end = this.#next + length
    if (!(length >= 0 && end <= bytes.length)) throw new RangeError(`no record stands at byte ${this.#at} of a batch`)
    this.#next++
    const delta = this.#varlong()
    this.timestamp = stamped ?? timestamp + delta
    this.offset = offset + this.#varint()
    this.keyLength = this.#varint()
    this.keyAt = this.#next
    if (this.keyLength > 0) this.#next += this.keyLength
    this.valueLength = this.#varint()
    this.valueAt = this.#next
    if (this.valueLength > 0) this.#next += this.valueLength
    this.headers = this.#varint()
    this.#headersAt = this.#next
    if (!(this.#next <= end)) throw new RangeError(`a record of offset ${this.offset} is longer than it says`)
    this.#next = end
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.#block.bytes.subarray(this.keyAt, this.keyAt + this.keyLength)
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.#block.bytes.subarray(this.valueAt, this.valueAt + this.valueLength)
  }

  /** As text; of several with one name the last counts, and one without a value is empty. */
  readHeaders(): Readonly<Record<string, string>> {
    if (this.headers <= 0) return NO_HEADERS
    const { bytes } = this.#block
    const next = this.#next
    this.#next = this.#headersAt
    const text = () => {
      const length = Math.max(0, this.#varint())
      this.#next += length
      return bytes.toString('utf8', this.#next - length, this.#next)
    }
    const found: [string, string][] = []
    for (let i = 0; i < this.headers; i++) found.push([text(), text()])
    this.#next = next
    return Object.fromEntries(found)
  }

  /** The record, with windows on the block. */
  record(topic: string, partition: number): RawRecord {
    const { timestamp, key, value } = this
    const origin = { topic, partition, offset: BigInt(this.offset) }
    return { origin, timestamp, key, headers: this.readHeaders(), value }
  }

  /** A signed number of up to 32 bits (zigzag, seven bits a byte, lowest first). */
  #varint(): number {
    const { bytes } = this.#block
    let byte = bytes[this.#next++]
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = bytes[this.#next++]
      value |= (byte & 0x7f) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** The same of more bits; exact below 2^53. */
  #varlong(): number {
    const { bytes } = this.#block
    let byte = bytes[this.#next++]
    let value = byte & 0x7f
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = bytes[this.#next++]
      value += (byte & 0x7f) * scale
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
