import type { Disk } from '../disk.ts'
import { giveBack } from '../unwritten.ts'
import { entryOf, type FileEntry } from './table-file.ts'

/** Files on their way to the disk at once, and bytes of them, unless it is one alone: they are held in memory until they are durable. */
const AT_ONCE = 8
const BYTES_AT_ONCE = 20 << 20

/** Files that become durable while the next ones are made: a disk takes several in the time of one. */
export class Saving {
  readonly #disk: Disk
  readonly #folder: string
  readonly #running = new Set<Promise<void>>()
  /** Bytes of those. */
  #bytes = 0
  #failure: { readonly error: unknown } | null = null

  constructor(disk: Disk, folder: string) {
    this.#disk = disk
    this.#folder = folder
  }

  /**
   * Begins to write a file, once there is room for it. Its bytes must not change, and belong to nobody else: the memory of large pieces is
   * given back when they are durable. Throws what went wrong with a file before.
   */
  async begin(name: string, pieces: readonly Uint8Array[]): Promise<FileEntry> {
    const entry = entryOf(name, pieces)
    while (!this.#hasRoom(entry.bytes)) await Promise.race(this.#running)
    if (this.#failure !== null) throw this.#failure.error
    const running = this.#disk
      .write(`${this.#folder}/${name}`, pieces)
      .then(() => pieces.forEach(giveBack))
      .catch(error => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#running.delete(running)
        this.#bytes -= entry.bytes
      })
    this.#running.add(running)
    this.#bytes += entry.bytes
    return entry
  }

  #hasRoom(bytes: number): boolean {
    const { size } = this.#running
    return size === 0 || (size < AT_ONCE && this.#bytes + bytes <= BYTES_AT_ONCE)
  }

  /** Resolves when nothing is being written any more. Throws where a file could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
    if (this.#failure !== null) throw this.#failure.error
  }
}
