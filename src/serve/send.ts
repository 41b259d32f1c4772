import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { constants, createGzip, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Piece } from './readers/piece-stream.ts'
import type { Chunk } from './route.ts'

/** Resolves when `out` has room again, or is gone. */
export function room(out: Writable): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      out.off('drain', done)
      out.off('close', done)
      resolve()
    }
    out.on('drain', done)
    out.on('close', done)
  })
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/**
 * Node gathers what one turn writes to a socket into one system call. Corking the reply itself would lose the `drain` of a
 * chunk that the system took at once.
 */
function write(out: Writable, chunk: Chunk): boolean {
  if (typeof chunk === 'string') return out.write(chunk)
  let free = true
  for (const bytes of chunk) free = out.write(bytes)
  return free
}

/** Writes lines as they come, each when there is room for it, until there are no more or nobody reads them. */
export async function sendLines(out: Writable, lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    if (out.destroyed) return
    if (line !== '' && !out.write(line)) await room(out)
  }
}

/**
 * Writes chunk after chunk, each made only when there is room for it, so that memory does not grow with the answer. Other requests
 * get their turn between two chunks. Gives false where the reader went away; what the chunks throw is thrown.
 */
export async function sendChunks(out: Writable, chunks: Iterator<Chunk>): Promise<boolean> {
  try {
    for (let next = chunks.next(); !next.done; next = chunks.next()) {
      if (out.destroyed) return false
      if (write(out, next.value)) await turn()
      else if (!out.destroyed) await room(out)
    }
    return !out.destroyed
  } finally {
    chunks.return?.()
  }
}

export type Encoding = 'zstd' | 'gzip'

/**
 * `zstd` where an `Accept-Encoding` asks for it by name, `gzip` where it does and the server is told to give it, since most clients ask for
 * that without wanting it: on a fast network it takes longer than it saves. Otherwise null.
 */
export function encodingFor(header: string | undefined, gzip = false): Encoding | null {
  const asked = (header ?? '').split(',').map(part =>
    part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/),
  )
  const takes = (encoding: Encoding) => asked.some(([name, quality = '1']) => name === encoding && Number(quality) > 0)
  return takes('zstd') ? 'zstd' : gzip && takes('gzip') ? 'gzip' : null
}

/**
 * Writes pieces as they come; each is taken once it left, and no more come than were taken. False where the reader went away: what was on
 * its way then is taken too, since Node need not say of every piece what became of it.
 */
export async function sendPieces(out: Writable, pieces: AsyncIterable<Piece>): Promise<boolean> {
  const under = new Set<Piece>()
  const take = (piece: Piece) => {
    if (under.delete(piece)) piece.taken()
  }
  const takeAll = () => {
    for (const piece of under) take(piece)
  }
  out.once('close', takeAll)
  try {
    for await (const piece of pieces) {
      under.add(piece)
      if (out.destroyed) break
      out.write(piece.bytes, () => take(piece))
    }
  } catch (error) {
    // who went away has ended the work, which is no fault
    if (!out.destroyed) throw error
  } finally {
    if (out.destroyed) takeAll()
  }
  return !out.destroyed
}

const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const GZIP = { level: 1 }

/** Characters from which it is worth compressing an answer. */
export const WORTH_COMPRESSING = 1024

/** A whole text, compressed. */
export const packed = (text: string, encoding: Encoding): Buffer =>
  encoding === 'zstd' ? zstdCompressSync(text, ZSTD) : gzipSync(text, GZIP)

/** As `sendChunks`, compressed. `out` is not ended. */
export const sendCompressed = (out: Writable, chunks: Iterator<Chunk>, encoding: Encoding): Promise<boolean> =>
  compressed(out, encoding, compressor => sendChunks(compressor, chunks))

/** As `sendPieces`, compressed. `out` is not ended. */
export const sendPiecesCompressed = (
  out: Writable,
  pieces: AsyncIterable<Piece>,
  encoding: Encoding,
): Promise<boolean> => compressed(out, encoding, compressor => sendPieces(compressor, pieces))

async function compressed(
  out: Writable,
  encoding: Encoding,
  send: (compressor: Writable) => Promise<boolean>,
): Promise<boolean> {
  const compressor = encoding === 'zstd' ? createZstdCompress(ZSTD) : createGzip(GZIP)
  const gone = () => void compressor.destroy()
  out.on('close', gone)
  compressor.pipe(out, { end: false })
  try {
    if (!(await send(compressor))) return false
    const ended = Promise.race([once(compressor, 'end'), once(compressor, 'close')])
    compressor.end()
    await ended
    return !out.destroyed
  } finally {
    out.off('close', gone)
    compressor.destroy()
  }
}
