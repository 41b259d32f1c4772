import type { Readable } from 'node:stream'
import { FactError } from '../base/error.ts'
import { FileBytes } from './file-bytes.ts'
import { firstDifference, LineDigest } from './line-digest.ts'
import { Lines } from './lines.ts'
import type { Position } from './source.ts'

/**
 * The one of `others` whose lines this file begins with, all of them, or null: the same content under another name.
 * Reads only as far as some other file still agrees with it, which mostly is one line.
 */
export async function loadedAlready(
  path: string,
  others: readonly Position[],
  stdin: Readable,
): Promise<Position | null> {
  let candidates = others.filter(({ next, digest }) => next > 1n && digest !== null)
  if (candidates.length === 0) return null
  const lines = new Lines(0)
  const digest = new LineDigest()
  const chunks = new FileBytes(path, stdin).chunks()
  try {
    for (;;) {
      const chunk = (await chunks.next()).value ?? lines.ending()
      if (!chunk) return null
      lines.push(chunk)
      digest.feed(chunk)
      while (lines.next()) {
        digest.line(lines.count, lines.offset)
        const ends = candidates.filter(({ next }) => next === BigInt(lines.count) + 1n)
        if (ends.length === 0) continue
        digest.advance(lines.offset)
        const text = digest.toString()
        const same = ends.find(other => other.digest === text)
        if (same) return same
        candidates = candidates.filter(other => !ends.includes(other))
      }
      digest.advance(digest.fed)
      candidates = candidates.filter(other => firstDifference(digest.rungs, other.digest!) === null)
      if (candidates.length === 0) return null
    }
  } catch (error) {
    // whoever reads it in earnest meets the same, and says it after what can be read
    if (error instanceof FactError) return null
    throw error
  } finally {
    await chunks.return(undefined)
  }
}

/** Whether a file goes on behind what was read of it. Nothing is said of a file that cannot be read: whoever reads it in earnest says it. */
export async function goesOn(path: string, { next }: Position, stdin: Readable): Promise<boolean> {
  const lines = new Lines(0)
  const chunks = new FileBytes(path, stdin).chunks()
  try {
    for (;;) {
      const chunk = (await chunks.next()).value ?? lines.ending()
      if (!chunk) return false
      lines.push(chunk)
      while (lines.next()) if (BigInt(lines.count) >= next) return true
    }
  } catch (error) {
    if (error instanceof FactError) return false
    throw error
  } finally {
    await chunks.return(undefined)
  }
}
