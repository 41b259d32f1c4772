/** Bytes that are asked of the machine at once. */
const CHUNK = 1 << 20
/** Each piece begins at a cache line of its own. */
const LINE = 64

let chunk = new ArrayBuffer(0)
let used = 0

/**
 * Memory that holds whatever was there before, and must be written before it is read. Smaller pieces come from chunks:
 * each request of the machine makes the collector look round, for longer than it takes to fill a piece. A chunk is given
 * back when all of its pieces are.
 */
export function unwritten(bytes: number): { buffer: ArrayBuffer; offset: number } {
  if (bytes > CHUNK / 4) return { buffer: fresh(bytes), offset: 0 }
  if (used + bytes > chunk.byteLength) {
    chunk = fresh(CHUNK)
    used = 0
  }
  const offset = used
  used += Math.ceil(bytes / LINE) * LINE
  return { buffer: chunk, offset }
}

// not `new ArrayBuffer`: clearing it costs as much as a copy
const fresh = (bytes: number): ArrayBuffer => Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer
