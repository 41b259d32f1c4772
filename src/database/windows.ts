import type { Answer } from '../model/answer.ts'

/** Ordinals of one kind, `high` not included. */
export interface Window {
  readonly low: number
  readonly high: number
}

/** Rows that a part of an extract should have: enough for columns to be quick, few enough that others get their turn. */
const ROWS = 131_072

/**
 * Runs a query window by window over the entities of a kind, so that memory and the time between two parts do not grow with the answer.
 * How wide the next window is follows from the rows of those before it and from nothing else, so an extract asked again has the same parts,
 * however many entities there are by then.
 */
export function* inWindows(extent: number, shards: number, run: (window: Window) => Answer): Generator<Answer> {
  let width = ROWS * shards
  for (let low = 0; low < extent; ) {
    const answer = run({ low, high: low + width })
    low += width
    if (answer.rows > 0) yield answer
    width = Math.max(shards, Math.floor(width * Math.min(4, Math.max(1 / 16, ROWS / Math.max(1, answer.rows)))))
  }
}
