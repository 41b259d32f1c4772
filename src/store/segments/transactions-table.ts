import type { ArrowColumn, ArrowField } from '../../base/arrow.ts'
import type { T } from '../../model/transaction.ts'
import { type Transactions, TX_COLUMNS, type TxColumn } from '../transactions.ts'
import { giveBack } from '../unwritten.ts'
import type { openTable, Table } from './table-file.ts'
import { encodeIntegers, longs, safeNumbers } from './value-column.ts'

/** Names in the file. */
const NAMES: Readonly<Record<TxColumn, string>> = {
  instant: 'instant',
  recordAge: 'record_age',
  eventAge: 'event_age',
  contract: 'contract',
  source: 'source',
  position: 'position',
  topic: 'topic',
  key: 'key',
  eventId: 'event_id',
}
/** A column that says the same of every transaction stands in the metadata, as one number or `none`. */
const SAME = 'heartwood.same.'

/** What is known about transactions after `after` up to `upTo`, a row each: times in milliseconds, ages before the instant. */
export function transactionsTable(transactions: Transactions, after: T, upTo: T): Table {
  const fields: ArrowField[] = []
  const columns: ArrowColumn[] = []
  const metadata = new Map([['heartwood.first', String(after + 1)]])
  // one array for all columns: each is needed only until it is encoded
  let room = new Float64Array(upTo - after)
  for (const name of TX_COLUMNS) {
    const numbers = transactions.numbers(name, after, upTo, room)
    if (name === 'instant') {
      fields.push({ name: NAMES[name], type: { as: 'timestamp', unit: 'ms' }, nullable: false })
      columns.push({ values: longs(numbers), validity: null })
    } else if (allSame(numbers))
      metadata.set(SAME + NAMES[name], Number.isNaN(numbers[0]) ? 'none' : String(numbers[0]))
    else {
      // ages of events may be unknown, which only a double can say
      const whole = allWhole(numbers)
      const { type, column } = whole
        ? encodeIntegers(numbers)
        : { type: { as: 'float64' } as const, column: { values: numbers, validity: null } }
      if (!whole) room = new Float64Array(numbers.length)
      fields.push({ name: NAMES[name], type, nullable: false })
      columns.push(column)
    }
  }
  giveBack(room)
  return { fields, metadata, batches: [{ rows: upTo - after, columns }] }
}

function allSame(numbers: Float64Array): boolean {
  const first = numbers[0]
  for (let i = 1; i < numbers.length; i++) if (!Object.is(numbers[i], first)) return false
  return true
}

function allWhole(numbers: Float64Array): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isSafeInteger(numbers[i])) return false
  return true
}

/** Takes up the transactions of a file. */
export function restoreTransactions(
  { metadata, batches }: ReturnType<typeof openTable>,
  transactions: Transactions,
): void {
  for (const { rows, columns } of batches) {
    const numbers = TX_COLUMNS.map(name => {
      const same = metadata.get(SAME + NAMES[name])
      if (same !== undefined) return [name, same === 'none' ? Number.NaN : Number(same)]
      const { values } = columns.get(NAMES[name])!
      if (values instanceof Float64Array) return [name, values]
      return [name, values instanceof BigInt64Array ? safeNumbers(values) : new Float64Array(values as Int32Array)]
    })
    transactions.addAll(rows, Object.fromEntries(numbers))
  }
}
