import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/** A line of an invoice as the retail file has it. */
export interface InvoiceLine {
  readonly timestamp: string
  readonly value: {
    readonly invoice_no: string
    readonly line_no: number
    readonly stock_code: string
    readonly description?: string | null
    readonly quantity: number
    readonly unit_price: string
    readonly customer_id?: string | null
    readonly country: string
  }
}

/** The lines of a gzip file, in order. */
export function readLines(file: string): AsyncIterable<string> {
  const input = createReadStream(file, { highWaterMark: 1 << 20 }).pipe(createGunzip({ chunkSize: 1 << 20 }))
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

export async function* readEvents(file: string): AsyncIterable<InvoiceLine> {
  for await (const line of readLines(file)) yield JSON.parse(line)
}
