import type { FactColumn, FactView, IntervalColumn, PointFact, PointInterval } from './fact-view.ts'
import type { Attribute, Kind } from './schema.ts'
import type { T } from './transaction.ts'
import { ViewOver } from './view-over.ts'

/** The facts that a view sees and that began after `since` (surface §7). Keys are those of the view: a lookup ref needs no fact after `since`. */
export class SinceView extends ViewOver {
  readonly #since: T

  constructor(base: FactView, since: T) {
    super(base)
    this.#since = since
  }

  protected columnOf(attribute: Attribute): FactColumn {
    return after(this.base.facts(attribute), this.#since)
  }

  intervals(attribute: Attribute): IntervalColumn {
    const all = this.base.intervals(attribute)
    const from = all.from.slice(0, all.length)
    const to = all.to.slice(0, all.length)
    for (let i = 0; i < all.length; i++) if (from[i] <= this.#since) from[i] = to[i] = 0
    return { ...all, from, to }
  }

  intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[] {
    return this.base.intervalsOf(attribute, ordinal).filter(({ from }) => from > this.#since)
  }

  known(kind: Kind, ordinal: number): boolean {
    return this.schema.ofKind(kind).some(attribute => this.values(attribute, ordinal).length > 0)
  }

  values(attribute: Attribute, ordinal: number): readonly PointFact[] {
    return this.base.values(attribute, ordinal).filter(({ from }) => from > this.#since)
  }
}

/** The same column with rows that began at or before `since` unused. */
function after(column: FactColumn, since: T): FactColumn {
  const from = column.from.slice(0, column.length)
  let count = 0
  for (let row = 0; row < from.length; row++) {
    if (from[row] <= since) from[row] = 0
    else if (from[row] <= column.t) count++
  }
  // named one by one: a column may make its arrays when they are read, and `presence` knows nothing of `since`
  const { attribute, length, e, v, t } = column
  return { attribute, length, count, e, v, from, t }
}
