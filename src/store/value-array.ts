import { type Raw, setWide, wideAt } from '../model/column.ts'
import type { Address, Memory } from './memory.ts'
import { copyRows, type Form, widthOf } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'

/** Raw values by row, in the narrowest form that has been exact so far. */

export function rawAt(raw: Raw, row: number): RawValue {
  return raw.as === 'i128' ? wideAt(raw.values, row) : raw.values[row]
}

export const rowsOf = (raw: Raw): number => (raw.as === 'i128' ? raw.values.length / 2 : raw.values.length)

/** Writes a value that fits the form into a row that is there. */
export function setRaw(raw: Raw, row: number, value: RawValue): void {
  if (raw.as === 'i64') raw.values[row] = BigInt(value)
  else if (raw.as === 'i128') setWide(raw.values, row, BigInt(value))
  else raw.values[row] = value as number
}

/** Whether a row holds this value, whichever of the two forms an integer has. */
export function isRaw(raw: Raw, row: number, value: RawValue): boolean {
  const held = rawAt(raw, row)
  // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are the same value in two widths
  return typeof held === typeof value ? Object.is(held, value) || held === value : held == value
}

/** The same rows in a wider form, in a new piece of memory. */
export function widened(memory: Memory, raw: Raw, form: Form): Address {
  const rows = rowsOf(raw)
  const address = memory.allocate(rows * widthOf(form))
  copyRows(raw, rows, memory.raw(form, address), 0)
  return address
}

/** Forms as cells of shared memory hold them. */
const FORMS: readonly Form[] = ['i32', 'f64', 'i64', 'i128']

export const formCode = (form: Form): number => FORMS.indexOf(form)
export const formOf = (code: number): Form => FORMS[code]
