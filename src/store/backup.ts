import { createHash, randomInt } from 'node:crypto'
import { FactError } from '../base/error.ts'
import type { T } from '../model/transaction.ts'
import type { AppendFile, Disk } from './disk.ts'
import { brokenCommitments, FrameBuilder, type OpenFrame } from './frame.ts'
import { FIRST_FILE, Log } from './log.ts'

/*
 * A backup is the log alone, since everything else follows from it (store rule 12):
 *
 *    <folder>/log/0000000001.hwl   every frame up to some place, as in the store
 *    <folder>/backup.json          what that is; written last, so that half a backup is none
 *
 * It can be read as it stands, but not written to: only a restored store, which is another branch (rule 27), goes on.
 */
export const BACKUP = 'backup.json'
const FORMAT = 1

/** What a backup says of itself. */
export interface Backup {
  readonly format: number
  /** `<id>.<branch>` of the store that it was taken from. */
  readonly store: string
  readonly t: T
  readonly frames: number
  readonly bytes: number
  /** Of all frames. */
  readonly sha256: string
}

export interface BackupOptions {
  readonly disk: Disk
  /** The store. */
  readonly data: string
  /** A folder that is empty or not there. */
  readonly to: string
  /**
   * A writer is at work: its last frame may not be durable yet, so that one is taken only where it ends at or before this `t`, up to which
   * the writer says that all is. Absent where nobody writes.
   */
  readonly durable?: T
}

/** Copies the log of a store, every checksum and commitment tried, while whoever writes goes on. Throws `usage`, `unavailable`, `damaged`. */
export async function backupStore({ disk, data, to, durable }: BackupOptions): Promise<Backup> {
  await checkStore(disk, data)
  await checkEmpty(disk, to)
  const out = await FrameFile.create(disk, to)
  try {
    // kept back by one: a frame that another follows is durable
    let last: { frame: OpenFrame; bytes: Uint8Array } | undefined
    const log = await Log.open(disk, data, {}, async (frame, bytes) => {
      checkCommitments(frame)
      if (last) await out.add(last.frame, last.bytes)
      last = { frame, bytes }
    })
    if (last && (durable === undefined || endOf(last.frame) <= durable)) await out.add(last.frame, last.bytes)
    await out.finish()
    const { t, frames, bytes } = out
    const backup = { format: FORMAT, store: `${log.storeId}.${out.branch}`, t, frames, bytes, sha256: out.sha256 }
    await disk.replace(`${to}/${BACKUP}`, Buffer.from(`${JSON.stringify(backup)}\n`))
    return backup
  } finally {
    await out.close()
  }
}

/** A store from a backup, which answers the same at every `t` and goes on as a new branch. Gives its name. Throws as `backupStore` does. */
export async function restoreStore(disk: Disk, from: string, data: string): Promise<{ backup: Backup; store: string }> {
  const backup = await readBackup(disk, from)
  await checkEmpty(disk, data)
  const out = await FrameFile.create(disk, data)
  try {
    const log = await Log.open(disk, from, {}, async (frame, bytes) => {
      checkCommitments(frame)
      await out.add(frame, bytes)
    })
    if (out.sha256 !== backup.sha256 || out.bytes !== backup.bytes || log.torn)
      throw new FactError(
        'damaged',
        `${from} is not the backup that ${BACKUP} tells of: it has ${out.bytes} bytes of whole frames up to t ${out.t}, and ${backup.bytes} up to t ${backup.t} were written. Nothing was restored; take another backup`,
        { file: `${from}/log/${FIRST_FILE}`, offset: out.bytes, t: out.t },
      )
    const branch = otherThan(log.branch)
    await out.begin(log.storeId!, branch)
    await out.finish()
    return { backup, store: `${log.storeId}.${branch}` }
  } finally {
    await out.close()
  }
}

/** A number for a branch. By chance: a backup may be restored more than once, and what each store goes on with differs. */
function otherThan(branch: number): number {
  for (;;) {
    const other = randomInt(1, 2 ** 32)
    if (other !== branch) return other
  }
}

async function readBackup(disk: Disk, from: string): Promise<Backup> {
  const bytes = await disk.read(`${from}/${BACKUP}`)
  if (!bytes)
    throw new FactError('unavailable', `there is no backup in ${from}; give the folder that heartwood backup wrote`)
  const backup = JSON.parse(Buffer.from(bytes).toString()) as Backup
  if (backup.format !== FORMAT)
    throw new FactError('unavailable', `${from} is a backup of format ${backup.format}; this Heartwood reads ${FORMAT}`)
  return backup
}

async function checkStore(disk: Disk, data: string): Promise<void> {
  const names = await disk.list(data)
  if (!names.includes('log'))
    throw new FactError('unavailable', `there is no store in ${data}; give its folder with --data`)
  if (names.includes(BACKUP)) throw new FactError('usage', `${data} is a backup already; copy it as it is`)
}

async function checkEmpty(disk: Disk, folder: string): Promise<void> {
  const names = await disk.list(folder)
  if (names.length > 0)
    throw new FactError(
      'usage',
      `${folder} is not empty (${names.slice(0, 3).join(', ')}); give a folder that is, or a new one`,
    )
}

function checkCommitments(frame: OpenFrame): void {
  if (brokenCommitments(frame).length > 0)
    throw new FactError('damaged', `personal bytes of frame ${frame.header.sequence} do not match their commitment`, {
      t: frame.header.before,
    })
}

const endOf = ({ header }: OpenFrame): T => header.before + header.count

/** The log of a new folder, frame after frame. */
class FrameFile {
  readonly #disk: Disk
  readonly #folder: string
  readonly #out: AppendFile
  readonly #hash = createHash('sha256')
  #sequence = 0
  #chain = ''
  #closed = false
  t: T = 0
  frames = 0
  bytes = 0
  branch = 0

  private constructor(disk: Disk, folder: string, out: AppendFile) {
    this.#disk = disk
    this.#folder = folder
    this.#out = out
  }

  static async create(disk: Disk, folder: string): Promise<FrameFile> {
    await disk.makeFolder(`${folder}/log`)
    return new FrameFile(disk, folder, await disk.append(`${folder}/log/${FIRST_FILE}`))
  }

  async add(frame: OpenFrame, bytes: Uint8Array): Promise<void> {
    await this.#out.write(bytes)
    this.#hash.update(bytes)
    this.t = endOf(frame)
    this.branch = frame.header.branch
    this.#sequence = frame.header.sequence
    this.#chain = frame.chain
    this.frames++
    this.bytes += bytes.length
  }

  /** The frame that begins a branch: it says nothing else. */
  async begin(storeId: string, branch: number): Promise<void> {
    const place = { storeId, branch, sequence: this.#sequence + 1, before: this.t, count: 0, previous: this.#chain }
    const { bytes } = await new FrameBuilder().seal(place)
    await this.#out.write(bytes)
  }

  /** Of all frames added so far. */
  get sha256(): string {
    return this.#hash.copy().digest('hex')
  }

  async finish(): Promise<void> {
    await this.#out.sync()
    await this.close()
    await this.#disk.syncFolder(`${this.#folder}/log`)
    await this.#disk.syncFolder(this.#folder)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#out.close()
  }
}
