import type { Dictionary } from '../dictionary.ts'
import type { Table } from './table-file.ts'

/** Texts and bytes of one batch: the offsets of Arrow are 32 bits. */
const MOST_TEXTS = 1 << 18
const MOST_BYTES = 1 << 28

/** The texts with codes from `start` up to before `end`, in order. */
export const textsTable = (dictionary: Dictionary, start: number, end: number): Table => ({
  fields: [{ name: 'text', type: { as: 'utf8' }, nullable: false }],
  metadata: new Map([['heartwood.first', String(start)]]),
  batches: batches(dictionary, start, end),
})

function* batches(dictionary: Dictionary, start: number, end: number) {
  for (let first = start; first < end; ) {
    const most = Math.min(end - first, MOST_TEXTS)
    let rows = 0
    let bytes = 0
    for (; rows < most; rows++) {
      const length = dictionary.lengthOf(first + rows)
      if (rows > 0 && bytes + length > MOST_BYTES) break
      bytes += length
    }
    const values = new Uint8Array(bytes)
    const offsets = new Int32Array(rows + 1)
    for (let i = 0; i < rows; i++) offsets[i + 1] = dictionary.copyText(first + i, values, offsets[i])
    first += rows
    yield { rows, columns: [{ values, offsets, validity: null }] }
  }
}
