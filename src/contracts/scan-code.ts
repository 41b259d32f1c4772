import { isUtf8 } from 'node:buffer'
import { daysFrom1970, daysInMonth, MS_PER_DAY } from '../model/instant.ts'
import type { ValueType } from '../model/type.ts'
import type { Contract, Field } from './contract.ts'
import type { Layout } from './layout.ts'
import type { Scanned } from './scanned.ts'

/**
 * Scans the event that stands in `bytes` of a `Scanned` from `begin` up to `end`; its values go to `at` and on. False where anything in it is
 * unusual; then what was found means nothing.
 */
export type Scan = (begin: number, end: number, at: number) => boolean

/** Figures that a double always holds exactly. */
const FIGURES = 15
const POWERS = Float64Array.from({ length: FIGURES + 1 }, (_, i) => 10 ** i)

/**
 * Makes the code that reads the events of one contract, written in one layout. Nothing but numbers goes from the contract into the code.
 * Whatever the code accepts, the judge accepts with the same values; where it is not sure, it refuses.
 */
export function compileScan(contract: Contract, layout: Layout, scanned: Scanned): Scan {
  const { bytes, view, present, start, end, number } = scanned
  const code = [
    'return function scan(begin, stop, at) {',
    'let p = begin, s = 0, c = 0, n = 0, w = 0, f = 0, any = 0, negative = false, quoted = false',
    ...contract.fields.map((_, i) => (layout.order.includes(i) ? '' : `present[at + ${i}] = 0`)),
    ...layout.order.map((field, place) => member(contract.fields[field], field, place, layout)),
    `if (b[p] !== ${CLOSE} || p + 1 !== stop) return false`,
    'return any < 128 || isUtf8(b.subarray(begin, stop))',
    '}',
  ].join('\n')
  const given = { b: bytes, v: view, present, start, end, number, powers: POWERS, instantAt, dateAt, digitsAt, isUtf8 }
  return new Function(...Object.keys(given), code)(...Object.values(given)) as Scan
}

const QUOTE = 34
const CLOSE = 125
const NULL = literalInt('null')

function literalInt(four: string): number {
  return Buffer.from(four, 'latin1').readInt32LE(0)
}

/** Whether the bytes at `p` differ from a literal: four at a time, the last four overlapping. */
function differs(literal: string): string {
  const bytes = Buffer.from(literal, 'latin1')
  const at = (offset: number) => (offset === 0 ? 'p' : `p + ${offset}`)
  const tests: string[] = []
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) tests.push(`v.getInt32(${at(i)}, true) !== ${bytes.readInt32LE(i)}`)
  if (i < bytes.length && bytes.length >= 4) {
    const last = bytes.length - 4
    tests.push(`v.getInt32(${at(last)}, true) !== ${bytes.readInt32LE(last)}`)
  } else for (; i < bytes.length; i++) tests.push(`b[${at(i)}] !== ${bytes[i]}`)
  return tests.join(' || ')
}

/** One member: its name, and then its value or null. */
function member(field: Field, i: number, place: number, { afterColon, afterComma }: Layout): string {
  const name = `${place === 0 ? '{' : `,${afterComma}`}"${field.name}":${afterColon}`
  const value = readValue(field.type, i)
  if (!field.optional) return `if (${differs(name)}) return false\np += ${name.length}\n${value}`
  const inside = `p += ${name.length}
if (v.getInt32(p, true) === ${NULL}) { p += 4; present[at + ${i}] = 0 }
else {
present[at + ${i}] = 1
${value}
}`
  if (place === 0) return `if (${differs(name)}) return false\n${inside}`
  return `if (${differs(name)}) present[at + ${i}] = 0\nelse {\n${inside}\n}`
}

function readValue(type: ValueType, i: number): string {
  switch (type.base) {
    case 'string':
      return readText(i)
    case 'enum':
      return readText(i) + oneOf(type.values)
    case 'uuid':
      return `if (b[p] !== ${QUOTE} || b[p + 37] !== ${QUOTE}) return false
for (s = p + 1, w = 0; w < 36; w++) {
c = b[s + w]
if (w === 8 || w === 13 || w === 18 || w === 23 ? c !== 45 : !((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false
}
start[at + ${i}] = s; end[at + ${i}] = s + 36; p += 38`
    case 'boolean':
      return `if (v.getInt32(p, true) === ${literalInt('true')}) { number[at + ${i}] = 1; p += 4 }
else if (v.getInt32(p, true) === ${literalInt('fals')} && b[p + 4] === 101) { number[at + ${i}] = 0; p += 5 }
else return false`
    case 'long':
      return `${SIGNED}${DIGITS}
if (w === 0 || w > ${FIGURES} || (w > 1 && b[s] === 48)) return false
number[at + ${i}] = negative ? 0 - n : n`
    case 'double':
      return `${SIGNED}${DIGITS}
if (w === 0 || (w > 1 && b[s] === 48)) return false
${fraction(FIGURES)}
if (w + f > ${FIGURES} || (negative && n === 0)) return false
n /= powers[f]
number[at + ${i}] = negative ? 0 - n : n`
    case 'decimal':
      // between quotes a number may begin with zeros
      return `quoted = b[p] === ${QUOTE}
if (quoted) p++
${SIGNED}${DIGITS}
if (w === 0 || (!quoted && w > 1 && b[s] === 48)) return false
${fraction(type.digits)}
if (w + ${type.digits} > ${FIGURES}) return false
if (quoted && b[p++] !== ${QUOTE}) return false
n *= powers[${type.digits} - f]
number[at + ${i}] = negative ? 0 - n : n`
    case 'instant':
      return readInstant(type.micros, i)
    case 'date':
      return `if (b[p] !== ${QUOTE} || b[p + 11] !== ${QUOTE}) return false
n = dateAt(b, p + 1)
if (n !== n) return false
number[at + ${i}] = n; p += 12`
    default:
      return 'return false'
  }
}

const readText = (i: number): string => `if (b[p] !== ${QUOTE}) return false
s = ++p
while ((c = b[p]) !== ${QUOTE}) {
if (c < 32 || c === 92) return false
any |= c; p++
}
start[at + ${i}] = s; end[at + ${i}] = p; p++
`

/** Whether what stands from `s` up to the quote before `p` is one of the values. */
function oneOf(values: readonly string[]): string {
  const same = values.map(value => {
    const literal = Buffer.from(value, 'utf8').toString('latin1')
    return `(w === ${literal.length} && !(${differs(literal)}))`
  })
  return `w = p - 1 - s; p = s\nif (!(${same.join(' || ')})) return false\np = s + w + 1`
}

const SIGNED = 'negative = b[p] === 45\nif (negative) p++\n'
const DIGITS = 's = p; n = 0\nwhile ((c = b[p] - 48) >= 0 && c < 10) { n = n * 10 + c; p++ }\nw = p - s'

/** A point and up to `most` digits, or nothing; `f` says how many. */
const fraction = (most: number): string => `f = 0
if (b[p] === 46) {
s = ++p
while ((c = b[p] - 48) >= 0 && c < 10) { n = n * 10 + c; p++ }
f = p - s
if (f === 0 || f > ${most}) return false
}`

/** The last millisecond of the year 9999, and the first of the year 0. */
const LAST_MS = 253_402_300_799_999
const FIRST_MS = -62_167_219_200_000

/** ISO-8601 of the usual shapes, or epoch milliseconds. */
function readInstant(micros: boolean, i: number): string {
  const exact = micros
    ? `n = n * 1000 + f\nif (n > ${Number.MAX_SAFE_INTEGER} || n < ${Number.MIN_SAFE_INTEGER}) return false`
    : ''
  return `f = 0
if (b[p] === ${QUOTE}) {
for (w = 20, s = p + 1; w < 33 && b[s + w] !== ${QUOTE}; w++);
if (b[s + w] !== ${QUOTE}) return false
n = instantAt(b, s, w, ${micros})
${micros ? 'f = b[s + 19] === 46 && b[s + 23] >= 48 && b[s + 23] <= 57 ? digitsAt(b, s + 23, 3) : 0' : ''}
p += w + 2
} else {
${SIGNED}${DIGITS}
if (w === 0 || w > ${FIGURES} || (w > 1 && b[s] === 48)) return false
n = negative ? 0 - n : n
}
if (!(n <= ${LAST_MS} && n >= ${FIRST_MS})) return false
${exact}
number[at + ${i}] = n`
}

/** The number that `count` digits write, or NaN. */
function digitsAt(bytes: Uint8Array, at: number, count: number): number {
  let number = 0
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

/** Days since 1970 of `YYYY-MM-DD`, or NaN. */
function dateAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return Number.NaN
  const [year, month, day] = [digitsAt(bytes, at, 4), digitsAt(bytes, at + 5, 2), digitsAt(bytes, at + 8, 2)]
  if (!(month >= 1 && month <= 12 && day >= 1 && year >= 0) || !(day <= daysInMonth(year, month))) return Number.NaN
  return daysFrom1970(year, month, day)
}

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS`, then nothing or `.mmm` (where `micros`, also `.mmmuuu`, of which the last three are
 * not counted), then `Z` or `+HH:MM`. NaN for anything else.
 */
function instantAt(bytes: Uint8Array, at: number, length: number, micros: boolean): number {
  if (bytes[at + 10] !== 84 || bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return Number.NaN
  const zone = at + length - (bytes[at + length - 1] === 90 ? 1 : 6)
  const fraction = zone - at - 19
  let ms = 0
  if (fraction !== 0) {
    if (bytes[at + 19] !== 46 || (fraction !== 4 && !(micros && fraction === 7))) return Number.NaN
    ms = digitsAt(bytes, at + 20, 3)
    if (fraction === 7) ms += 0 * digitsAt(bytes, at + 23, 3)
  }
  let offset = 0
  if (bytes[zone] !== 90) {
    const sign = bytes[zone] === 43 ? 1 : bytes[zone] === 45 ? -1 : Number.NaN
    const [hours, minutes] = [digitsAt(bytes, zone + 1, 2), digitsAt(bytes, zone + 4, 2)]
    if (bytes[zone + 3] !== 58 || !(hours <= 23 && minutes <= 59)) return Number.NaN
    offset = sign * (hours * 60 + minutes)
  }
  const hour = digitsAt(bytes, at + 11, 2)
  const minute = digitsAt(bytes, at + 14, 2)
  const second = digitsAt(bytes, at + 17, 2)
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN
  return dateAt(bytes, at) * MS_PER_DAY + hour * 3_600_000 + (minute - offset) * 60_000 + second * 1000 + ms
}
