import type { FactColumn, IntervalColumn } from '../model/fact-view.ts'
import type { Attribute } from '../model/schema.ts'
import type { T } from '../model/transaction.ts'
import { grownI32, grownU32 } from './growing.ts'
import { emptyLike } from './one-column.ts'
import type { RawValue } from './raw-value.ts'
import { copyRow, ValueArray } from './value-array.ts'

const NONE = -1

/** The facts of one attribute of cardinality many: a row for each interval in order of `from`, and a chain of rows for each entity. */
export class ManyColumn {
  readonly attribute: Attribute
  #e: Int32Array = new Int32Array(0)
  readonly #value: ValueArray
  #from: Uint32Array = new Uint32Array(0)
  /** 0 while the fact holds. */
  #to: Uint32Array = new Uint32Array(0)
  /** The row of the same entity before this one. */
  #before: Int32Array = new Int32Array(0)
  /** By ordinal, the latest row plus one. */
  #last: Int32Array = new Int32Array(0)
  #rows = 0
  #live = 0
  #changed = 0
  #snapshot: { from: T; column: FactColumn } | undefined

  constructor(attribute: Attribute) {
    this.attribute = attribute
    this.#value = new ValueArray(attribute.type)
  }

  get live(): number {
    return this.#live
  }

  get ended(): number {
    return this.#rows - this.#live
  }

  get bytes(): number {
    return this.#e.byteLength * 2 + this.#value.bytes + this.#from.byteLength * 2 + this.#last.byteLength
  }

  *#rowsOf(ordinal: number): Iterable<number> {
    for (let row = ordinal < this.#last.length ? this.#last[ordinal] - 1 : NONE; row !== NONE; row = this.#before[row])
      yield row
  }

  #liveRow(ordinal: number, value: RawValue): number {
    for (const row of this.#rowsOf(ordinal)) if (this.#to[row] === 0 && this.#value.is(row, value)) return row
    return NONE
  }

  holds(ordinal: number): boolean {
    for (const row of this.#rowsOf(ordinal)) if (this.#to[row] === 0) return true
    return false
  }

  holdsValue(ordinal: number, value: RawValue): boolean {
    return this.#liveRow(ordinal, value) !== NONE
  }

  /** What holds now, oldest first. */
  current(ordinal: number): RawValue[] {
    const values: RawValue[] = []
    for (const row of this.#rowsOf(ordinal)) if (this.#to[row] === 0) values.unshift(this.#value.get(row))
    return values
  }

  begin(ordinal: number, value: RawValue, t: T): void {
    const same = this.#liveRow(ordinal, value)
    if (same !== NONE) this.#close(same, t)
    const row = this.#rows++
    if (row >= this.#e.length) {
      this.#e = grownI32(this.#e, row + 1)
      this.#from = grownU32(this.#from, row + 1)
      this.#to = grownU32(this.#to, row + 1)
      this.#before = grownI32(this.#before, row + 1)
    }
    if (ordinal >= this.#last.length) this.#last = grownI32(this.#last, ordinal + 1)
    this.#e[row] = ordinal
    this.#value.set(row, value)
    this.#from[row] = t
    this.#before[row] = this.#last[ordinal] - 1
    this.#last[ordinal] = row + 1
    this.#live++
    this.#changed = t
  }

  end(ordinal: number, value: RawValue, t: T): void {
    const row = this.#liveRow(ordinal, value)
    if (row !== NONE) this.#close(row, t)
  }

  #close(row: number, t: T): void {
    this.#to[row] = t
    this.#live--
    this.#changed = t
  }

  #visible(row: number, t: T): boolean {
    return this.#from[row] <= t && (this.#to[row] === 0 || this.#to[row] > t)
  }

  at(ordinal: number, t: T): { value: RawValue; from: T }[] {
    const facts: { value: RawValue; from: T }[] = []
    for (const row of this.#rowsOf(ordinal))
      if (this.#visible(row, t)) facts.push({ value: this.#value.get(row), from: this.#from[row] })
    return facts
  }

  firstFrom(ordinal: number): T | undefined {
    let first: T | undefined
    for (const row of this.#rowsOf(ordinal)) first = this.#from[row]
    return first
  }

  /** The column as of `t`, ascending by entity. The last one asked for is kept. */
  factsAt(t: T): FactColumn {
    const kept = this.#snapshot
    if (kept && kept.column.t === t) return kept.column
    if (kept && this.#changed <= kept.from && t >= kept.from) return { ...kept.column, t }
    const rows: number[] = []
    for (let row = 0; row < this.#rows; row++) if (this.#visible(row, t)) rows.push(row)
    rows.sort((a, b) => this.#e[a] - this.#e[b] || a - b)
    const e = new Int32Array(rows.length)
    const from = new Uint32Array(rows.length)
    const v = emptyLike(this.#value.raw, rows.length)
    for (let i = 0; i < rows.length; i++) {
      e[i] = this.#e[rows[i]]
      from[i] = this.#from[rows[i]]
      copyRow(this.#value.raw, rows[i], v, i)
    }
    const column: FactColumn = { attribute: this.attribute, length: rows.length, count: rows.length, e, v, from, t }
    this.#snapshot = { from: t >= this.#changed ? this.#changed : t, column }
    return column
  }

  intervalsAt(t: T): IntervalColumn {
    const e = new Int32Array(this.#rows)
    const from = new Uint32Array(this.#rows)
    const to = new Uint32Array(this.#rows)
    const v = emptyLike(this.#value.raw, this.#rows)
    let length = 0
    for (let row = 0; row < this.#rows && this.#from[row] <= t; row++) {
      e[length] = this.#e[row]
      from[length] = this.#from[row]
      to[length] = this.#to[row] > t ? 0 : this.#to[row]
      copyRow(this.#value.raw, row, v, length++)
    }
    return { attribute: this.attribute, length, e, v, from, to }
  }
}
