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
    const offsets = new Int32Array(Math.min(end - first, MOST_TEXTS) + 1)
    const texts: Uint8Array[] = []
    let bytes = 0
    while (texts.length < offsets.length - 1) {
      const text = dictionary.utf8(first + texts.length)
      if (texts.length > 0 && bytes + text.length > MOST_BYTES) break
      bytes += text.length
      offsets[texts.push(text)] = bytes
    }
    const values = new Uint8Array(bytes)
    for (let i = 0; i < texts.length; i++) values.set(texts[i], offsets[i])
    first += texts.length
    yield {
      rows: texts.length,
      columns: [{ values, offsets: offsets.subarray(0, texts.length + 1), validity: null }],
    }
  }
}
