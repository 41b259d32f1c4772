import { FactError } from '../base/error.ts'
import { MS_PER_DAY, parseDate, parseInstant } from './instant.ts'
import type { T } from './transaction.ts'

/** A moment as it was asked for: a transaction, an instant in milliseconds, or now. */
export type Moment = { readonly t: T } | { readonly instant: number } | { readonly now: true }

export const NOW: Moment = { now: true }

/** Reads an `asOf` (surface §3): digits are a `t`, otherwise a day or ISO-8601 with a zone. Throws `invalid-as-of`. */
export function parseMoment(asOf: string | number | undefined): Moment {
  if (asOf === undefined) return NOW
  const text = String(asOf).trim()
  if (/^\d+$/.test(text)) {
    const t = Number(text)
    if (Number.isSafeInteger(t)) return { t }
  }
  const days = parseDate(text)
  if (days !== undefined) return { instant: days * MS_PER_DAY }
  // in a URL an unescaped + is a space
  const instant = parseInstant(text.replace(/ (?=\d{2}:?\d{2}$)/, '+'))
  if (instant !== undefined) return { instant }
  const zoneless = parseInstant(`${text}Z`) !== undefined
  const advice = zoneless
    ? `${text} has no zone: write ${text}Z, or an offset such as ${text}+01:00`
    : `${JSON.stringify(text)} is no moment: give a t such as 1200, a day such as 2011-03-01, or an instant with a zone such as 2011-03-01T12:00:00Z`
  throw new FactError('invalid-as-of', advice)
}

/** Throws `invalid-as-of` for a `t` beyond the last one. */
export function beyond(t: T, last: T): FactError {
  const looks = t > 1e11 ? ` ${t} looks like milliseconds since 1970: write it as ${new Date(t).toISOString()}.` : ''
  return new FactError('invalid-as-of', `t ${t} does not exist yet: the last is ${last}.${looks}`)
}
