import { firstForm, type Raw, setWide, wideAt } from '../model/column.ts'
import type { ValueType } from '../model/type.ts'
import { grownF64, grownI32, grownI64 } from './growing.ts'
import { type Form, formFor } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'

/** Raw values by row, in the narrowest form that has been exact so far: a value that does not fit widens the whole array. */
export class ValueArray {
  #raw: Raw

  /** Begins in the form of a type, or in one that is asked for. */
  constructor(type: ValueType | Form) {
    const form = typeof type === 'string' ? type : firstForm(type)
    this.#raw = form === 'i32' ? { as: 'i32', values: new Int32Array(0) } : { as: 'f64', values: new Float64Array(0) }
    this.widen(form)
  }

  /** The array itself; it may be replaced by the next `set`. */
  get raw(): Raw {
    return this.#raw
  }

  get bytes(): number {
    return this.#raw.values.byteLength
  }

  get(row: number): RawValue {
    return rawAt(this.#raw, row)
  }

  /** Whether a row holds this value, whichever of the two forms an integer has. */
  is(row: number, value: RawValue): boolean {
    const held = this.get(row)
    // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are the same value in two widths
    return typeof held === typeof value ? Object.is(held, value) || held === value : held == value
  }

  set(row: number, value: RawValue): void {
    if (typeof value === 'bigint') this.widen(formFor(this.#raw.as, value))
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

  /** Turns an array of numbers into a wider form; rows keep their values. */
  widen(form: Form): void {
    if (this.#raw.as === 'f64' && (form === 'i64' || form === 'i128')) {
      const { values } = this.#raw
      const wider = grownI64(new BigInt64Array(0), values.length)
      for (let i = 0; i < values.length; i++) wider[i] = BigInt(values[i])
      this.#raw = { as: 'i64', values: wider }
    }
    if (this.#raw.as === 'i64' && form === 'i128') {
      const { values } = this.#raw
      const wider = grownI64(new BigInt64Array(0), 2 * values.length)
      for (let i = 0; i < values.length; i++) setWide(wider, i, values[i])
      this.#raw = { as: 'i128', values: wider }
    }
  }
}

export function rawAt(raw: Raw, row: number): RawValue {
  return raw.as === 'i128' ? wideAt(raw.values, row) : raw.values[row]
}

export const rowsOf = (raw: Raw): number => (raw.as === 'i128' ? raw.values.length / 2 : raw.values.length)
