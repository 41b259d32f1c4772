import { FactError } from '../base/error.ts'
import type { Random } from '../base/random.ts'
import type { AppendFile, Disk } from './disk.ts'

interface MemoryFile {
  bytes: Buffer
  /** How many leading bytes a power cut would leave for certain. */
  durable: number
  /** Whether a power cut may lose the file, since its folder was not synced after it was made. */
  unnamed?: boolean
}

/** What a `MemoryDisk` should do wrong; counted down, so that a fault strikes once. */
export interface Faults {
  /** Bytes that still fit; a write beyond writes what fits and throws `disk-full`. */
  room?: number
  /** How many syncs go well before one fails. */
  syncs?: number
}

const SECTOR = 64

/** A disk in memory, for tests: fails on command, and forgets what was not synced when the power goes. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, MemoryFile>()
  readonly faults: Faults = {}

  /** Loses what was not synced, keeping `kept` of those bytes (a torn write). */
  cutPower(kept = 0): void {
    for (const file of this.files.values())
      file.bytes = file.bytes.subarray(0, Math.min(file.bytes.length, file.durable + kept))
  }

  /**
   * What a machine finds that starts again; whoever wrote goes on without effect. With `random`, sectors that were not
   * synced are kept or lost each for itself, later ones too where earlier ones are lost, and files whose folder was not
   * synced may be gone.
   */
  afterPowerCut(random?: Random): MemoryDisk {
    const disk = new MemoryDisk()
    for (const [path, { bytes, durable, unnamed }] of this.files) {
      if (unnamed && (!random || random.next() < 0.5)) continue
      const certain = Math.min(durable, bytes.length)
      const length = random ? certain + random.below(bytes.length - certain + 1) : certain
      const left = Buffer.from(bytes.subarray(0, length))
      for (let at = certain; random && at < length; at += SECTOR)
        if (random.next() < 0.3) left.fill(0, at, Math.min(length, at + SECTOR))
      disk.files.set(path, { bytes: left, durable: length })
    }
    return disk
  }

  async list(folder: string): Promise<string[]> {
    const inside = [...this.files.keys()].filter(path => path.startsWith(`${folder}/`))
    return [...new Set(inside.map(path => path.slice(folder.length + 1).split('/')[0]))].sort()
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.files.get(path)?.bytes
  }

  async size(path: string): Promise<number | undefined> {
    return this.files.get(path)?.bytes.length
  }

  async readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
    return this.files.get(path)!.bytes.subarray(offset, offset + length)
  }

  #sync(file: MemoryFile): void {
    const { faults } = this
    if (faults.syncs !== undefined && faults.syncs-- === 0)
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    file.durable = file.bytes.length
  }

  #append(path: string, file: MemoryFile, bytes: Uint8Array): void {
    const { faults } = this
    const fits = faults.room === undefined ? bytes.length : Math.min(faults.room, bytes.length)
    file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, fits)])
    if (faults.room !== undefined) faults.room -= fits
    if (fits < bytes.length)
      throw new FactError('disk-full', `the disk is full: could not write ${path}; make room and it goes on`)
  }

  async append(path: string): Promise<AppendFile> {
    const file = this.files.get(path) ?? { bytes: Buffer.alloc(0), durable: 0, unnamed: true }
    this.files.set(path, file)
    return {
      write: async bytes => this.#append(path, file, bytes),
      sync: async () => this.#sync(file),
      async truncate(length) {
        file.bytes = file.bytes.subarray(0, length)
        file.durable = Math.min(file.durable, length)
      },
      async close() {},
    }
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    const file: MemoryFile = { bytes: Buffer.alloc(0), durable: 0 }
    this.#append(path, file, bytes)
    this.#sync(file)
    this.files.set(path, file)
  }

  async write(path: string, pieces: readonly Uint8Array[]): Promise<void> {
    const file: MemoryFile = { bytes: Buffer.alloc(0), durable: 0, unnamed: true }
    this.files.set(path, file)
    for (const piece of pieces) this.#append(path, file, piece)
    this.#sync(file)
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path)
  }

  async sync(path: string): Promise<boolean> {
    const file = this.files.get(path)
    if (file) this.#sync(file)
    return file !== undefined
  }

  async makeFolder(): Promise<void> {}

  async syncFolder(folder: string): Promise<void> {
    for (const [path, file] of this.files)
      if (path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes('/')) file.unnamed = false
  }
}
