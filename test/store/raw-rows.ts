import { firstForm, type Raw } from '../../src/model/column.ts'
import type { ValueType } from '../../src/model/type.ts'
import { type Form, formFor, rawOver, widthOf } from '../../src/store/raw-array.ts'
import type { RawValue } from '../../src/store/raw-value.ts'
import { setRaw } from '../../src/store/value-array.ts'

/** An array of raw values in the narrowest form that holds all of them. */
export function rawOf(type: ValueType, values: readonly RawValue[]): Raw {
  const form = values.reduce<Form>(
    (form, value) => (typeof value === 'bigint' ? formFor(form, value) : form),
    firstForm(type),
  )
  const raw = rawOver(form, new ArrayBuffer(values.length * widthOf(form)), 0, values.length)
  for (const [row, value] of values.entries()) setRaw(raw, row, value)
  return raw
}
