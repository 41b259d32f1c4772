import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Writes pieces of text or bytes as fast as the reader takes them; ends quietly where it goes away, as `head` does. */
export async function write(
  out: Writable,
  pieces: Iterable<string | readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
): Promise<void> {
  for await (const piece of pieces)
    for (const part of typeof piece === 'string' ? [piece] : piece) {
      if (out.destroyed) return
      if (!out.write(part)) await Promise.race([once(out, 'drain'), once(out, 'close')])
    }
}

/** `1,234,567`, as people read counts. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 event`, `2 events`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** `12.3 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
