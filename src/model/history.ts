import { FactError } from '../base/error.ts'
import { gathered } from './column.ts'
import type { FactColumn, FactView, IntervalColumn, PointFact, PointInterval } from './fact-view.ts'
import type { Attribute, Kind } from './schema.ts'
import type { T } from './transaction.ts'
import { ViewOver } from './view-over.ts'

/**
 * The history of a view (surface §7): `(from, true)` for each interval that began at or before its moment, and `(to, false)` for each that
 * ended by then; of these, only what happened after `since`, and until `until`.
 */
export class HistoryView extends ViewOver {
  readonly history = true
  readonly #since: T
  readonly #until: T

  constructor(base: FactView, since: T = 0, until: T = base.t) {
    super(base)
    this.#since = since
    this.#until = until
  }

  /** Of this history, what happened in some transactions, the first and the last of them included. */
  window(first: T, last: T): HistoryView {
    return new HistoryView(this.base, Math.max(this.#since, first - 1), Math.min(this.#until, last))
  }

  protected columnOf(attribute: Attribute): FactColumn {
    return changes(this.base.intervals(attribute, this.#since), this.#since, this.#until, this.t)
  }

  intervals(attribute: Attribute, after?: T): IntervalColumn {
    return this.base.intervals(attribute, after)
  }

  intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[] {
    return this.base.intervalsOf(attribute, ordinal)
  }

  known(kind: Kind, ordinal: number): boolean {
    return this.schema.ofKind(kind).some(attribute => {
      const { e, length } = this.facts(attribute)
      return e?.subarray(0, length).includes(ordinal) ?? false
    })
  }

  values(attribute: Attribute): readonly PointFact[] {
    throw new FactError(
      'wrong-source',
      `${attribute.ident} has no one value in a history: ask a source at one moment, as the source without {"history": true} is`,
    )
  }
}

/** Beginnings and ends of intervals after `since` until `until`, ascending by entity, and for each entity in the order of the intervals. */
function changes(intervals: IntervalColumn, since: T, until: T, t: T): FactColumn {
  const { attribute, e, from, to } = intervals
  const counts = (i: number, at: T): boolean => at > since && at <= until && from[i] > 0
  let extent = 0
  let length = 0
  for (let i = 0; i < intervals.length; i++) {
    if (e[i] >= extent) extent = e[i] + 1
    length += Number(counts(i, from[i])) + Number(counts(i, to[i]))
  }
  // a counting sort by entity
  const next = new Uint32Array(extent + 1)
  for (let i = 0; i < intervals.length; i++) next[e[i] + 1] += Number(counts(i, from[i])) + Number(counts(i, to[i]))
  for (let ordinal = 0; ordinal < extent; ordinal++) next[ordinal + 1] += next[ordinal]
  const source = new Int32Array(length)
  const at = new Uint32Array(length)
  const op = new Uint8Array(length)
  for (let i = 0; i < intervals.length; i++) {
    if (counts(i, from[i])) {
      const row = next[e[i]]++
      source[row] = i
      at[row] = from[i]
      op[row] = 1
    }
    if (counts(i, to[i])) {
      const row = next[e[i]]++
      source[row] = i
      at[row] = to[i]
    }
  }
  const entities = new Int32Array(length)
  for (let row = 0; row < length; row++) entities[row] = e[source[row]]
  return { attribute, length, count: length, e: entities, v: gathered(intervals.v, source), from: at, t, op }
}
