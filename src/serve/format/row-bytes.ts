import type { Answer, AnswerColumn } from '../../model/answer.ts'
import { columnNames } from '../../model/column-names.ts'
import type { Strings } from '../../model/fact-view.ts'
import { MS_PER_DAY, showDate } from '../../model/instant.ts'
import { afterNames, commas, csvHead } from './answer-text.ts'
import { cellsOf } from './cell.ts'
import { csvDialect, type Dialect, jsonDialect } from './dialect.ts'

/**
 * Rows as UTF-8, straight from columns: no cell becomes a string where its bytes follow from its number, and a text that stands in many rows
 * is written out once. The bytes are those of `answer-text.ts`, which is the same in words.
 */

/** Bytes of a piece; no piece is larger than this and its last row. */
const PIECE = 131_072
/** Texts of a column that are kept, each in the place that its code has by these many. */
const KEPT = 4096
/** Bytes of the longest of them. */
const LONGEST = 64
/** Bytes that a number, an instant and a date take at most. */
const WIDEST = 40
/** Bytes of the UTF-8 of one UTF-16 unit at most. */
const UNIT = 3

const encoder = new TextEncoder()

/** Where rows are written; a text that is longer than the room asks for more. */
class Target {
  bytes: Uint8Array
  at = 0
  /** Bytes that the rest of a row takes beside its texts. */
  readonly #rest: number

  constructor(rest: number) {
    this.#rest = rest
    this.bytes = new Uint8Array(PIECE + rest)
  }

  /** Room for so many bytes, and the rest of the row behind them. */
  claim(more: number): void {
    const needed = this.at + more + this.#rest
    if (needed <= this.bytes.length) return
    const wider = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    wider.set(this.bytes.subarray(0, this.at))
    this.bytes = wider
  }

  /** What was written since it was called last. With `lent` the next piece overwrites it. */
  taken(lent: boolean): Uint8Array {
    const piece = this.bytes.subarray(0, this.at)
    this.at = 0
    if (!lent) this.bytes = new Uint8Array(PIECE + this.#rest)
    return piece
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this
    let { at } = this
    for (let i = start; i < end; i++) bytes[at++] = from[i]
    this.at = at
  }

  text(text: string): void {
    this.claim(UNIT * text.length)
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written
  }
}

/** Writes the cell of a row. */
type Put = (to: Target, row: number) => void

const ZERO = 48
/** The two figures of each number below 100. */
const PAIRS = encoder.encode(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''))

/** `value` in exactly `figures` figures; it is below 2^31. */
function putFigures(to: Target, value: number, figures: number): void {
  const { bytes } = to
  let at = to.at + figures
  let rest = value | 0
  let left = figures
  for (; left >= 2; left -= 2) {
    const above = (rest / 100) | 0
    const pair = 2 * (rest - 100 * above)
    bytes[--at] = PAIRS[pair + 1]
    bytes[--at] = PAIRS[pair]
    rest = above
  }
  if (left === 1) bytes[--at] = ZERO + (rest % 10)
  to.at += figures
}

function figuresOf(value: number): number {
  let figures = 1
  for (let bound = 10; value >= bound; bound *= 10) figures++
  return figures
}

const HALF = 1e8

/** A whole number from 0 that is safe. */
function putWhole(to: Target, value: number): void {
  if (value < HALF) return putFigures(to, value, figuresOf(value))
  const above = Math.floor(value / HALF)
  putWhole(to, above)
  putFigures(to, value - above * HALF, 8)
}

function putLong(to: Target, value: number): void {
  if (value < 0) to.bytes[to.at++] = 45
  putWhole(to, Math.abs(value))
}

/** Of decimals with so few figures behind the point those are below 2^31. */
const MOST_FIGURES = 9

function putDecimal(to: Target, unscaled: number, figures: number, scale: number): void {
  if (unscaled < 0) to.bytes[to.at++] = 45
  const size = Math.abs(unscaled)
  const whole = Math.floor(size / scale)
  putWhole(to, whole)
  to.bytes[to.at++] = 46
  putFigures(to, size - whole * scale, figures)
}

/** `HH:MM:SS.sssZ` of milliseconds since midnight. */
function putTime(to: Target, ms: number): void {
  const { bytes } = to
  const seconds = (ms / 1000) | 0
  const minutes = (seconds / 60) | 0
  putFigures(to, (minutes / 60) | 0, 2)
  bytes[to.at++] = 58
  putFigures(to, minutes % 60, 2)
  bytes[to.at++] = 58
  putFigures(to, seconds % 60, 2)
  bytes[to.at++] = 46
  putFigures(to, ms - 1000 * seconds, 3)
  bytes[to.at++] = 90
}

/** Whatever its text is. */
const written =
  (cells: (row: number) => string): Put =>
  (to, row) =>
    to.text(cells(row))

/** Values that follow from a small number, each with its text: the bytes of each are kept, where they are few enough. */
function keptBytes(values: ArrayLike<number | bigint>, cells: (row: number) => string): Put {
  const keys = new Int32Array(KEPT).fill(-1)
  const lengths = new Uint8Array(KEPT)
  const kept = new Uint8Array(KEPT * LONGEST)
  return (to, row) => {
    const key = values[row] as number
    const place = key & (KEPT - 1)
    const start = place * LONGEST
    if (keys[place] === key && key >= 0) {
      const end = start + lengths[place]
      to.claim(LONGEST)
      return to.copy(kept, start, end)
    }
    const before = to.at
    to.text(cells(row))
    const length = to.at - before
    if (key < 0 || length > LONGEST) return
    keys[place] = key
    lengths[place] = length
    kept.set(to.bytes.subarray(before, to.at), start)
  }
}

/** What a dialect writes before and behind digits. */
function around(write: (digits: string) => string): readonly [Uint8Array, Uint8Array] {
  const [before, behind] = write('0').split('0')
  return [encoder.encode(before), encoder.encode(behind)]
}

const quoted =
  ([before, behind]: readonly [Uint8Array, Uint8Array], put: Put): Put =>
  (to, row) => {
    to.copy(before, 0, before.length)
    put(to, row)
    to.copy(behind, 0, behind.length)
  }

/** Days that are kept, each in the place that its number has by these many: rows mostly share their day with others. */
const DAYS = 1024
const DATE = 'YYYY-MM-DDT'.length

function instants(values: Float64Array): Put {
  const days = new Int32Array(DAYS).fill(-2147483648)
  const dates = new Uint8Array(DAYS * DATE)
  return (to, row) => {
    const ms = values[row]
    const day = Math.floor(ms / MS_PER_DAY)
    const place = day & (DAYS - 1)
    const start = place * DATE
    if (days[place] !== day) {
      days[place] = day
      encoder.encodeInto(`${showDate(day)}T`, dates.subarray(start, start + DATE))
    }
    to.copy(dates, start, start + DATE)
    putTime(to, ms - day * MS_PER_DAY)
  }
}

/** A column as bytes in some dialect. */
function bytesOf(column: AnswerColumn, strings: Strings, dialect: Dialect): Put {
  const { present } = column
  const put = valuesOf(column, strings, dialect)
  if (present === null) return put
  const absent = encoder.encode(dialect.absent)
  return (to, row) => (present[row] === 0 ? to.copy(absent, 0, absent.length) : put(to, row))
}

function valuesOf(column: AnswerColumn, strings: Strings, dialect: Dialect): Put {
  const { v, type } = column
  const cells = cellsOf(column, strings, dialect)
  switch (type.base) {
    case 'long':
    case 'ref': {
      if (v.as === 'i64' || v.as === 'i128' || v.as === 'any') return written(cells)
      const { values } = v
      return (to, row) => putLong(to, values[row])
    }
    case 'decimal': {
      const { digits } = type
      if (v.as !== 'f64' || digits === 0 || digits > MOST_FIGURES) return written(cells)
      const [{ values }, scale] = [v, 10 ** digits]
      return quoted(around(dialect.decimal), (to, row) => putDecimal(to, values[row], digits, scale))
    }
    case 'instant':
      return v.as !== 'f64' || type.micros ? written(cells) : quoted(around(dialect.instant), instants(v.values))
    default:
      // codes of texts, days, and booleans
      return v.as === 'i32' ? keptBytes(v.values, cells) : written(cells)
  }
}

/** Rows in pieces, `[bytes]` each. With `lent` a piece is overwritten by the next. */
function* inPieces(
  answer: Answer,
  dialect: Dialect,
  before: readonly string[],
  close: string,
  lent: boolean,
): Generator<readonly Uint8Array[]> {
  const puts = answer.columns.map(column => bytesOf(column, answer.strings, dialect))
  const openings = before.map(text => encoder.encode(text))
  const end = encoder.encode(close)
  const to = new Target(openings.reduce((sum, { length }) => sum + length + WIDEST, end.length))
  for (let row = 0; row < answer.rows; row++) {
    to.claim(0)
    for (let c = 0; c < puts.length; c++) {
      const opening = openings[c]
      to.copy(opening, 0, opening.length)
      puts[c](to, row)
    }
    to.copy(end, 0, end.length)
    if (to.at >= PIECE) yield [to.taken(lent)]
  }
  if (to.at > 0) yield [to.taken(lent)]
}

/** As `ndjsonAnswer`. Throws `argument` where two columns have one name. */
export function ndjsonBytes(answer: Answer, lent = false): Generator<readonly Uint8Array[]> {
  const [first, ...others] = afterNames(columnNames(answer))
  return inPieces(answer, jsonDialect, [`{${first}`, ...others], '}\n', lent)
}

/** As `csvAnswer`. Throws `argument` where two columns have one name. */
export function csvBytes(answer: Answer, lent = false): Generator<readonly Uint8Array[]> {
  const names = columnNames(answer)
  // eager, so that what is wrong with the names is thrown before the first byte is sent
  return (function* () {
    yield [encoder.encode(csvHead(names))]
    yield* inPieces(answer, csvDialect, commas(names.length, ','), '\r\n', lent)
  })()
}
