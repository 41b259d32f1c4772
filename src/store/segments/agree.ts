import { isDeepStrictEqual } from 'node:util'
import type { Attribute } from '../../model/schema.ts'
import type { T } from '../../model/transaction.ts'
import { Indexes } from '../indexes.ts'
import type { RawValue } from '../raw-value.ts'
import type { Rows } from '../rows.ts'
import { TX_COLUMNS } from '../transactions.ts'
import { rawAt } from '../value-array.ts'
import { type Catalog, takeCatalog } from './catalog.ts'
import { restore, type Segments } from './restore.ts'
import { damagedSegment, FOLDER } from './table-file.ts'

/**
 * Compares what segments hold with what the log gives up to the same frame: texts, keys, transactions, refusals, facts,
 * and everything in the catalog. Throws `damaged` with what differs.
 */
export function assertAgreement(segments: Segments, log: Indexes, data: string): void {
  const { manifest, files } = segments
  const held = new Indexes()
  restore(segments, held)
  const differs = (what: string) =>
    damagedSegment(`${data}/${FOLDER}`, `${what} up to t ${manifest.basis} differ from the log's`)
  const { kinds, attributes } = log.schema
  const expected = takeCatalog(log, { kinds: kinds.length, attributes: attributes.length })
  const catalog = JSON.parse(Buffer.from(files.get(manifest.catalog.name)!).toString('utf8')) as Catalog
  if (JSON.stringify(catalog) !== JSON.stringify(expected)) throw differs('schema, sources or counts')
  for (let code = 0; code < catalog.strings; code++)
    if (Buffer.compare(held.dictionary.utf8(code), log.dictionary.utf8(code)) !== 0) throw differs('texts')
  for (const kind of kinds.slice(1))
    for (let ordinal = 0; ordinal < log.extent(kind); ordinal++)
      if (held.rawKey(kind, ordinal) !== log.rawKey(kind, ordinal)) throw differs(`keys of ${kind.name}`)
  for (const name of TX_COLUMNS) {
    const [one, other] = [held, log].map(({ transactions }) => transactions.numbers(name, 0, manifest.basis))
    if (!one.every((number, i) => Object.is(number, other[i]))) throw differs('transactions')
  }
  if (!isDeepStrictEqual(held.refused, log.refused)) throw differs('dead letters')
  for (const attribute of attributes) {
    if (attribute.kind.number === 0) continue
    const [one, other] = [held, log].map(indexes => digestColumn(indexes, attribute, manifest.basis))
    if (one !== other) throw differs(`facts of ${attribute.ident}`)
  }
}

/** Of all facts as of `t`, in any order: counts, and sums of two hashes of each. */
function digestColumn(indexes: Indexes, attribute: Attribute, t: T): string {
  const column = indexes.column(attribute)
  const sums = [0, 0, 0]
  for (const rows of [column.holdingSince(0, t), column.endedBetween(0, t)]) addRows(rows, sums)
  return sums.join()
}

function addRows({ slot, value, from, to }: Rows, sums: number[]): void {
  for (let row = 0; row < from.length; row++) {
    const raw = rawAt(value, row)
    const low = mixed(mixed(mixed(slot[row], from[row]), to[row]), lowOf(raw))
    const high = mixed(low, highOf(raw))
    sums[0]++
    sums[1] = (sums[1] + low) | 0
    sums[2] = (sums[2] + high) | 0
  }
}

const buffer = new Float64Array(1)
const halves = new Int32Array(buffer.buffer)

/** The lower half of a double's bits, or of an integer beyond them. */
function lowOf(value: RawValue): number {
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value))
  buffer[0] = value
  return halves[0]
}

function highOf(value: RawValue): number {
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value ^ (value >> 32n) ^ (value >> 64n)))
  buffer[0] = value
  return halves[1]
}

/** A step of MurmurHash3 (Austin Appleby). */
function mixed(hash: number, value: number): number {
  let word = Math.imul(value, 0xcc9e2d51)
  word = Math.imul((word << 15) | (word >>> 17), 0x1b873593)
  const next = hash ^ word
  const finished = Math.imul(((next << 13) | (next >>> 19)) ^ (next >>> 16), 0x85ebca6b)
  return finished ^ (finished >>> 13)
}
