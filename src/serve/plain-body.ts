import type { Readable } from 'node:stream'
import { FactError } from '../base/error.ts'

/**
 * The whole of a body as it was sent. Throws `too-large` beyond `most` bytes, at once where so many are `announced`, and `argument` where it
 * breaks off.
 */
export function plainBody(incoming: Readable, most: number, announced = 0): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let length = 0
    const tooLarge = new FactError('too-large', `the body is larger than ${most} bytes, which is the most that is read`)
    const take = (piece: Buffer) => {
      length += piece.length
      if (length <= most) pieces.push(piece)
      else fail(tooLarge)
    }
    const fail = (error: Error) => {
      incoming.off('data', take)
      pieces.length = 0
      // what still comes is thrown away, so that the answer can be read
      incoming.resume()
      reject(error)
    }
    if (announced > most) return fail(tooLarge)
    incoming.on('data', take)
    incoming.once('end', () => resolve(Buffer.concat(pieces)))
    incoming.once('error', fail)
    incoming.once('close', () => fail(new FactError('argument', 'the request cannot be read: its body broke off')))
  })
}
