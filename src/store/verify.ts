import { FactError } from '../base/error.ts'
import type { T } from '../model/transaction.ts'
import { digestFacts } from './digest.ts'
import type { Disk } from './disk.ts'
import { brokenCommitments } from './frame.ts'
import { Indexes } from './indexes.ts'
import { Log, type TornTail } from './log.ts'
import { replay } from './replay.ts'
import { assertAgreement } from './segments/agree.ts'
import { filesOf } from './segments/manifest.ts'
import { readSegments } from './segments/restore.ts'
import { damagedSegment } from './segments/table-file.ts'
import { StoreView } from './store-view.ts'

export interface Verified {
  readonly store: string
  readonly frames: number
  readonly transactions: number
  readonly facts: number
  readonly refused: number
  /** Of the log. */
  readonly bytes: number
  /** Their files, which agree with the log up to `basis`; null where there are none. */
  readonly segments: { readonly files: number; readonly bytes: number; readonly basis: T } | null
  /** Of all facts, see `digestFacts`. */
  readonly digest: string
  /** What lies behind the last whole frame; a writer that starts will cut it off. */
  readonly torn: TornTail | null
}

/**
 * Reads a whole store again: the log with every checksum, commitment and the chain, and the segments with theirs, which
 * must hold what the log does up to their basis. Throws `damaged` with file, offset and t; writes nothing.
 */
export async function verifyStore(disk: Disk, data: string): Promise<Verified> {
  if (!(await disk.list(data)).includes('log'))
    throw new FactError('unavailable', `there is no store in ${data}; give its folder with --data`)
  const segments = await readSegments(disk, data)
  const indexes = new Indexes()
  let frames = 0
  let bytes = 0
  let compared = false
  const log = await Log.open(disk, data, { durable: segments?.manifest.log }, (frame, raw) => {
    const { sequence, before } = frame.header
    if (brokenCommitments(frame).length > 0)
      throw new FactError('damaged', `personal bytes of frame ${sequence} do not match their commitment`, {
        t: before,
        offset: bytes,
      })
    replay(frame, indexes)
    frames++
    bytes += raw.length
    if (sequence !== segments?.manifest.log.sequence) return
    assertAgreement(segments, indexes, data)
    compared = true
  })
  if (segments && (!compared || segments.manifest.store !== `${log.storeId}.${log.branch}`))
    throw damagedSegment(`${data}/segments`, 'they belong to another log')
  const transactions = indexes.transactions.count
  const view = new StoreView(indexes, transactions, undefined, false, transactions)
  const { live, ended } = indexes.facts
  return {
    store: `${log.storeId}.${log.branch}`,
    frames,
    transactions,
    facts: live + ended,
    refused: indexes.refused.length,
    bytes,
    segments: segments
      ? {
          files: segments.files.size,
          bytes: filesOf(segments.manifest).reduce((sum, file) => sum + file.bytes, 0),
          basis: segments.manifest.basis,
        }
      : null,
    digest: digestFacts(view),
    torn: log.torn,
  }
}
