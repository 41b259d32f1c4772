import type { ArrowBatch } from '../../base/arrow.ts'
import type { Attribute } from '../../model/schema.ts'
import type { T } from '../../model/transaction.ts'
import { showType } from '../../model/type.ts'
import type { Indexes } from '../indexes.ts'
import { OneColumn } from '../one-column.ts'
import { gatherRows } from '../raw-array.ts'
import { narrow } from '../raw-value.ts'
import type { Rows } from '../rows.ts'
import { rawAt } from '../value-array.ts'
import { orderOf } from './order.ts'
import type { Table } from './table-file.ts'
import { decodeValues, encodeValues } from './value-column.ts'

/** Facts of one attribute, a row each: entity (its ordinal), value, from; and to where they ended. */
export function factsTable(attribute: Attribute, rows: Rows, ended: boolean): Table {
  const { type, column } = encodeValues(attribute.type, rows.value)
  const whole = { nullable: false } as const
  const fields = [
    { name: 'entity', type: { as: 'int32' }, ...whole },
    { name: 'value', type, ...whole },
    { name: 'from', type: { as: 'uint32' }, ...whole },
    ...(ended ? [{ name: 'to', type: { as: 'uint32' }, ...whole } as const] : []),
  ] as const
  const columns = [
    { values: rows.slot, validity: null },
    column,
    { values: rows.from, validity: null },
    ...(ended ? [{ values: rows.to, validity: null }] : []),
  ]
  const metadata = new Map([
    ['heartwood.attribute', attribute.ident],
    ['heartwood.type', showType(attribute.type)],
    ['heartwood.kind', String(attribute.kind.number)],
  ])
  return { fields, metadata, batches: [{ rows: rows.from.length, columns }] }
}

/** Facts as a file has them; views on its bytes. */
export function factsOf(attribute: Attribute, { rows, columns }: ArrowBatch): Rows {
  const from = columns.get('from')!.values as Uint32Array
  return {
    slot: columns.get('entity')!.values as Int32Array,
    value: decodeValues(attribute.type, columns.get('value')!, rows),
    from,
    to: (columns.get('to')?.values as Uint32Array | undefined) ?? from.subarray(0, 0),
  }
}

/** One beginning or end of a fact. */
interface Turns {
  readonly rows: Rows
  readonly at: Uint32Array
  /** Rows in order of `at`; null where they stand so. */
  readonly order: Uint32Array | null
}

const turns = (rows: Rows, at: Uint32Array): Turns => ({ rows, at, order: orderOf(at) })

/**
 * Takes up the facts of one attribute, in the order in which they happened, so that the column has its history and its
 * checkpoints as if they had been written just now. `base` is as of a moment, `recent` what began and ended since.
 */
export function restoreFacts(
  indexes: Indexes,
  attribute: Attribute,
  base: { readonly holds: Rows | null; readonly ended: Rows | null; readonly upTo: T },
  recent: { readonly holds: Rows | null; readonly ended: Rows | null } | null,
): void {
  const begun: Turns[] = []
  const ended: Turns[] = []
  const column = indexes.column(attribute)
  // nothing of the base had ended, and all of it came before the recent part: it is copied as it stands
  const copied = base.holds !== null && base.ended === null && column instanceof OneColumn && ascends(base.holds.slot)
  if (copied) column.fill(base.holds)
  for (const part of copied ? [recent] : [base, recent]) {
    if (!part) continue
    if (part.holds) begun.push(turns(part.holds, part.holds.from))
    if (part.ended) {
      // what began before the recent part is in its base
      const rows = part === base ? part.ended : startedAfter(part.ended, base.upTo)
      begun.push(turns(rows, rows.from))
      ended.push(turns(part.ended, part.ended.to))
    }
  }
  const next = new Int32Array(begun.length + ended.length)
  for (;;) {
    // the earliest of all; ends before beginnings
    let first = -1
    let t = Number.POSITIVE_INFINITY
    for (let i = 0; i < next.length; i++) {
      const list = i < ended.length ? ended[i] : begun[i - ended.length]
      if (next[i] === list.at.length) continue
      const at = list.at[list.order ? list.order[next[i]] : next[i]]
      if (at < t) {
        t = at
        first = i
      }
    }
    if (first < 0) return
    const ends = first < ended.length
    const { rows, at, order } = ends ? ended[first] : begun[first - ended.length]
    // as many as stand at this moment
    let row = order ? order[next[first]] : next[first]
    do {
      const value = narrow(rawAt(rows.value, row))
      if (ends) indexes.end(attribute, rows.slot[row], value, t)
      else indexes.begin(attribute, rows.slot[row], value, t)
      next[first]++
      if (next[first] === at.length) break
      row = order ? order[next[first]] : next[first]
    } while (at[row] === t)
  }
}

function ascends(slots: Int32Array): boolean {
  for (let row = 1; row < slots.length; row++) if (slots[row - 1] >= slots[row]) return false
  return true
}

function startedAfter(rows: Rows, after: T): Rows {
  const kept: number[] = []
  for (let row = 0; row < rows.from.length; row++) if (rows.from[row] > after) kept.push(row)
  if (kept.length === rows.from.length) return rows
  const order = Int32Array.from(kept)
  return {
    slot: order.map(row => rows.slot[row]),
    value: gatherRows(rows.value, order),
    from: Uint32Array.from(order, row => rows.from[row]),
    to: Uint32Array.from(order, row => rows.to[row]),
  }
}
