import { FactError } from '../base/error.ts'
import type { AppendFile, Disk } from './disk.ts'

interface MemoryFile {
  bytes: Buffer
  /** How many leading bytes a power cut would leave. */
  durable: number
}

/** What a `MemoryDisk` should do wrong; counted down, so that a fault strikes once. */
export interface Faults {
  /** Bytes that still fit; a write beyond writes what fits and throws `disk-full`. */
  room?: number
  /** How many syncs go well before one fails. */
  syncs?: number
}

/** A disk in memory, for tests: fails on command, and forgets what was not synced when the power goes. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, MemoryFile>()
  readonly faults: Faults = {}

  /** Loses what was not synced, keeping `kept` of those bytes (a torn write). */
  cutPower(kept = 0): void {
    for (const file of this.files.values())
      file.bytes = file.bytes.subarray(0, Math.min(file.bytes.length, file.durable + kept))
  }

  /** What a machine finds that starts again: whoever wrote goes on without effect. */
  afterPowerCut(kept = 0): MemoryDisk {
    const disk = new MemoryDisk()
    for (const [path, { bytes, durable }] of this.files)
      disk.files.set(path, { bytes: Buffer.from(bytes), durable: Math.min(durable, bytes.length) })
    disk.cutPower(kept)
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

  async append(path: string): Promise<AppendFile> {
    const file = this.files.get(path) ?? { bytes: Buffer.alloc(0), durable: 0 }
    this.files.set(path, file)
    const { faults } = this
    return {
      async write(bytes) {
        const fits = faults.room === undefined ? bytes.length : Math.min(faults.room, bytes.length)
        file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, fits)])
        if (faults.room !== undefined) faults.room -= fits
        if (fits < bytes.length)
          throw new FactError('disk-full', `the disk is full: could not write ${path}; make room and it goes on`)
      },
      async sync() {
        if (faults.syncs !== undefined && faults.syncs-- === 0)
          throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
        file.durable = file.bytes.length
      },
      async truncate(length) {
        file.bytes = file.bytes.subarray(0, length)
        file.durable = Math.min(file.durable, length)
      },
      async close() {},
    }
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    this.files.set(path, { bytes: Buffer.from(bytes), durable: bytes.length })
  }

  async write(path: string, pieces: readonly Uint8Array[]): Promise<void> {
    this.files.delete(path)
    const file = await this.append(path)
    for (const piece of pieces) await file.write(piece)
    await file.sync()
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path)
  }

  async sync(path: string): Promise<boolean> {
    const file = this.files.get(path)
    if (file) file.durable = file.bytes.length
    return file !== undefined
  }

  async makeFolder(): Promise<void> {}

  async syncFolder(): Promise<void> {}
}
