import { FactError } from '../base/error.ts'
import { digestFacts } from './digest.ts'
import type { Disk } from './disk.ts'
import { brokenCommitments } from './frame.ts'
import { Indexes } from './indexes.ts'
import { Log, type TornTail } from './log.ts'
import { replay } from './replay.ts'
import { StoreView } from './store-view.ts'

export interface Verified {
  readonly store: string
  readonly frames: number
  readonly transactions: number
  readonly facts: number
  readonly refused: number
  readonly bytes: number
  /** Of all facts, see `digestFacts`. */
  readonly digest: string
  /** What lies behind the last whole frame; a writer that starts will cut it off. */
  readonly torn: TornTail | null
}

/** Reads a whole log again, with every checksum, commitment and the chain. Throws `damaged` with file, offset and t; writes nothing. */
export async function verifyStore(disk: Disk, data: string): Promise<Verified> {
  if (!(await disk.list(data)).includes('log'))
    throw new FactError('unavailable', `there is no store in ${data}; give its folder with --data`)
  const indexes = new Indexes()
  let frames = 0
  let bytes = 0
  const log = await Log.open(disk, data, {}, (frame, raw) => {
    const broken = brokenCommitments(frame)
    if (broken.length > 0)
      throw new FactError('damaged', `personal bytes of frame ${frame.header.sequence} do not match their commitment`, {
        t: frame.header.before,
        offset: bytes,
      })
    replay(frame, indexes)
    frames++
    bytes += raw.length
  })
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
    digest: digestFacts(view),
    torn: log.torn,
  }
}
