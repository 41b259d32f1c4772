import type { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { Turns } from '../base/turns.ts'
import { HELD_BACK } from './event-file.ts'
import { EventLine } from './event-line.ts'
import { FileBytes } from './file-bytes.ts'
import { Lines } from './lines.ts'
import { knownOf } from './merge.ts'
import type { Position } from './source.ts'

/** A file whose events happened before what the store holds already: they will be known late (store rule 5). */
export interface LateFile {
  readonly name: string
  /** When its first unread event could have been known, milliseconds. */
  readonly first: number
  /** How many such events there are; null for standard input, which can be read only once. */
  readonly events: number | null
}

/** How the file will be read. */
export interface Reading {
  readonly clock: Clock
  readonly longest: number
  readonly acceptFuture: boolean
  readonly stdin: Readable
}

/** Lines between two looks at the clock. */
const SLICE = 32

/**
 * Counts the unread events of a file that could have been known before the frontier; null where it has none. It reads to the first
 * event that could not, which in a file that belongs behind the rest is the first of all.
 */
export async function beforeFrontier(
  { path, name }: { readonly path: string; readonly name: string },
  position: Position | undefined,
  frontier: number,
  reading: Reading,
): Promise<LateFile | null> {
  const { clock, longest, acceptFuture, stdin } = reading
  let known = position?.known ?? 0
  if (known >= frontier) return null
  const read = Number(position?.next ?? 1n) - 1
  const lines = new Lines(longest)
  const event = new EventLine()
  const turns = new Turns()
  const chunks = new FileBytes(path, stdin).chunks()
  let first = 0
  let events = 0
  const counted = () => (events === 0 ? null : { name, first, events })
  try {
    for (;;) {
      const chunk = (await chunks.next()).value ?? lines.ending()
      if (!chunk) return counted()
      lines.push(chunk)
      while (lines.next()) {
        if (lines.count % SLICE === 0 && turns.over) await turns.give()
        if (lines.count <= read || lines.long || lines.blank) continue
        if (event.read(lines.bytes, lines.textStart, lines.end) !== null) continue
        known = knownOf(known, event.timestamp, clock.now())
        const stops = known - event.timestamp > HELD_BACK && !acceptFuture
        if (known >= frontier || stops) return counted()
        if (events++ === 0) first = known
      }
    }
  } catch (error) {
    // whoever reads it in earnest meets the same, and says it after what can be read
    if (error instanceof FactError) return counted()
    throw error
  } finally {
    await chunks.return(undefined)
  }
}
