import { assert } from '../base/assert.ts'
import type { ByteReader, ByteWriter } from '../base/bytes.ts'
import { Decimal, rescale } from '../model/decimal.ts'
import type { Strings } from '../model/fact-view.ts'
import type { ValueType } from '../model/type.ts'
import { EntityRef, Instant, Keyword, LocalDate, type Value } from '../model/value.ts'
import type { Dictionary } from './dictionary.ts'

/**
 * What a column holds for a value (model/column.ts): a code, ordinal, day count or 0/1; a double; or an exact integer,
 * as a bigint only where it is beyond 2^53.
 */
export type RawValue = number | bigint

const MISSING = -1

/** An integer as a number where it is safe as one. */
export const narrow = (value: RawValue): RawValue =>
  typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    ? Number(value)
    : value

/** Types whose raw value is the code of a text. */
export const isText = (type: ValueType): boolean =>
  type.base === 'string' ||
  type.base === 'enum' ||
  type.base === 'uuid' ||
  type.base === 'json' ||
  type.base === 'keyword'

/** The raw form of a value that is no reference; -1 where `strings` has no code for its text. */
export function rawOf(type: ValueType, value: Value, strings: Strings): RawValue {
  if (typeof value === 'string') return strings.code(value)
  return rawNumber(type, value)
}

/** The same, giving a new text its code. */
export function internRaw(type: ValueType, value: Value, dictionary: Dictionary): RawValue {
  if (typeof value === 'string') return dictionary.intern(value)
  return rawNumber(type, value)
}

function rawNumber(type: ValueType, value: Value): RawValue {
  switch (type.base) {
    case 'boolean':
      return value === true ? 1 : 0
    case 'double':
      return value as number
    case 'long':
      return narrow(value as bigint)
    case 'decimal': {
      const unscaled = rescale(value as Decimal, type.digits)
      if (unscaled === undefined) assert(false, `${value} is no decimal(${type.digits})`)
      return narrow(unscaled)
    }
    case 'instant':
      return narrow(type.micros ? (value as Instant).micros : (value as Instant).micros / 1000n)
    case 'date':
      return (value as LocalDate).days
    default:
      assert(false, `a ${type.base} cannot hold ${typeof value}`)
  }
}

/** The value of a raw form. `kind` is the kind number that a reference points at. */
export function valueFrom(type: ValueType, raw: RawValue, strings: Strings, refKind = 0): Value {
  switch (type.base) {
    case 'boolean':
      return raw === 1
    case 'double':
      return raw as number
    case 'long':
      return BigInt(raw)
    case 'decimal':
      return new Decimal(BigInt(raw), type.digits)
    case 'instant':
      return new Instant(type.micros ? BigInt(raw) : BigInt(raw) * 1000n)
    case 'date':
      return new LocalDate(raw as number)
    case 'ref':
      return new EntityRef(refKind * 2 ** 32 + (raw as number))
    case 'keyword':
      return new Keyword(strings.text(raw as number))
    default:
      return strings.text(raw as number)
  }
}

/** Writes a raw value; a text that is new to the log is written out behind its code. */
export function writeRaw(
  to: ByteWriter,
  type: ValueType,
  raw: RawValue,
  dictionary: Dictionary,
  written: { codes: number },
): void {
  if (isText(type)) {
    writeCode(to, raw as number, dictionary, written)
  } else if (type.base === 'double') to.f64(raw as number)
  else to.integer(raw)
}

/** The inverse of `writeRaw`; gives a new text its code, the same as when it was written. */
export function readRaw(from: ByteReader, type: ValueType, dictionary: Dictionary): RawValue {
  if (isText(type)) return readCode(from, dictionary)
  return type.base === 'double' ? from.f64() : from.integer()
}

/** Writes a code (-1 for none). Codes reach the log in the order in which they were given, each with its text the first time. */
export function writeCode(to: ByteWriter, code: number, dictionary: Dictionary, written: { codes: number }): void {
  to.varint(code + 1)
  if (code !== written.codes) {
    assert(code < written.codes, 'a text reaches the log before one that is older')
    return
  }
  to.block(dictionary.utf8(code))
  written.codes++
}

export function readCode(from: ByteReader, dictionary: Dictionary): number {
  const code = from.varint() - 1
  if (code === MISSING || code < dictionary.size) return code
  assert(code === dictionary.size, 'the log uses a text before it defines it')
  return readText(from, dictionary)
}

/** Reads a text that the dictionary has or gets; gives its code. */
export function readText(from: ByteReader, dictionary: Dictionary): number {
  const length = from.varint()
  const start = from.skip(length)
  return dictionary.internBytes(from.buffer, start, start + length)
}
