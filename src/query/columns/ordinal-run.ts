import { BLOCK, type Run } from './relation.ts'

/** Entities `first`, `first + step` …, so many of them. */
export interface OrdinalRun {
  readonly first: number
  readonly step: number
  readonly rows: number
}

const runs = new WeakMap<Int32Array, OrdinalRun>()

/** Remembers that these numbers are a run, so that nobody has to look. They are never written to. */
export function noteRun(ordinals: Int32Array, first: number, step: number): void {
  runs.set(ordinals, { first, step, rows: ordinals.length })
}

/** The run that some numbers are said to be. */
export const knownRun = (ordinals: Int32Array): OrdinalRun | undefined => runs.get(ordinals)

/** Numbers lie far apart where fewer than one of so many is among them. */
const SPREAD = 8

/** A run that has all of some ordinals and not many more; undefined where they lie far apart. Below 0 is no ordinal. */
export function runAround(ordinals: Int32Array, rows: number, run: Run): OrdinalRun | undefined {
  const known = runs.get(ordinals)
  if (known !== undefined) return known
  let low = Number.POSITIVE_INFINITY
  let high = -1
  for (let start = 0; start < rows; start += BLOCK) {
    run.stop()
    const end = Math.min(rows, start + BLOCK)
    for (let i = start; i < end; i++) {
      const ordinal = ordinals[i]
      if (ordinal > high) high = ordinal
      if (ordinal >= 0 && ordinal < low) low = ordinal
    }
  }
  const wide = high - low + 1
  return high < 0 || wide > SPREAD * rows ? undefined : { first: low, step: 1, rows: wide }
}
