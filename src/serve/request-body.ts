import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { FactError } from '../base/error.ts'
import { type BodyRoom, plainBody } from './plain-body.ts'

/** Bytes of the largest body, unpacked. */
export const LARGEST_BODY = 16 << 20

/** What a body is read from, and how it was sent. */
export interface Sent extends Readable {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const UNPACKING: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

const NO_BODY = new Uint8Array(0)

/**
 * The whole body of a request, unpacked where it came compressed; `room` is what all of them may take together until `gone`, when the request
 * is over. Throws `too-large`, `busy`, `unsupported-media` for an encoding that nobody knows, and `argument` for what is none, or breaks off.
 */
export function requestBody(incoming: Sent, room: BodyRoom, gone: (free: () => void) => void): Promise<Uint8Array> {
  const { 'content-length': length, 'transfer-encoding': chunked, 'content-encoding': encoding } = incoming.headers
  if (length === undefined && chunked === undefined) return Promise.resolve(NO_BODY)
  const named = String(encoding ?? 'identity').toLowerCase()
  if (named === 'identity') return plainBody(incoming, LARGEST_BODY, Number(length ?? 0), room, gone)
  const unpacking = UNPACKING[named]?.()
  if (unpacking === undefined) {
    incoming.resume()
    const words = `bodies packed by ${named} are not read; send it plain, or with gzip, deflate or br`
    return Promise.reject(new FactError('unsupported-media', words))
  }
  incoming.once('error', error => unpacking.destroy(error))
  incoming.once('close', () => {
    if (!incoming.readableEnded) unpacking.destroy()
  })
  // who goes away once all was sent leaves nobody that what is still unpacked is for
  const body = plainBody(incoming.pipe(unpacking), LARGEST_BODY, 0, room, free =>
    gone(() => {
      unpacking.destroy()
      free()
    }),
  )
  return body.catch(error => {
    incoming.unpipe(unpacking).resume()
    unpacking.destroy()
    throw error instanceof FactError
      ? error
      : new FactError('argument', `the body cannot be unpacked by ${named}: ${(error as Error).message}`)
  })
}
