import type { Raw } from '../model/column.ts'
import type { FactColumn, IntervalColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { grownI32, grownU32 } from './growing.ts'
import type { RawValue } from './raw-value.ts'
import { copyRaw, copyRow, ValueArray } from './value-array.ts'

const NONE = -1

/**
 * The facts of one attribute of cardinality one. What holds stands at the entity's ordinal: value, and the `t` since when
 * (0 where nothing holds). What ended is appended behind, in order of `to`, and never moves: so the past is the present
 * with the latest changes undone, newest first.
 */
export class OneColumn {
  readonly attribute: Attribute
  #value: ValueArray
  #from: Uint32Array = new Uint32Array(0)
  /** Ordinals ever used. */
  #extent = 0
  #live = 0

  // facts that ended
  #endedE: Int32Array = new Int32Array(0)
  #endedFrom: Uint32Array = new Uint32Array(0)
  #endedTo: Uint32Array = new Uint32Array(0)
  #endedValue: ValueArray
  /** The row of the fact of the same entity that ended before this one. */
  #endedBefore: Int32Array = new Int32Array(0)
  /** By ordinal, the row of the fact that ended last, plus one. */
  #lastEnded: Int32Array = new Int32Array(0)
  #ended = 0
  /** The last change of any kind. */
  #changed = 0

  #snapshot: { from: T; column: FactColumn } | undefined

  constructor(attribute: Attribute) {
    this.attribute = attribute
    this.#value = new ValueArray(attribute.type)
    this.#endedValue = new ValueArray(attribute.type)
  }

  get live(): number {
    return this.#live
  }

  get ended(): number {
    return this.#ended
  }

  get bytes(): number {
    return (
      this.#value.bytes +
      this.#from.byteLength +
      this.#endedE.byteLength * 2 +
      this.#endedFrom.byteLength * 2 +
      this.#endedValue.bytes +
      this.#lastEnded.byteLength
    )
  }

  holds(ordinal: number): boolean {
    return ordinal < this.#extent && this.#from[ordinal] !== 0
  }

  holdsValue(ordinal: number, value: RawValue): boolean {
    return this.holds(ordinal) && this.#value.is(ordinal, value)
  }

  /** What holds now, or was the last to hold. */
  latest(ordinal: number): RawValue {
    return this.#value.get(ordinal)
  }

  begin(ordinal: number, value: RawValue, t: T): void {
    if (this.holds(ordinal)) this.#endLive(ordinal, t)
    if (ordinal >= this.#from.length) this.#from = grownU32(this.#from, ordinal + 1)
    if (ordinal >= this.#extent) this.#extent = ordinal + 1
    this.#value.set(ordinal, value)
    this.#from[ordinal] = t
    this.#live++
    this.#changed = t
  }

  end(ordinal: number, t: T): void {
    this.#endLive(ordinal, t)
    this.#from[ordinal] = 0
    this.#changed = t
  }

  #endLive(ordinal: number, t: T): void {
    const row = this.#ended
    if (row >= this.#endedE.length) {
      this.#endedE = grownI32(this.#endedE, row + 1)
      this.#endedFrom = grownU32(this.#endedFrom, row + 1)
      this.#endedTo = grownU32(this.#endedTo, row + 1)
      this.#endedBefore = grownI32(this.#endedBefore, row + 1)
    }
    if (ordinal >= this.#lastEnded.length) this.#lastEnded = grownI32(this.#lastEnded, ordinal + 1)
    this.#endedE[row] = ordinal
    this.#endedFrom[row] = this.#from[ordinal]
    this.#endedTo[row] = t
    this.#endedValue.set(row, this.#value.get(ordinal))
    this.#endedBefore[row] = this.#lastEnded[ordinal] - 1
    this.#lastEnded[ordinal] = row + 1
    this.#ended++
    this.#live--
  }

  /** Value and start of the fact of one entity visible at `t`, or undefined. Walks back only over facts that ended since. */
  at(ordinal: number, t: T): { value: RawValue; from: T } | undefined {
    if (ordinal >= this.#extent) return undefined
    const from = this.#from[ordinal]
    if (from !== 0 && from <= t) return { value: this.#value.get(ordinal), from }
    let row = ordinal < this.#lastEnded.length ? this.#lastEnded[ordinal] - 1 : NONE
    while (row !== NONE && this.#endedTo[row] > t) {
      if (this.#endedFrom[row] <= t) return { value: this.#endedValue.get(row), from: this.#endedFrom[row] }
      row = this.#endedBefore[row]
    }
    return undefined
  }

  /** The first t at which the entity ever had a value here, or undefined. */
  firstFrom(ordinal: number): T | undefined {
    if (ordinal >= this.#extent) return undefined
    let row = ordinal < this.#lastEnded.length ? this.#lastEnded[ordinal] - 1 : NONE
    let first = this.#from[ordinal] || undefined
    for (; row !== NONE; row = this.#endedBefore[row]) first = this.#endedFrom[row]
    return first
  }

  /** The column as of `t`. The last one asked for is kept, and serves every moment at which nothing had changed since. */
  factsAt(t: T): FactColumn {
    const kept = this.#snapshot
    if (kept && kept.column.t === t) return kept.column
    if (kept && this.#changed <= kept.from && t >= kept.from) return { ...kept.column, t }
    const extent = this.#extent
    const v = copyRaw(this.#value.raw, extent)
    const from = this.#from.slice(0, extent)
    this.#undo(v, from, t)
    let count = 0
    for (let i = 0; i < extent; i++) count += (from[i] - 1) >>> 0 < t ? 1 : 0
    const column: FactColumn = { attribute: this.attribute, length: extent, count, e: null, v, from, t }
    this.#snapshot = { from: t >= this.#changed ? this.#changed : t, column }
    return column
  }

  #undo(v: Raw, from: Uint32Array, t: T): void {
    const source = this.#endedValue.raw
    for (let row = this.#ended - 1; row >= 0 && this.#endedTo[row] > t; row--) {
      const ordinal = this.#endedE[row]
      copyRow(source, row, v, ordinal)
      from[ordinal] = this.#endedFrom[row]
    }
  }

  /** Every interval that began at or before `t`; `to` beyond `t` shows as open (store rule 17). */
  intervalsAt(t: T): IntervalColumn {
    const rows = this.#ended + this.#live
    const e = new Int32Array(rows)
    const from = new Uint32Array(rows)
    const to = new Uint32Array(rows)
    const live = this.#value.raw
    const v = emptyLike(live, rows)
    let length = 0
    for (let row = 0; row < this.#ended; row++) {
      if (this.#endedFrom[row] > t) continue
      e[length] = this.#endedE[row]
      from[length] = this.#endedFrom[row]
      to[length] = this.#endedTo[row] > t ? 0 : this.#endedTo[row]
      copyRow(this.#endedValue.raw, row, v, length++)
    }
    for (let ordinal = 0; ordinal < this.#extent; ordinal++) {
      if ((this.#from[ordinal] - 1) >>> 0 >= t) continue
      e[length] = ordinal
      from[length] = this.#from[ordinal]
      copyRow(live, ordinal, v, length++)
    }
    return { attribute: this.attribute, length, e, v, from, to }
  }
}

/** An array of the same form with room for `rows` rows. */
export function emptyLike(raw: Raw, rows: number): Raw {
  switch (raw.as) {
    case 'i32':
      return { as: 'i32', values: new Int32Array(rows) }
    case 'f64':
      return { as: 'f64', values: new Float64Array(rows) }
    case 'i64':
      return { as: 'i64', values: new BigInt64Array(rows) }
    case 'i128':
      return { as: 'i128', values: new BigInt64Array(2 * rows) }
  }
}
