import { type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { ask, pause, RequestError } from './request.ts'

/** A stream that ended before its end, every time that it was asked for. */
export class BrokenStream extends Error {
  override readonly name = 'BrokenStream'
}

const ARROW = 'application/vnd.apache.arrow.stream'

export interface Reading {
  readonly signal: AbortSignal | undefined
  readonly retries: number
  /** Rows that the plan counted. */
  readonly expected: number | null
}

/**
 * The batches of a link, each row once. Whole is only a stream whose last, empty batch says how many rows there are; one that breaks is asked for
 * from its beginning, and the rows that were given already are passed over, since a link gives the same rows in the same order for ever.
 * Throws `BrokenStream`, `RequestError`.
 */
export async function* shardBatches(url: string, { signal, retries, expected }: Reading): AsyncGenerator<RecordBatch> {
  let given = 0
  for (let attempt = 0; ; ) {
    const before = given
    let seen = 0
    let fault: unknown = null
    const stop = new AbortController()
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
    let whole = false
    try {
      const response = await ask(url, { accept: ARROW, signal: either, retries })
      const reader = await RecordBatchReader.from(response.body as unknown as ReadableStream)
      let promised: number | null = null
      for await (const batch of reader) {
        const rows = batch.metadata.get('heartwood.rows')
        if (rows !== undefined) promised = Number(rows)
        seen += batch.numRows
        if (seen <= given || batch.numRows === 0) continue
        const fresh = seen - given
        given = seen
        yield fresh < batch.numRows ? batch.slice(batch.numRows - fresh) : batch
      }
      whole = promised === seen && (expected === null || expected === seen)
      if (whole) return
      fault = `${seen} rows came, and ${promised ?? 'no end marker'} was promised`
    } catch (error) {
      if (error instanceof RequestError || signal?.aborted) throw error
      fault = error
    } finally {
      // whoever stops reading leaves no connection open
      if (!whole) stop.abort()
    }
    attempt = given > before ? 0 : attempt + 1
    if (attempt > retries) throw new BrokenStream(`${url} broke off after ${seen} rows: ${fault}`, { cause: fault })
    await pause(attempt, signal)
  }
}
