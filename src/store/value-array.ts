import { firstForm, type Raw, setWide, wideAt } from '../model/column.ts'
import type { ValueType } from '../model/type.ts'
import { grownF64, grownI32, grownI64 } from './growing.ts'
import type { RawValue } from './raw-value.ts'

/** Raw values by row, in the narrowest form that has been exact so far: a value that does not fit widens the whole array. */
export class ValueArray {
  #raw: Raw

  constructor(type: ValueType) {
    this.#raw =
      firstForm(type) === 'i32' ? { as: 'i32', values: new Int32Array(0) } : { as: 'f64', values: new Float64Array(0) }
  }

  /** The array itself; it may be replaced by the next `set`. */
  get raw(): Raw {
    return this.#raw
  }

  get bytes(): number {
    return this.#raw.values.byteLength
  }

  get(row: number): RawValue {
    const raw = this.#raw
    if (raw.as === 'i64') return raw.values[row]
    if (raw.as === 'i128') return wideAt(raw.values, row)
    return raw.values[row]
  }

  /** Whether a row holds this value, whichever of the two forms an integer has. */
  is(row: number, value: RawValue): boolean {
    const held = this.get(row)
    // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are the same value in two widths
    return typeof held === typeof value ? Object.is(held, value) || held === value : held == value
  }

  set(row: number, value: RawValue): void {
    if (typeof value === 'bigint') this.#widenFor(value)
    let raw = this.#raw
    if (row >= rowsOf(raw)) raw = this.#grow(row + 1)
    if (raw.as === 'i64') raw.values[row] = BigInt(value)
    else if (raw.as === 'i128') setWide(raw.values, row, BigInt(value))
    else raw.values[row] = value as number
  }

  #grow(rows: number): Raw {
    const raw = this.#raw
    switch (raw.as) {
      case 'i32':
        this.#raw = { as: 'i32', values: grownI32(raw.values, rows) }
        break
      case 'f64':
        this.#raw = { as: 'f64', values: grownF64(raw.values, rows) }
        break
      case 'i64':
        this.#raw = { as: 'i64', values: grownI64(raw.values, rows) }
        break
      case 'i128':
        this.#raw = { as: 'i128', values: grownI64(raw.values, 2 * rows) }
    }
    return this.#raw
  }

  #widenFor(value: bigint): void {
    if (this.#raw.as === 'f64') {
      const { values } = this.#raw
      const wider = grownI64(new BigInt64Array(0), values.length)
      for (let i = 0; i < values.length; i++) wider[i] = BigInt(values[i])
      this.#raw = { as: 'i64', values: wider }
    }
    if (this.#raw.as === 'i64' && BigInt.asIntN(64, value) !== value) {
      const { values } = this.#raw
      const wider = grownI64(new BigInt64Array(0), 2 * values.length)
      for (let i = 0; i < values.length; i++) setWide(wider, i, values[i])
      this.#raw = { as: 'i128', values: wider }
    }
  }
}

export const rowsOf = (raw: Raw): number => (raw.as === 'i128' ? raw.values.length / 2 : raw.values.length)

/** A copy of the first `rows` rows that nobody else writes to. */
export function copyRaw(raw: Raw, rows: number): Raw {
  switch (raw.as) {
    case 'i32':
      return { as: 'i32', values: raw.values.slice(0, rows) }
    case 'f64':
      return { as: 'f64', values: raw.values.slice(0, rows) }
    case 'i64':
      return { as: 'i64', values: raw.values.slice(0, rows) }
    case 'i128':
      return { as: 'i128', values: raw.values.slice(0, 2 * rows) }
  }
}

/** Writes row `from` of one array to row `to` of another of the same or a wider form. */
export function copyRow(source: Raw, from: number, target: Raw, to: number): void {
  if (source.as === target.as && source.as !== 'i128') {
    target.values[to] = source.values[from]
    return
  }
  const value = source.as === 'i128' ? wideAt(source.values, from) : source.values[from]
  if (target.as === 'i128') setWide(target.values, to, BigInt(value))
  else if (target.as === 'i64') target.values[to] = BigInt(value)
  else target.values[to] = value as number
}
