import type { Readable } from 'node:stream'
import { FactError } from '../base/error.ts'

/** Seconds after which bodies that were too many have gone, most often. */
const SOON = 1

/** The bytes that bodies of requests may take together, however many there are. */
export class BodyRoom {
  readonly most: number
  #left: number

  constructor(most: number) {
    this.most = most
    this.#left = most
  }

  get taken(): number {
    return this.most - this.#left
  }

  /** False where there is not so much left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  give(bytes: number): void {
    this.#left += bytes
  }
}

/**
 * The whole of a body as it was sent, which has its part of `room` until `gone` calls. Throws `too-large` beyond `most` bytes, at once where
 * so many are `announced`, `busy` where there is no room beside other bodies, and `argument` where it breaks off.
 */
export function plainBody(
  incoming: Readable,
  most: number,
  announced: number,
  room: BodyRoom,
  gone: (free: () => void) => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let length = 0
    let held = 0
    const free = () => {
      room.give(held)
      held = 0
    }
    const take = (piece: Buffer) => {
      length += piece.length
      if (length > most) return fail(tooLarge(most))
      if (!room.take(piece.length)) return fail(tooMany(room))
      held += piece.length
      pieces.push(piece)
    }
    const fail = (error: Error) => {
      incoming.off('data', take)
      pieces.length = 0
      free()
      // what still comes is thrown away, so that the answer can be read
      incoming.resume()
      reject(error)
    }
    if (announced > most) return fail(tooLarge(most))
    gone(free)
    incoming.on('data', take)
    incoming.once('end', () => resolve(Buffer.concat(pieces)))
    incoming.once('error', fail)
    incoming.once('close', () => {
      if (!incoming.readableEnded) fail(new FactError('argument', 'the request cannot be read: its body broke off'))
    })
  })
}

const tooLarge = (most: number): FactError =>
  new FactError('too-large', `the body is larger than ${most} bytes, which is the most that is read`)

const tooMany = ({ most }: BodyRoom): FactError =>
  new FactError(
    'busy',
    `the bodies of all requests under way are more than ${most} bytes together; ask again in a moment`,
    { retryAfter: SOON },
  )
