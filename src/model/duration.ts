import { daysFrom1970, daysInMonth, MS_PER_DAY } from './instant.ts'

/** A duration of ISO-8601. Months and years have no fixed length, so they are kept apart. */
export interface Duration {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

const SHAPE =
  /^([+-])?P(?=\d|T\d)(?:(\d{1,6})Y)?(?:(\d{1,7})M)?(?:(\d{1,8})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:[.,](\d{1,6}))?S)?)?$/
export const MICROS_PER_DAY = BigInt(MS_PER_DAY) * 1000n

/** Reads `P30D`, `PT1H30M`, `P1Y2M`, `-P1W`, `PT0.5S`; undefined where the text is no duration, or finer than a microsecond. */
export function parseDuration(text: string): Duration | undefined {
  const match = SHAPE.exec(text)
  if (!match) return undefined
  const sign = match[1] === '-' ? -1 : 1
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(2, 9).map(part => Number(part ?? 0))
  const fraction = BigInt((match[9] ?? '').padEnd(6, '0'))
  const micros = (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n + fraction
  return {
    months: sign * (years * 12 + months) + 0,
    days: sign * (weeks * 7 + days) + 0,
    micros: BigInt(sign) * micros,
  }
}

export const negated = ({ months, days, micros }: Duration): Duration => ({
  months: 0 - months,
  days: 0 - days,
  micros: -micros,
})

/** Days since 1970 of a day some months later; where that month is shorter, its last day. */
export function addMonths(days: number, months: number): number {
  const [year, month, day] = calendarDay(days)
  const index = year * 12 + month - 1 + months
  const [y, m] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1]
  return daysFrom1970(y, m, Math.min(day, daysInMonth(y, m)))
}

/** Year, month (from 1) and day (from 1) of days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export function calendarDay(days: number): [number, number, number] {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1]
}
