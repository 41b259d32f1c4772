import { FactError } from '../../base/error.ts'
import { addMonths, calendarDay, type Duration, MICROS_PER_DAY, negated, parseDuration } from '../../model/duration.ts'
import { daysFrom1970 } from '../../model/instant.ts'
import { DATE, INSTANT, LONG, showType, type ValueType } from '../../model/type.ts'
import { Instant, LocalDate, type Value } from '../../model/value.ts'
import type { Literal } from '../language/ast.ts'
import type { EdnPlace } from '../language/edn.ts'
import { literalText, type QueryFunction } from './function.ts'

const MICROS: ValueType = { base: 'instant', micros: true }
type Moment = Instant | LocalDate

const floorDiv = (a: bigint, b: bigint): bigint => a / b - (a % b < 0n ? 1n : 0n)

/** Days since 1970, UTC. */
const dayOf = (value: Moment): number =>
  value instanceof LocalDate ? value.days : Number(floorDiv(value.micros, MICROS_PER_DAY))
/** Microseconds since midnight UTC. */
const timeOf = (value: Instant): bigint => value.micros - floorDiv(value.micros, MICROS_PER_DAY) * MICROS_PER_DAY

function durationOf(text: string): Duration {
  const duration = parseDuration(text)
  if (duration === undefined)
    throw new FactError(
      'wrong-type',
      `${JSON.stringify(text)} is no duration of ISO-8601, such as "P30D", "PT1H30M" or "P1Y2M"`,
    )
  return duration
}

/** The years that EDN and ISO-8601 can write. */
function inRange<M extends Moment>(value: M): M {
  const [year] = calendarDay(dayOf(value))
  if (year < 0 || year > 9999)
    throw new FactError('arithmetic', `the result lies in the year ${year}; there are 0 to 9999`)
  return value
}

function shifted(value: Moment, { months, days, micros }: Duration): Moment {
  const day = (months === 0 ? dayOf(value) : addMonths(dayOf(value), months)) + days
  if (value instanceof LocalDate) {
    if (micros !== 0n)
      throw new FactError('wrong-type', 'a date has no hours: a duration of hours is added to instants only')
    return inRange(new LocalDate(day))
  }
  return inRange(new Instant(BigInt(day) * MICROS_PER_DAY + timeOf(value) + micros))
}

/** An instant in milliseconds stays one where the duration is known to have no finer part. */
function shiftedType(
  [type]: readonly ValueType[],
  [, literal]: readonly (Literal | undefined)[],
  at: EdnPlace,
): ValueType {
  const text = literalText(literal)
  const duration = text === undefined ? undefined : durationOf(text)
  if (type.base === 'date' && duration !== undefined && duration.micros !== 0n)
    throw new FactError('wrong-type', 'a date has no hours: a duration of hours is added to instants only', at)
  if (type.base !== 'instant') return type
  return duration !== undefined && duration.micros % 1000n === 0n ? type : MICROS
}

const shifting = (doc: string, how: (duration: Duration) => Duration): QueryFunction => ({
  takes: ['moment', 'text'],
  doc,
  gives: shiftedType,
  value: ([value, duration]) => shifted(value as Moment, how(durationOf(duration as string))),
})

const part = (doc: string, value: (moment: Moment) => number): QueryFunction => ({
  takes: ['moment'],
  doc,
  gives: () => LONG,
  value: ([moment]) => BigInt(value(moment as Moment)),
})

const clock = (doc: string, unit: bigint, size: bigint): QueryFunction => ({
  takes: ['instant'],
  doc,
  gives: () => LONG,
  value: ([moment]) => (timeOf(moment as Instant) / unit) % size,
})

const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const
const LENGTHS: Readonly<Record<string, bigint>> = { hour: 3_600_000_000n, minute: 60_000_000n, second: 1_000_000n }

/** Monday is 1. */
const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1

function truncated(value: Moment, unit: string): Moment {
  checkUnit(unit)
  if (unit in LENGTHS) {
    if (value instanceof LocalDate) throw new FactError('wrong-type', `a date has no ${unit}`)
    return new Instant(value.micros - (timeOf(value) % LENGTHS[unit]))
  }
  const today = dayOf(value)
  const [year, month] = calendarDay(today)
  const day = {
    year: () => daysFrom1970(year, 1, 1),
    quarter: () => daysFrom1970(year, month - ((month - 1) % 3), 1),
    month: () => daysFrom1970(year, month, 1),
    week: () => today - weekdayOf(today) + 1,
    day: () => today,
  }[unit as 'day']()
  return inRange(value instanceof LocalDate ? new LocalDate(day) : new Instant(BigInt(day) * MICROS_PER_DAY))
}

function checkUnit(unit: string): void {
  if (!(UNITS as readonly string[]).includes(unit))
    throw new FactError('wrong-type', `${JSON.stringify(unit)} is no unit of time; there are ${UNITS.join(', ')}`)
}

/** Both instants, or both dates. */
function alike([a, b]: readonly ValueType[], _: unknown, at: EdnPlace): ValueType {
  if (a.base !== 'any' && b.base !== 'any' && a.base !== b.base) {
    throw new FactError(
      'wrong-type',
      `the time between ${showType(a)} and ${showType(b)} is not defined: say (date ?instant)`,
      at,
    )
  }
  return LONG
}

function between(a: Value, b: Value): bigint {
  if (a instanceof LocalDate && b instanceof LocalDate) return BigInt(b.days - a.days) * MICROS_PER_DAY
  if (a instanceof Instant && b instanceof Instant) return b.micros - a.micros
  throw new FactError('wrong-type', 'the time between an instant and a date is not defined: say (date ?instant)')
}

export const TIME_FUNCTIONS: Readonly<Record<string, QueryFunction>> = {
  plus: shifting('An instant or date later by a duration of ISO-8601, such as "P30D".', duration => duration),
  minus: shifting('An instant or date earlier by a duration of ISO-8601.', negated),
  'days-between': {
    takes: ['moment', 'moment'],
    doc: 'Whole days from the first to the second, negative where it is later; of instants, times 24 hours.',
    gives: alike,
    value: ([a, b]) => between(a, b) / MICROS_PER_DAY,
  },
  'seconds-between': {
    takes: ['moment', 'moment'],
    doc: 'Whole seconds from the first to the second.',
    gives: alike,
    value: ([a, b]) => between(a, b) / 1_000_000n,
  },
  year: part('The year, UTC.', moment => calendarDay(dayOf(moment))[0]),
  month: part('The month from 1, UTC.', moment => calendarDay(dayOf(moment))[1]),
  day: part('The day of the month from 1, UTC.', moment => calendarDay(dayOf(moment))[2]),
  weekday: part('The day of the week from 1, which is Monday, UTC.', moment => weekdayOf(dayOf(moment))),
  hour: clock('The hour from 0, UTC.', 3_600_000_000n, 24n),
  minute: clock('The minute of the hour from 0.', 60_000_000n, 60n),
  second: clock('The second of the minute from 0.', 1_000_000n, 60n),
  date: {
    takes: ['moment'],
    doc: 'The day of an instant, UTC.',
    gives: () => DATE,
    value: ([moment]) => new LocalDate(dayOf(moment as Moment)),
  },
  truncate: {
    takes: ['moment', 'text'],
    doc: `The beginning of the ${UNITS.join(', ')} in which a moment lies, UTC; weeks begin on Monday.`,
    gives: ([type], [, literal], at) => {
      const unit = literalText(literal)
      if (unit !== undefined) checkUnit(unit)
      if (unit !== undefined && unit in LENGTHS && type.base === 'date')
        throw new FactError('wrong-type', `a date has no ${unit}`, at)
      return type
    },
    value: ([moment, unit]) => truncated(moment as Moment, unit as string),
  },
  now: {
    takes: [],
    doc: 'The moment asked: the as-of instant of the query, never the clock of the machine.',
    gives: () => INSTANT,
    value: (_, { now }) => Instant.ofMs(now),
  },
}
