import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import type { Run } from './block-memory.ts'
import { firstAfter } from './moments.ts'
import { copyRow, rowsBetween, widest } from './raw-array.ts'
import { everySlot, newRows, type Rows } from './rows.ts'
import { firstFormOf, type SlotColumn } from './slot-column.ts'

/** Rows of a run that ended after a moment; its slots are counted from `base`. */
interface Piece {
  readonly run: Run
  readonly start: number
  readonly base: number
}

/** What of a column ended after `after`, no later than `t`: in order of `to` within each run, and nothing begins after it ended. */
const endedAfter = (column: SlotColumn, after: T, t: T): Piece[] =>
  column
    .endedBy(t)
    .map(({ run, base }) => ({ run, base, start: after === 0 ? 0 : firstAfter(run.to!, run.rows, after) }))

const rowsOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { run, start }) => sum + run.rows - start, 0)

/** What ended after `after`, no later than `t`: block by block, in order of `to` within each. */
export function endedBetween(column: SlotColumn, after: T, t: T): Rows {
  const pieces = endedAfter(column, after, t)
  const form = pieces.reduce((form, { run }) => widest(form, run.value.as), firstFormOf(column.form))
  const rows = newRows(form, rowsOf(pieces))
  copyPieces(pieces, rows)
  return rows
}

/** Copies the rows of all pieces to the beginning; gives how many they are. */
function copyPieces(pieces: readonly Piece[], to: Rows): number {
  let at = 0
  for (const { run, start, base } of pieces)
    for (let row = start; row < run.rows; row++) {
      to.slot[at] = base + run.slot![row]
      to.from[at] = run.from[row]
      to.to[at] = run.to![row]
      copyRow(run.value, row, to.value, at++)
    }
  return at
}

/** What holds at `t` since a moment after `after`, ascending by slot; `to` is 0. */
export function holdingSince(column: SlotColumn, after: T, t: T): Rows {
  const slots = column.slotsAt(t)
  const since = column.sinceAt(t, slots)
  const values = column.valuesAt(t, slots)
  let length = 0
  for (let slot = 0; slot < slots; slot++) if (since[slot] > after && since[slot] <= t) length++
  if (length === slots) {
    // every slot: nothing is to be left out of what was made just now
    const from = since.subarray(0, slots)
    return { slot: everySlot(slots), value: rowsBetween(values, 0, slots), from, to: new Uint32Array(slots) }
  }
  const rows = newRows(values.as, length)
  let at = 0
  for (let slot = 0; slot < slots; slot++) {
    if (since[slot] <= after || since[slot] > t) continue
    rows.slot[at] = slot
    rows.from[at] = since[slot]
    copyRow(values, slot, rows.value, at++)
  }
  return rows
}

/**
 * Every interval that began at or before `t`, and began or ended after `after`; those that had not ended by then show as open (store
 * rule 17).
 */
export function intervalsAt(
  column: SlotColumn,
  t: T,
  after = 0,
): { length: number; slot: Int32Array; v: Raw; from: Uint32Array; to: Uint32Array } {
  // what is visible, then what had ended: neither changes any more
  const slots = column.slotsAt(t)
  const values = column.valuesAt(t, slots)
  const since = column.sinceAt(t, slots)
  const holds = (row: number): boolean => since[row] > after && since[row] <= t
  const ended = endedAfter(column, after, t)
  let count = rowsOf(ended)
  for (let row = 0; row < since.length; row++) if (holds(row)) count++
  const form = ended.reduce((form, { run }) => widest(form, run.value.as), values.as)
  const rows = newRows(form, count)
  let length = copyPieces(ended, rows)
  for (let row = 0; row < since.length; row++) {
    if (!holds(row)) continue
    rows.slot[length] = row
    rows.from[length] = since[row]
    copyRow(values, row, rows.value, length++)
  }
  return { length, slot: rows.slot, v: rows.value, from: rows.from, to: rows.to }
}
