import type { Raw } from '../model/column.ts'
import { type Form, newRaw } from './raw-array.ts'

/** Intervals by row, one column each; `to` is 0 where they are open. */
export interface Rows {
  readonly slot: Int32Array
  readonly value: Raw
  readonly from: Uint32Array
  readonly to: Uint32Array
}

export const newRows = (form: Form, rows: number): Rows => ({
  slot: new Int32Array(rows),
  value: newRaw(form, rows),
  from: new Uint32Array(rows),
  to: new Uint32Array(rows),
})

/** Slots from 0 on, each once. */
export function everySlot(slots: number): Int32Array {
  const every = new Int32Array(slots)
  for (let slot = 0; slot < slots; slot++) every[slot] = slot
  return every
}

/** The first row at or after `start` whose slot is at least `slot`; slots ascend. */
export function firstFrom(slots: Int32Array, slot: number, start: number): number {
  let low = start
  let high = slots.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (slots[middle] < slot) low = middle + 1
    else high = middle
  }
  return low
}
