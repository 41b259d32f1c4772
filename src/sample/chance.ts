import type { Random } from '../base/random.ts'

/*
 * What the sample needs of chance. Only + - * / and rounding down: these give the same bits on every machine,
 * which logarithms and sines do not promise.
 */

/** True once in `1 / share` times. */
export const happens = (random: Random, share: number): boolean => random.next() < share

/** A whole number from `low` to `high`, both included. */
export const between = (random: Random, low: number, high: number): number => low + random.below(high - low + 1)

/** One of several, each as often as its weight. */
export function weighted<X>(random: Random, choices: readonly (readonly [X, number])[]): X {
  let total = 0
  for (const [, weight] of choices) total += weight
  let left = random.next() * total
  for (const [choice, weight] of choices) {
    left -= weight
    if (left < 0) return choice
  }
  return choices[choices.length - 1][0]
}

const hex = (random: Random): string =>
  random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, '0')

/** A UUID of version 4. */
export function uuid(random: Random): string {
  const [a, b, c, d] = [hex(random), hex(random), hex(random), hex(random)]
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${'89ab'[random.below(4)]}${c.slice(1, 4)}-${c.slice(4)}${d}`
}

/** A moment of the day that starts at `day`, mostly between breakfast and bedtime. Milliseconds. */
export function momentOf(random: Random, day: number): number {
  const hour = happens(random, 0.94) ? between(random, 7, 22) : random.below(24)
  return day + hour * HOUR + random.below(HOUR)
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** `12.34` of a whole number of cents. */
export function money(cents: number): string {
  const text = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`
}

/** `2026-06-30` of a moment. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const instantOf = (ms: number): string => new Date(ms).toISOString()
