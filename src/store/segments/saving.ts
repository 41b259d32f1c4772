import type { Disk } from '../disk.ts'
import { entryOf, type FileEntry } from './table-file.ts'

/** Files on their way to the disk at once. Each is held in memory until it is durable. */
const AT_ONCE = 2

/** Files that become durable while the next ones are made: a disk takes several in the time of one. */
export class Saving {
  readonly #disk: Disk
  readonly #folder: string
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(disk: Disk, folder: string) {
    this.#disk = disk
    this.#folder = folder
  }

  /** Begins to write a file, once there is room for it; its bytes must not change. Throws what went wrong with one before. */
  async begin(name: string, pieces: readonly Uint8Array[]): Promise<FileEntry> {
    const entry = entryOf(name, pieces)
    while (this.#running.size >= AT_ONCE) await Promise.race(this.#running)
    if (this.#failure !== null) throw this.#failure.error
    const running = this.#disk
      .write(`${this.#folder}/${name}`, pieces)
      .catch(error => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
    return entry
  }

  /** Resolves when nothing is being written any more. Throws where a file could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
    if (this.#failure !== null) throw this.#failure.error
  }
}
