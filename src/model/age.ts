import { FactError } from '../base/error.ts'
import { addMonths, parseDuration } from './duration.ts'
import { MS_PER_DAY } from './instant.ts'

/**
 * The moment some ISO-8601 duration before another, milliseconds: what became known at or before it is older than that, since a window is
 * `(at - duration, at]`. Throws `argument`, naming the parameter, for what is no duration or a negative one.
 */
export function momentBefore(at: number, duration: string, name: string): number {
  const parsed = parseDuration(duration)
  if (parsed === undefined || duration.startsWith('-'))
    throw new FactError(
      'argument',
      `${name} is a duration of ISO-8601 such as P30D or PT1H, and ${JSON.stringify(duration)} is none`,
    )
  const { months, days, micros } = parsed
  const day = Math.floor(at / MS_PER_DAY)
  const earlier = (months === 0 ? day : addMonths(day, -months)) - days
  return earlier * MS_PER_DAY + (at - day * MS_PER_DAY) - Number(micros) / 1000
}
