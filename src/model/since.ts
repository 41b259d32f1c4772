import type { FactColumn, FactView, IntervalColumn, PointFact, Strings } from './fact-view.ts'
import type { Attribute, Kind, Schema } from './schema.ts'
import type { T } from './transaction.ts'
import type { Value } from './value.ts'

/** The facts that a view sees and that began after `since` (surface §7). Keys are those of the view: a lookup ref needs no fact after `since`. */
export class SinceView implements FactView {
  readonly #base: FactView
  readonly #since: T
  readonly #columns = new Map<Attribute, FactColumn>()

  constructor(base: FactView, since: T) {
    this.#base = base
    this.#since = since
  }

  get t(): T {
    return this.#base.t
  }
  get instant(): number {
    return this.#base.instant
  }
  get at(): number {
    return this.#base.at
  }
  get settled(): boolean {
    return this.#base.settled
  }
  get schema(): Schema {
    return this.#base.schema
  }
  get strings(): Strings {
    return this.#base.strings
  }

  facts(attribute: Attribute): FactColumn {
    let column = this.#columns.get(attribute)
    if (column === undefined) this.#columns.set(attribute, (column = after(this.#base.facts(attribute), this.#since)))
    return column
  }

  count(attribute: Attribute): number {
    return this.facts(attribute).count
  }

  intervals(attribute: Attribute): IntervalColumn {
    const all = this.#base.intervals(attribute)
    const from = all.from.slice(0, all.length)
    const to = all.to.slice(0, all.length)
    for (let i = 0; i < all.length; i++) if (from[i] <= this.#since) from[i] = to[i] = 0
    return { ...all, from, to }
  }

  extent(kind: Kind): number {
    return this.#base.extent(kind)
  }

  ordinal(kind: Kind, key: Value): number {
    return this.#base.ordinal(kind, key)
  }

  key(kind: Kind, ordinal: number): Value {
    return this.#base.key(kind, ordinal)
  }

  known(kind: Kind, ordinal: number): boolean {
    return this.schema.ofKind(kind).some(attribute => this.values(attribute, ordinal).length > 0)
  }

  values(attribute: Attribute, ordinal: number): readonly PointFact[] {
    return this.#base.values(attribute, ordinal).filter(({ from }) => from > this.#since)
  }

  firstKnown(attribute: Attribute, ordinal: number): T | undefined {
    return this.#base.firstKnown(attribute, ordinal)
  }

  instantOf(t: T): number {
    return this.#base.instantOf(t)
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
