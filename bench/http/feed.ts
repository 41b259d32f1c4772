import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

const LINES_A_PIECE = 2000

/** The same events once more, `years` later and with invoices of their own, so that they state something new. */
const later = (line: string, years: number): string =>
  line
    .replace(/"timestamp":"(\d{4})/, (_, year) => `"timestamp":"${Number(year) + years}`)
    .replace('"invoice_no":"', `"invoice_no":"${years}-`)

async function* pieces(file: string, copies: number, most: number): AsyncGenerator<string> {
  for (let copy = 1; copy <= copies; copy++) {
    const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) })
    let piece: string[] = []
    let count = 0
    for await (const line of lines) {
      piece.push(later(line, 2 * copy))
      if (++count === most) break
      if (piece.length < LINES_A_PIECE) continue
      yield `${piece.join('\n')}\n`
      piece = []
    }
    lines.close()
    if (piece.length > 0) yield `${piece.join('\n')}\n`
  }
}

/** Writes `copies` of the first `most` events of an event file as one file that goes on in time, packed. */
export async function writeFeed(file: string, to: string, copies: number, most: number): Promise<void> {
  await pipeline(Readable.from(pieces(file, copies, most)), createGzip({ level: 1 }), createWriteStream(to))
}
