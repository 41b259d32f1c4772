import { type ArrowColumn, type FileType, utf8Values } from '../../base/arrow.ts'
import type { Origin, Reason } from '../../model/transaction.ts'
import type { Indexes, Refused } from '../indexes.ts'
import type { openTable, Table } from './table-file.ts'

type Cell = string | Uint8Array | bigint | null

const COLUMNS: readonly (readonly [string, FileType, (refused: Refused) => Cell])[] = [
  ['at', { as: 'timestamp', unit: 'ms' }, ({ at }) => BigInt(at)],
  ['topic', { as: 'utf8' }, ({ origin }) => origin.topic],
  ['partition', { as: 'int64' }, ({ origin }) => ('file' in origin ? null : BigInt(origin.partition))],
  ['offset', { as: 'int64' }, ({ origin }) => ('file' in origin ? null : origin.offset)],
  ['file', { as: 'utf8' }, ({ origin }) => ('file' in origin ? origin.file : null)],
  ['line', { as: 'int64' }, ({ origin }) => ('file' in origin ? BigInt(origin.line) : null)],
  ['record_time', { as: 'timestamp', unit: 'ms' }, ({ recordTime }) => BigInt(recordTime)],
  ['reason', { as: 'utf8' }, ({ refusal }) => refusal.reason],
  ['detail', { as: 'utf8' }, ({ refusal }) => refusal.detail],
  ['path', { as: 'utf8' }, ({ refusal }) => refusal.path],
  ['contract', { as: 'utf8' }, ({ refusal }) => refusal.contract],
  ['key', { as: 'binary' }, ({ key }) => key],
  ['headers', { as: 'utf8' }, ({ headers }) => JSON.stringify(headers)],
  ['value', { as: 'binary' }, ({ value }) => value],
  ['checksum', { as: 'int64' }, ({ checksum }) => (checksum === null ? null : BigInt(checksum))],
]

const MOST_BYTES = 1 << 28

/** Records that were refused, a row each. */
export const refusalsTable = (refused: readonly Refused[]): Table => ({
  fields: COLUMNS.map(([name, type]) => ({ name, type, nullable: true })),
  metadata: new Map([['heartwood.first', String(refused[0].id)]]),
  batches: batches(refused),
})

function* batches(refused: readonly Refused[]) {
  for (let start = 0; start < refused.length; ) {
    let end = start
    for (let bytes = 0; end < refused.length && (end === start || bytes < MOST_BYTES); end++)
      bytes += 1024 + (refused[end].value?.length ?? 0)
    const rows = refused.slice(start, end)
    yield { rows: rows.length, columns: COLUMNS.map(([, type, cell]) => columnOf(type, rows.map(cell))) }
    start = end
  }
}

function columnOf(type: FileType, cells: readonly Cell[]): ArrowColumn {
  const bits = new Uint8Array((cells.length + 7) >> 3)
  let nulls = 0
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] === null) nulls++
    else bits[i >> 3] |= 1 << (i & 7)
  }
  const validity = nulls === 0 ? null : { bits, nulls }
  if (type.as === 'utf8') return { ...utf8Values(cells.map(cell => (cell ?? '') as string)), validity }
  if (type.as !== 'binary') return { values: BigInt64Array.from(cells.map(cell => (cell ?? 0n) as bigint)), validity }
  const pieces = cells.map(cell => (cell ?? new Uint8Array(0)) as Uint8Array)
  const offsets = new Int32Array(cells.length + 1)
  for (let i = 0; i < pieces.length; i++) offsets[i + 1] = offsets[i] + pieces[i].length
  return { values: Buffer.concat(pieces), offsets, validity }
}

/** Takes up the records of a file. */
export function restoreRefusals({ batches }: ReturnType<typeof openTable>, indexes: Indexes): void {
  for (const { rows, columns } of batches) {
    const has = (name: string, row: number) => {
      const { validity } = columns.get(name)!
      return validity === null || (validity.bits[row >> 3] & (1 << (row & 7))) !== 0
    }
    const bytes = (name: string, row: number): Uint8Array | null => {
      const { values, offsets } = columns.get(name)!
      return has(name, row) ? Uint8Array.from((values as Uint8Array).subarray(offsets![row], offsets![row + 1])) : null
    }
    const text = (name: string, row: number): string | null => {
      const held = bytes(name, row)
      return held && Buffer.from(held).toString('utf8')
    }
    const number = (name: string, row: number): bigint => (columns.get(name)!.values as BigInt64Array)[row]
    for (let row = 0; row < rows; row++) {
      const topic = text('topic', row)!
      const file = text('file', row)
      const origin: Origin =
        file === null
          ? { topic, partition: Number(number('partition', row)), offset: number('offset', row) }
          : { topic, file, line: Number(number('line', row)) }
      indexes.addRefused({
        at: Number(number('at', row)),
        origin,
        recordTime: Number(number('record_time', row)),
        refusal: {
          reason: text('reason', row) as Reason,
          detail: text('detail', row)!,
          path: text('path', row),
          contract: text('contract', row),
        },
        key: bytes('key', row),
        headers: JSON.parse(text('headers', row)!),
        value: bytes('value', row),
        // files of earlier versions have no such column
        checksum: columns.has('checksum') && has('checksum', row) ? Number(number('checksum', row)) : null,
      })
    }
  }
}
