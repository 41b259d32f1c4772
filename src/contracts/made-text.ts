import { showDecimal } from '../model/decimal.ts'
import { showDate, showInstant, showMicros } from '../model/instant.ts'
import type { ValueType } from '../model/type.ts'
import { isText, type Scanned } from './scanned.ts'

/** A text to make of the values of fields: a composite key, or the plain text of one value that is none. */
export interface MadeText {
  /** Numbers of fields. */
  readonly parts: readonly number[]
  /** With `/` between the parts, and `~` and `/` inside them escaped (surface: keys). */
  readonly joined: boolean
}

const SLASH = 47
const TILDE = 126
/** Longer than the plain text of any number that a scan gives. */
const LONGEST_NUMBER = 48

/**
 * Writes a text behind the event whose values begin at `event`, as operand `operand` of it, from `at` and not beyond `limit`; gives where it
 * ends, or -1 where there is no room. Absent where any part is.
 */
export function makeText(
  made: MadeText,
  types: readonly ValueType[],
  scanned: Scanned,
  event: number,
  operand: number,
  at: number,
  limit: number,
): number {
  const { parts, joined } = made
  const { bytes, present, start, end, number } = scanned
  let to = at
  for (let i = 0; i < parts.length; i++) {
    const part = event + parts[i]
    if (present[part] === 0) {
      present[event + operand] = 0
      return at
    }
    const type = types[parts[i]]
    const text = isText(type)
    if (to + 1 + (text ? 2 * (end[part] - start[part]) : LONGEST_NUMBER) > limit) return -1
    if (i > 0) bytes[to++] = SLASH
    if (!text) to = writeNumber(bytes, to, type, number[part])
    else
      for (let from = start[part]; from < end[part]; from++) {
        const c = bytes[from]
        if (joined && (c === SLASH || c === TILDE)) {
          bytes[to++] = TILDE
          bytes[to++] = c === TILDE ? 48 : 49
        } else bytes[to++] = c
      }
  }
  present[event + operand] = 1
  start[event + operand] = at
  end[event + operand] = to
  return to
}

/** The text that `keyText` gives the value. None has a `~` or `/` in it. */
function writeNumber(bytes: Uint8Array, at: number, type: ValueType, value: number): number {
  if (type.base === 'long' && value >= 0 && value < 2 ** 31) return writeDigits(bytes, at, value)
  const text = numberText(type, value)
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  return at + text.length
}

function writeDigits(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++
  let rest = value
  for (let i = end - 1; i >= at; i--) {
    const shorter = (rest / 10) | 0
    bytes[i] = 48 + rest - 10 * shorter
    rest = shorter
  }
  return end
}

function numberText(type: ValueType, value: number): string {
  switch (type.base) {
    case 'boolean':
      return value === 1 ? 'true' : 'false'
    case 'decimal':
      return showDecimal(value, type.digits)
    case 'date':
      return showDate(value)
    case 'instant':
      return type.micros ? showMicros(value) : showInstant(value)
    default:
      return String(value)
  }
}
