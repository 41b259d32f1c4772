const SHAPE = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)$/
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
export const MS_PER_DAY = 86_400_000

/** Days since 1970-01-01 of a calendar day, or undefined where the calendar has no such day. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return Math.floor(date.getTime() / MS_PER_DAY)
}

/** Days from 1970-01-01 to a day of the Gregorian calendar, which must exist (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysFrom1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** How many days a month (1 to 12) has. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 of `YYYY-MM-DD`, or undefined. */
export function parseDate(text: string): number | undefined {
  const match = DAY.exec(text)
  return match ? daysOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

/** `YYYY-MM-DD` of days since 1970-01-01. */
export const showDate = (days: number): string => new Date(days * MS_PER_DAY).toISOString().slice(0, 10)

/** Nanoseconds since 1970 of ISO-8601 with a zone, exact; undefined where the text is none, has no zone or names no real moment. */
export function parseInstantNanos(text: string): bigint | undefined {
  const match = SHAPE.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone] = match
  const days = daysOf(Number(year), Number(month), Number(day))
  const [h, m, s] = [Number(hour), Number(minute), Number(second)]
  if (days === undefined || h > 23 || m > 59 || s > 59) return undefined
  let offset = 0
  if (zone !== 'Z' && zone !== 'z') {
    const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
    const [oh, om] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
    if (oh > 23 || om > 59) return undefined
    offset = (zone[0] === '-' ? -1 : 1) * (oh * 60 + om)
  }
  const seconds = BigInt(days) * 86_400n + BigInt(h * 3600 + (m - offset) * 60 + s)
  return seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** Milliseconds since 1970, floored; undefined where the text is no ISO-8601 instant with a zone. */
export function parseInstant(text: string): number | undefined {
  const nanos = parseInstantNanos(text)
  if (nanos === undefined) return undefined
  const ms = nanos / 1_000_000n
  return Number(nanos % 1_000_000n < 0n ? ms - 1n : ms)
}

const two = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'))
/** Of a Date, milliseconds. */
const LAST_MS = 8.64e15
/** The day that was shown last: instants that are shown together are near each other, and the date is what takes long. */
let lastDay = Number.NaN
let lastDate = ''

/** `2011-03-01T00:00:00.000Z` of milliseconds since 1970. Throws a RangeError beyond the years that a Date has. */
export function showInstant(ms: number): string {
  if (!(Math.abs(ms) < LAST_MS) || !Number.isInteger(ms)) return new Date(ms).toISOString()
  const day = Math.floor(ms / MS_PER_DAY)
  const rest = ms - day * MS_PER_DAY
  if (day !== lastDay) {
    lastDate = new Date(day * MS_PER_DAY).toISOString().slice(0, -14)
    lastDay = day
  }
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  const fraction = rest - seconds * 1000
  const more = Math.floor(fraction / 10)
  const time = `${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}`
  return `${lastDate}T${time}.${two[more]}${fraction - 10 * more}Z`
}

/** `2011-03-01T00:00:00.000001Z` of microseconds since 1970. */
export function showMicros(micros: number | bigint): string {
  const exact = BigInt(micros)
  const ms = exact / 1000n - (exact % 1000n < 0n ? 1n : 0n)
  const rest = exact - ms * 1000n
  return `${showInstant(Number(ms)).slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}
