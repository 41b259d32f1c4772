import { textOf, utf8 } from '../base/bytes.ts'
import { daysFrom1970, daysInMonth, MS_PER_DAY, parseInstant } from '../model/instant.ts'
import { NO_HEADERS } from '../model/transaction.ts'

const EMPTY = new Uint8Array(0)
const MEMBERS = ['topic', 'key', 'timestamp', 'headers', 'value']
/** Bytes of the longest beginning of a line that is kept to be compared with the next. */
const LONGEST_PREFIX = 1024
const MEMBER_BYTES = MEMBERS.map(utf8)
const [TOPIC, KEY, TIMESTAMP, HEADERS, VALUE] = MEMBERS.keys()
/** The largest distance from 1970 that a date can have, milliseconds. */
const FARTHEST = 8_640_000_000_000_000

/**
 * Reads lines of event files: `{"topic", "key"?, "timestamp", "headers"?, "value"}` in any order and spacing (surface §2).
 * It finds where members begin and end without making an object of the line, so the value keeps its bytes exactly.
 * Whether the value is JSON inside is for whoever judges it. What was read stands in the fields until the next line.
 */
export class EventLine {
  topic = ''
  /** Milliseconds since 1970. */
  timestamp = 0
  /** Bytes of its own, the same array as of the line before where that has the same key. */
  key: Uint8Array | null = null
  headers = NO_HEADERS
  /** A window on the line. Null for a tombstone. */
  value: Uint8Array | null = null

  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** What stood before the value of the last line that was read whole, and what it said. */
  #prefix: Uint8Array = EMPTY
  #prefixWords: Int32Array = new Int32Array(0)
  #remembered: Pick<EventLine, 'topic' | 'timestamp' | 'key' | 'headers'> = {
    topic: '',
    timestamp: 0,
    key: null,
    headers: NO_HEADERS,
  }
  /** Where the value of this line begins if nothing comes after it, or -1. */
  #valueFrom = -1
  /** Whether the string that was passed last has escapes. */
  #escaped = false
  #topicBytes: Uint8Array = EMPTY
  #lastKey: Uint8Array = EMPTY
  #topicText = ''

  /** Reads the line that stands in `bytes` from `start` up to `end`, without its newline. Null, or words that say why it is no event; the topic is set where it could be read. */
  read(bytes: Buffer, start: number, end: number): string | null {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.#end = end
    if (this.#beginsAsBefore(start) && this.#takeRest(start + this.#prefix.length)) return null
    this.topic = ''
    this.key = null
    this.headers = NO_HEADERS
    this.value = null
    this.#valueFrom = -1
    const words = this.#object(start)
    if (words === null) this.#remember(start)
    return words === BROKEN ? notJson(bytes.subarray(start, end)) : words
  }

  /** Whether the line has the same bytes up to its value as the one that is remembered, so all members before are the same. */
  #beginsAsBefore(start: number): boolean {
    const { length } = this.#prefix
    if (length === 0 || start + length > this.#end) return false
    const words = this.#prefixWords
    const view = this.#view
    for (let i = 0; i < words.length; i++) if (view.getInt32(start + 4 * i, true) !== words[i]) return false
    for (let i = 4 * words.length; i < length; i++) if (this.#bytes[start + i] !== this.#prefix[i]) return false
    return true
  }

  /** Takes the value, where nothing comes after it and the object closes at once. */
  #takeRest(from: number): boolean {
    const to = this.#skip(from)
    if (to < 0 || to + 1 !== this.#end || this.#bytes[to] !== CLOSE) return false
    const same = this.#remembered
    this.topic = same.topic
    this.timestamp = same.timestamp
    this.key = same.key
    this.headers = same.headers
    this.value = this.#isNull(from, to) ? null : this.#bytes.subarray(from, to)
    return true
  }

  /** Keeps what stands before the value: lines of one moment and key mostly follow one another. */
  #remember(start: number): void {
    const end = this.#valueFrom
    if (end < 0 || end - start > LONGEST_PREFIX) return
    this.#prefix = Uint8Array.from(this.#bytes.subarray(start, end))
    this.#prefixWords = new Int32Array(this.#prefix.buffer, 0, this.#prefix.length >> 2)
    const { topic, timestamp, key, headers } = this
    this.#remembered = { topic, timestamp, key, headers }
  }

  #object(start: number): string | null {
    const bytes = this.#bytes
    let at = this.#space(start)
    if (bytes[at] !== OPEN) return BROKEN
    at = this.#space(at + 1)
    let seen = 0
    let wrong: string | null = null
    while (at < this.#end && bytes[at] !== CLOSE) {
      if (bytes[at] !== QUOTE) return BROKEN
      const after = this.#string(at)
      if (after < 0) return BROKEN
      const member = this.#member(at + 1, after - 1)
      if (typeof member === 'string') wrong ??= member
      at = this.#space(after)
      if (bytes[at] !== COLON) return BROKEN
      at = this.#space(at + 1)
      const from = at
      at = this.#skip(from)
      if (at < 0) return BROKEN
      if (typeof member === 'number') {
        if ((seen & (1 << member)) !== 0) wrong ??= `the line has "${MEMBERS[member]}" twice`
        seen |= 1 << member
        const words = this.#take(member, from, at)
        if (words !== null) wrong ??= words
      }
      at = this.#space(at)
      if (bytes[at] === CLOSE && at < this.#end) break
      if (bytes[at] !== COMMA) return BROKEN
      at = this.#space(at + 1)
      if (bytes[at] === CLOSE) return BROKEN
    }
    if (at >= this.#end || this.#space(at + 1) !== this.#end) return BROKEN
    if (wrong !== null) return wrong
    if ((seen & NEEDED) === NEEDED) return null
    const missing = [TOPIC, TIMESTAMP, VALUE].filter(member => (seen & (1 << member)) === 0)
    return `the line has no ${missing.map(member => `"${MEMBERS[member]}"`).join(' and no ')}; an event is {"topic": …, "key": …, "timestamp": …, "value": …}`
  }

  /** The number of the member whose name stands there, or what is wrong with the name. */
  #member(from: number, to: number): number | string {
    if (!this.#escaped) {
      for (let i = 0; i < MEMBER_BYTES.length; i++) if (this.#equals(from, to, MEMBER_BYTES[i])) return i
    }
    const name = this.#text(from, to, this.#escaped)
    const member = name === undefined ? -1 : MEMBERS.indexOf(name)
    if (member >= 0) return member
    return `an event has no member ${JSON.stringify(name ?? '?')}, only ${MEMBERS.join(', ')}`
  }

  /** Takes the JSON of a member over, or says what is wrong with it. */
  #take(member: number, from: number, to: number): string | null {
    switch (member) {
      case TOPIC:
        return this.#takeTopic(from, to)
      case KEY:
        return this.#takeKey(from, to)
      case TIMESTAMP:
        return this.#takeTimestamp(from, to)
      case HEADERS:
        return this.#takeHeaders(from, to)
      default:
        // members that come after it are not the same because those before it are
        this.#valueFrom = this.#space(to) === this.#end - 1 ? from : -1
        this.value = this.#isNull(from, to) ? null : this.#bytes.subarray(from, to)
        return null
    }
  }

  #takeTopic(from: number, to: number): string | null {
    if (this.#bytes[from] !== QUOTE) return '"topic" must be a string'
    // nearly every line has the topic of the line before it
    if (!this.#escaped && this.#equals(from + 1, to - 1, this.#topicBytes)) {
      this.topic = this.#topicText
      return null
    }
    const text = this.#text(from + 1, to - 1, this.#escaped)
    if (text === undefined || text === '') return '"topic" must name a topic'
    this.topic = text
    if (!this.#escaped) {
      this.#topicBytes = Uint8Array.from(this.#bytes.subarray(from + 1, to - 1))
      this.#topicText = text
    }
    return null
  }

  #takeKey(from: number, to: number): string | null {
    const first = this.#bytes[from]
    if (first === QUOTE && !this.#escaped) {
      // lines of one key mostly follow one another, and share it
      if (!this.#equals(from + 1, to - 1, this.#lastKey))
        this.#lastKey = Buffer.from(this.#bytes.subarray(from + 1, to - 1))
      this.key = this.#lastKey
    } else if (first === QUOTE) {
      const text = this.#text(from + 1, to - 1, true)
      if (text === undefined) return '"key" is no string that JSON knows'
      this.key = utf8(text)
    } else if (typeof this.#json(from, to) === 'number') this.key = Uint8Array.from(this.#bytes.subarray(from, to))
    else if (!this.#isNull(from, to)) return '"key" must be a string, a number or null'
    return null
  }

  #takeTimestamp(from: number, to: number): string | null {
    const json = this.#bytes[from] === QUOTE ? this.#instant(from + 1, to - 1) : this.#json(from, to)
    if (typeof json !== 'number' || !Number.isInteger(json) || Math.abs(json) > FARTHEST) {
      const text = this.#bytes.toString('utf8', from, Math.min(to, from + 60))
      return `"timestamp" must be ISO-8601 with a zone, or whole milliseconds since 1970, but is ${text}`
    }
    this.timestamp = json
    return null
  }

  #takeHeaders(from: number, to: number): string | null {
    const json = this.#json(from, to)
    if (json === null) return null
    if (typeof json !== 'object' || Array.isArray(json) || Object.values(json).some(text => typeof text !== 'string'))
      return '"headers" must be an object of strings'
    this.headers = json as Record<string, string>
    return null
  }

  /** Milliseconds of ISO-8601; the shape that nearly all have is read without making a string. */
  #instant(from: number, to: number): number | undefined {
    const bytes = this.#bytes
    const length = to - from
    if ((length === 24 || length === 20) && bytes[to - 1] === 90 && !this.#escaped) {
      const [year, month, day] = [this.#digits(from, 4), this.#digits(from + 5, 2), this.#digits(from + 8, 2)]
      const [hour, minute, second] = [
        this.#digits(from + 11, 2),
        this.#digits(from + 14, 2),
        this.#digits(from + 17, 2),
      ]
      const ms = length === 24 ? this.#digits(from + 20, 3) : 0
      const separators =
        bytes[from + 4] === DASH &&
        bytes[from + 7] === DASH &&
        bytes[from + 10] === 84 &&
        bytes[from + 13] === COLON &&
        bytes[from + 16] === COLON &&
        (length === 20 || bytes[from + 19] === 46)
      const real = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59
      if (
        separators &&
        real &&
        year >= 0 &&
        hour >= 0 &&
        minute >= 0 &&
        second >= 0 &&
        ms >= 0 &&
        day <= daysInMonth(year, month)
      )
        return daysFrom1970(year, month, day) * MS_PER_DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms
    }
    const text = this.#text(from, to, this.#escaped)
    return text === undefined ? undefined : parseInstant(text)
  }

  /** The number that `count` digits write, or -1. */
  #digits(from: number, count: number): number {
    let number = 0
    for (let i = from; i < from + count; i++) {
      const digit = this.#bytes[i] - 48
      if (digit < 0 || digit > 9) return -1
      number = number * 10 + digit
    }
    return number
  }

  #equals(from: number, to: number, other: Uint8Array): boolean {
    if (to - from !== other.length) return false
    for (let i = 0; i < other.length; i++) if (this.#bytes[from + i] !== other[i]) return false
    return true
  }

  #isNull(from: number, to: number): boolean {
    return to - from === 4 && this.#bytes[from] === 110 && this.#json(from, to) === null
  }

  /** What a string holds, or undefined where it is no JSON. */
  #text(from: number, to: number, escaped: boolean): string | undefined {
    if (!escaped) return textOf(this.#bytes.subarray(from, to))
    const json = this.#json(from - 1, to + 1)
    return typeof json === 'string' ? json : undefined
  }

  #json(from: number, to: number): unknown {
    const text = textOf(this.#bytes.subarray(from, to))
    if (text === undefined) return undefined
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }

  #space(at: number): number {
    const bytes = this.#bytes
    while (at < this.#end) {
      const c = bytes[at]
      if (c !== 32 && c !== 9 && c !== 13) break
      at++
    }
    return at
  }

  /** Where the JSON that begins at `at` ends, or -1. Brackets are counted, not matched: the judge parses what is inside. */
  #skip(at: number): number {
    const bytes = this.#bytes
    const end = this.#end
    if (at >= end) return -1
    let c = bytes[at]
    if (c === QUOTE) return this.#string(at)
    if (c !== OPEN && c !== 91) {
      const from = at
      for (; at < end; at++) {
        c = bytes[at]
        if (c === COMMA || c === CLOSE || c === 32 || c === 9 || c === 13) break
        if (c === QUOTE || c === COLON || c === OPEN) return -1
      }
      return at === from ? -1 : at
    }
    let depth = 0
    for (; at < end; at++) {
      c = bytes[at]
      if (c === QUOTE) {
        // as #string does, but in place: most bytes of a line are passed here
        while (++at < end && (c = bytes[at]) !== QUOTE) {
          if (c === 92) at++
          else if (c < 32) return -1
        }
        if (at >= end) return -1
      } else if ((c | 32) === OPEN) depth++
      else if ((c | 32) === CLOSE && --depth === 0) return at + 1
    }
    return -1
  }

  /** Where the string whose quote stands at `at` ends, or -1. */
  #string(at: number): number {
    const bytes = this.#bytes
    const end = this.#end
    this.#escaped = false
    while (++at < end) {
      const c = bytes[at]
      if (c === QUOTE) return at + 1
      if (c === 92) {
        this.#escaped = true
        at++
      } else if (c < 32) return -1
    }
    return -1
  }
}

const QUOTE = 34
const COMMA = 44
const DASH = 45
const COLON = 58
/** Of an object; without the bit 32 they are those of an array. */
const OPEN = 123
const CLOSE = 125
const NEEDED = (1 << TOPIC) | (1 << TIMESTAMP) | (1 << VALUE)
/** Stands for words that only a real parser can find. */
const BROKEN = 'broken'

/** Why a line that is broken on its outermost level is no event. */
function notJson(line: Uint8Array): string {
  const text = textOf(line)
  if (text === undefined) return 'the line is not UTF-8'
  try {
    JSON.parse(text)
    return 'the line is JSON, but no object; an event is {"topic": …, "key": …, "timestamp": …, "value": …}'
  } catch (error) {
    return `the line is not JSON: ${(error as SyntaxError).message}`
  }
}
