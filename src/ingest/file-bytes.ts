import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { FactError } from '../base/error.ts'

/** Bytes read or unpacked in one go: for gunzip 16 KB, its default, costs four times as much (tried). */
const CHUNK = 1 << 18

/** The bytes of one file, unpacked where they are gzip, from its beginning. */
export class FileBytes {
  /** Bytes read so far, as they lie on the disk. */
  read = 0
  /** Bytes on the disk, or null where nobody knows. */
  size: number | null = null
  /** Whether they lie on a disk, so that more of them never has to be waited for. */
  regular = false
  readonly #path: string
  readonly #stdin: Readable

  constructor(path: string, stdin: Readable) {
    this.#path = path
    this.#stdin = stdin
  }

  /**
   * Gives the memory of a chunk back at once, which nobody looks at any more: V8 would know of it only after a look at everything else, and
   * looks the more often the more of such memory is about (a third of a second for 180 MB of lines).
   */
  free(chunk: Uint8Array): void {
    const { buffer, byteOffset, length } = chunk
    // chunks of a pipe are somebody else's; gunzip goes on writing to its own until it is full
    const ours = this.#path !== '-' && buffer instanceof ArrayBuffer && buffer.byteLength === CHUNK
    if (ours && byteOffset + length === CHUNK) buffer.transfer(0)
  }

  /** Chunks of any size that nobody writes to later. Throws `unavailable` after everything that could be read. */
  async *chunks(): AsyncGenerator<Buffer> {
    const raw = this.#path === '-' ? this.#piped() : this.#onDisk()
    const first = await raw.next()
    if (first.done) {
      if (this.#path.endsWith('.gz')) throw this.#unpackable(0, 'it is empty, which no gzip file is')
      return
    }
    const whole = rejoined(first.value, raw)
    // JSON never begins so, and a pipe has no name that could tell
    const packed = first.value[0] === 0x1f && first.value[1] === 0x8b
    yield* packed ? this.#unpacked(whole) : whole
  }

  async *#onDisk(): AsyncGenerator<Buffer> {
    let file: FileHandle | undefined
    try {
      file = await open(this.#path, constants.O_RDONLY)
      const found = await file.stat()
      this.size = found.size
      this.regular = found.isFile()
      for (;;) {
        const bytes = Buffer.allocUnsafeSlow(CHUNK)
        const { bytesRead } = await file.read(bytes, 0, CHUNK)
        if (bytesRead === 0) return
        this.read += bytesRead
        yield bytes.subarray(0, bytesRead)
      }
    } catch (error) {
      throw unreadable(this.#path, error)
    } finally {
      await file?.close()
    }
  }

  async *#piped(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#stdin) {
      const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      if (bytes.length === 0) continue
      this.read += bytes.length
      yield bytes
    }
  }

  /**
   * Unpacks while whoever asks works on the chunk before. Input ends only after all output was taken: a stream that
   * fails drops what it still holds, and what stands before a cut must be delivered.
   */
  async *#unpacked(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    const gunzip = createGunzip({ chunkSize: CHUNK })
    const state = new Unpacking(gunzip)
    try {
      for await (const chunk of packed) {
        if (state.ended) throw this.#trailing(gunzip)
        state.write(chunk)
        yield* state.output(() => state.written)
        if (state.error) throw this.#unpackable(gunzip.bytesWritten, state.error.message)
        this.free(chunk)
      }
      gunzip.end()
      yield* state.output(() => state.ended)
      if (state.error)
        throw this.#unpackable(
          this.read,
          `${state.error.message}; it was cut off, or is still being written; all whole lines before that were read`,
        )
      if (gunzip.bytesWritten < this.read) throw this.#trailing(gunzip)
    } finally {
      await packed.return(undefined)
      gunzip.destroy()
    }
  }

  #trailing(gunzip: Gunzip): FactError {
    return this.#unpackable(gunzip.bytesWritten, 'what follows there is not gzip')
  }

  #unpackable(offset: number, why: string): FactError {
    const words = `${this.#path} cannot be unpacked beyond byte ${offset}: ${why}`
    return new FactError('unavailable', words, { file: this.#path, offset })
  }
}

/** What is going on between a stream that unpacks and whoever feeds and drains it. */
class Unpacking {
  written = true
  ended = false
  error: Error | null = null
  readonly #gunzip: Gunzip
  #wake = () => {}

  constructor(gunzip: Gunzip) {
    this.#gunzip = gunzip
    gunzip.on('readable', () => this.#wake())
    gunzip.on('end', () => {
      this.ended = true
      this.#wake()
    })
    gunzip.on('error', error => {
      this.error = error
      this.#wake()
    })
  }

  write(chunk: Buffer): void {
    this.written = false
    this.#gunzip.write(chunk, () => {
      this.written = true
      this.#wake()
    })
  }

  /** What comes out until `done` and nothing is left. */
  async *output(done: () => boolean): AsyncGenerator<Buffer> {
    while (this.error === null) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const bytes: Buffer | null = this.#gunzip.read()
      if (bytes !== null) yield bytes
      else if (done() || this.ended) return
      else await promise
    }
  }
}

async function* rejoined(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** Throws `usage` in clear words for what cannot be read as a file at all; whether it is a regular one, which can be read twice. */
export async function checkReadable(path: string): Promise<boolean> {
  if (path === '-') return false
  let found: Stats
  try {
    found = await stat(path)
  } catch (error) {
    throw unreadable(path, error)
  }
  if (found.isDirectory())
    throw new FactError('usage', `${path} is a folder; name the event files in it`, { file: path })
  return found.isFile()
}

function unreadable(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return new FactError('usage', `there is no file ${path}`, { file: path })
  if (code === 'EACCES' || code === 'EPERM')
    return new FactError('unavailable', `not allowed to read ${path}`, { file: path })
  if (code === undefined) return error
  return new FactError('unavailable', `${path} cannot be read: ${message}`, { file: path })
}
