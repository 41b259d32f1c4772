import type { Writable } from 'node:stream'
import type { ShownOrigin } from '../database/api.ts'
import { room } from '../serve/send.ts'

/** Writes pieces of text or bytes as fast as the reader takes them; ends quietly where it goes away, as `head` does. */
export async function write(
  out: Writable,
  pieces:
    | Iterable<string | Uint8Array | readonly Uint8Array[]>
    | AsyncIterable<string | Uint8Array | readonly Uint8Array[]>,
): Promise<void> {
  for await (const piece of pieces)
    for (const part of Array.isArray(piece) ? piece : [piece]) {
      if (out.destroyed) return
      if (!out.write(part)) await room(out)
    }
}

/** `1,234,567`, as people read counts. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 event`, `2 events`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `12.3 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** A value of JSON as a line of a terminal has it. */
export const shownValue = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** `retail/invoice_line/1.0, events.ndjson line 7`. */
export const originText = (origin: ShownOrigin): string =>
  `${origin.contract}, ${'file' in origin ? `${origin.file} line ${origin.line}` : `${origin.topic}/${origin.partition} offset ${origin.offset}`}`
