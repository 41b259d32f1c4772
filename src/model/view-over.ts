import type { FactColumn, FactView, IntervalColumn, PointFact, PointInterval, Strings } from './fact-view.ts'
import type { Attribute, Kind, Schema } from './schema.ts'
import type { T } from './transaction.ts'
import type { Value } from './value.ts'

/** A view that shows other facts than the view beneath it, at the same moment and with the same keys; columns are made once. */
export abstract class ViewOver implements FactView {
  protected readonly base: FactView
  readonly #columns = new Map<Attribute, FactColumn>()

  constructor(base: FactView) {
    this.base = base
  }

  abstract intervals(attribute: Attribute, after?: T): IntervalColumn
  abstract intervalsOf(attribute: Attribute, ordinal: number): readonly PointInterval[]
  abstract known(kind: Kind, ordinal: number): boolean
  abstract values(attribute: Attribute, ordinal: number): readonly PointFact[]
  protected abstract columnOf(attribute: Attribute): FactColumn

  get t(): T {
    return this.base.t
  }
  get instant(): number {
    return this.base.instant
  }
  get at(): number {
    return this.base.at
  }
  get settled(): boolean {
    return this.base.settled
  }
  get schema(): Schema {
    return this.base.schema
  }
  get strings(): Strings {
    return this.base.strings
  }

  facts(attribute: Attribute): FactColumn {
    let column = this.#columns.get(attribute)
    if (column === undefined) this.#columns.set(attribute, (column = this.columnOf(attribute)))
    return column
  }

  count(attribute: Attribute): number {
    return this.facts(attribute).count
  }

  extent(kind: Kind): number {
    return this.base.extent(kind)
  }

  ordinal(kind: Kind, key: Value): number {
    return this.base.ordinal(kind, key)
  }

  key(kind: Kind, ordinal: number): Value {
    return this.base.key(kind, ordinal)
  }

  firstKnown(attribute: Attribute, ordinal: number): T | undefined {
    return this.base.firstKnown(attribute, ordinal)
  }

  instantOf(t: T): number {
    return this.base.instantOf(t)
  }
}
