import type { Chunk } from './route.ts'

/** Characters of an answer that is sent whole. */
export const SHORT = 65_536

/** The first piece, and as many more as are no longer than `most` together. */
export function firstPieces(
  chunks: Iterator<Chunk>,
  most: number,
): { readonly pieces: readonly Chunk[]; readonly done: boolean } {
  const pieces: Chunk[] = []
  let length = 0
  do {
    const next = chunks.next()
    if (next.done) return { pieces, done: true }
    pieces.push(next.value)
    length += next.value.length
  } while (length < most)
  return { pieces, done: false }
}
