import type { Writable } from 'node:stream'
import type { Chunk } from './route.ts'

/** Resolves when `out` has room again, or is gone. */
function room(out: Writable): Promise<void> {
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
