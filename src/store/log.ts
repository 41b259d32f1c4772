import { assert } from '../base/assert.ts'
import { FactError } from '../base/error.ts'
import type { AppendFile, Disk } from './disk.ts'
import {
  FIRST_CHAIN,
  FORMAT_VERSION,
  type FrameBuilder,
  type FrameHeader,
  HEADER_SIZE,
  type OpenFrame,
  openFrame,
  readHeader,
} from './frame.ts'

const FOLDER = 'log'
const FIRST_FILE = '0000000001.hwl'
/** Names the end of the log at the last clean stop: what lies before is durable, so a fault there is damage. */
const STOPPED = 'stopped.json'
const WINDOW = 1 << 24
/** Bytes that the frame which begins a store stays below. */
const FIRST_FRAME_MOST = 4096

/** What opening found behind the last whole frame, and cut off. */
export interface TornTail {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

interface End {
  readonly file: string
  readonly offset: number
}

/** Where the next frame goes and what it follows. */
interface Tip {
  file: string
  offset: number
  /** Where in the file the last frame begins. */
  last: number
  sequence: number
  chain: string
  storeId: string | undefined
  branch: number
  /** Bytes of the files before. */
  before: number
}

/** A place between two frames that is known to be durable. */
export interface LogPosition {
  /** Name of the file. */
  readonly file: string
  readonly offset: number
  /** Where in the file the frame before it begins. */
  readonly last: number
  readonly sequence: number
  readonly chain: string
  readonly storeId: string
  readonly branch: number
  /** Bytes of the log up to there. */
  readonly total: number
}

/**
 * The chain of frames in `<data>/log`. Reading checks every frame against its checksums and against the frame before;
 * a torn tail is the only fault that is forgiven (store rule 14).
 */
export class Log {
  readonly #disk: Disk
  readonly #data: string
  readonly #tip: Tip = {
    file: '',
    offset: 0,
    last: 0,
    sequence: 0,
    chain: FIRST_CHAIN,
    storeId: undefined,
    branch: 0,
    before: 0,
  }
  #torn: TornTail | null = null
  #out: AppendFile | undefined
  /** A frame that a full disk kept from being written; it goes first. */
  #waiting: { bytes: Buffer; chain: string } | undefined
  #dead = false

  private constructor(disk: Disk, data: string) {
    this.#disk = disk
    this.#data = data
  }

  /**
   * Reads the log from `start`, or as a whole, handing over each frame with the bytes it was read from. Throws `damaged`
   * with file, offset and t.
   */
  static async open(
    disk: Disk,
    data: string,
    start: LogPosition | undefined,
    onFrame: (frame: OpenFrame, bytes: Uint8Array) => void,
  ): Promise<Log> {
    const log = new Log(disk, data)
    const files = (await disk.list(`${data}/${FOLDER}`)).filter(name => name.endsWith('.hwl'))
    const stopped = await log.#cleanStop()
    if (start) await log.#begin(start)
    for (const [i, name] of files.entries())
      if (!start || name >= start.file)
        await log.#readFile(
          `${data}/${FOLDER}/${name}`,
          name === start?.file ? start.offset : 0,
          i === files.length - 1,
          stopped,
          onFrame,
        )
    if (stopped && (log.#tip.sequence === 0 || log.#tip.file !== stopped.file || log.#tip.offset < stopped.offset))
      throw log.#damage(
        log.#tip.file || stopped.file,
        log.#tip.offset,
        0,
        'the log ends before the place up to which it was durable',
      )
    return log
  }

  /** Hex of the store's id, or undefined where the log is empty. */
  get storeId(): string | undefined {
    return this.#tip.storeId
  }

  get branch(): number {
    return this.#tip.branch
  }

  get torn(): TornTail | null {
    return this.#torn
  }

  /** Bytes of all whole frames. */
  get length(): number {
    return this.#tip.before + this.#tip.offset
  }

  /** Where the last frame ends. */
  get position(): LogPosition {
    const { file, offset, last, sequence, chain, storeId, branch } = this.#tip
    assert(storeId !== undefined, 'a log without a frame has no position')
    return { file: nameOf(file), offset, last, sequence, chain, storeId, branch, total: this.length }
  }

  /** Goes to a place that segments name; the frame before it must be there. */
  async #begin(start: LogPosition): Promise<void> {
    const tip = this.#tip
    const path = `${this.#data}/${FOLDER}/${start.file}`
    const size = (await this.#disk.size(path)) ?? 0
    const header = size < start.offset ? undefined : readHeader(await this.#disk.readAt(path, start.last, HEADER_SIZE))
    if (header?.sequence !== start.sequence || header.storeId !== start.storeId || header.branch !== start.branch)
      throw this.#damage(path, Math.min(size, start.last), 0, 'the frame up to which the segments reach is not there')
    tip.file = path
    tip.offset = start.offset
    tip.last = start.last
    tip.sequence = start.sequence
    tip.chain = start.chain
    tip.storeId = start.storeId
    tip.branch = start.branch
    tip.before = start.total - start.offset
  }

  /** Readies the log for writing: cuts a torn tail, or begins the log of a new store. */
  async openForWriting(storeId: string): Promise<void> {
    const tip = this.#tip
    if (tip.file === '') {
      await this.#disk.makeFolder(`${this.#data}/${FOLDER}`)
      tip.file = `${this.#data}/${FOLDER}/${FIRST_FILE}`
    }
    tip.storeId ??= storeId
    this.#out = await this.#disk.append(tip.file)
    await this.#disk.syncFolder(`${this.#data}/${FOLDER}`)
    await this.#disk.syncFolder(this.#data)
    if (!this.#torn) return
    await this.#out.truncate(tip.offset)
    await this.#out.sync()
  }

  /** Seals what the builder holds and makes it durable; with nothing new, writes a frame that waits for room. */
  async append(builder: FrameBuilder | undefined, before: number, count: number): Promise<void> {
    const tip = this.#tip
    assert(this.#out && tip.storeId !== undefined, 'the log is not open for writing')
    if (this.#dead)
      throw new FactError(
        'disk-failed',
        `${tip.file} could not be made durable before and is never written again; start anew`,
      )
    if (builder) {
      assert(!this.#waiting, 'a frame is waiting for room')
      const { storeId, branch } = tip
      this.#waiting = await builder.seal({
        storeId,
        branch,
        sequence: tip.sequence + 1,
        before,
        count,
        previous: tip.chain,
      })
    }
    if (!this.#waiting) return
    try {
      await this.#out.write(this.#waiting.bytes)
    } catch (error) {
      // an unfinished frame must not stay in front of the next one
      await this.#out.truncate(tip.offset)
      throw error
    }
    try {
      await this.#out.sync()
    } catch (error) {
      this.#dead = true
      throw new FactError(
        'disk-failed',
        `the disk could not make ${tip.file} durable (${(error as Error).message}); nothing after byte ${tip.offset} counts, and the process must end`,
        { file: tip.file, offset: tip.offset },
      )
    }
    tip.last = tip.offset
    tip.offset += this.#waiting.bytes.length
    tip.sequence++
    tip.chain = this.#waiting.chain
    this.#waiting = undefined
  }

  /** Whether a frame waits for room on the disk. */
  get waiting(): boolean {
    return this.#waiting !== undefined
  }

  /** Notes how far the log is durable, so that the next start can tell damage from a torn tail. */
  async close(): Promise<void> {
    if (!this.#out) return
    await this.#out.close()
    this.#out = undefined
    const { file, offset } = this.#tip
    const end = { file: nameOf(file), offset }
    if (!this.#dead) await this.#disk.replace(`${this.#data}/${STOPPED}`, Buffer.from(`${JSON.stringify(end)}\n`))
  }

  async #cleanStop(): Promise<End | undefined> {
    const bytes = await this.#disk.read(`${this.#data}/${STOPPED}`)
    if (!bytes) return undefined
    const { file, offset } = JSON.parse(Buffer.from(bytes).toString()) as End
    return { file: `${this.#data}/${FOLDER}/${file}`, offset }
  }

  async #readFile(
    path: string,
    begin: number,
    last: boolean,
    stopped: End | undefined,
    onFrame: (frame: OpenFrame, bytes: Uint8Array) => void,
  ): Promise<void> {
    const tip = this.#tip
    const size = (await this.#disk.size(path))!
    if (tip.file !== '' && tip.file !== path) tip.before += tip.offset
    tip.file = path
    tip.offset = begin
    let window: Uint8Array = new Uint8Array(0)
    let start = 0
    let t = 0
    /** Bytes of the file from `offset`, at least `length` of them unless the file ends. */
    const bytesAt = async (offset: number, length: number): Promise<Uint8Array> => {
      if (offset < start || offset + length > start + window.length) {
        window = await this.#disk.readAt(path, offset, Math.min(Math.max(length, WINDOW), size - offset))
        start = offset
      }
      return window.subarray(offset - start, offset - start + length)
    }
    while (tip.offset < size) {
      const { offset } = tip
      const header = readHeader(await bytesAt(offset, HEADER_SIZE))
      const length = header ? HEADER_SIZE + header.storedLength : 0
      const bytes = header && offset + length <= size ? await bytesAt(offset, length) : undefined
      const frame = header && bytes ? openFrame(header, bytes) : undefined
      if (!frame || !bytes) {
        t = header?.before ?? t
        const follows = await this.#validHeaderAfter(path, offset, size)
        const durable =
          stopped !== undefined && (stopped.file > path || (stopped.file === path && offset < stopped.offset))
        // the first frame is small, and durable before there is another
        const headless = offset === 0 && size > FIRST_FRAME_MOST
        if (!last || follows || durable || headless)
          throw this.#damage(path, offset, t, 'a frame does not agree with its checksum')
        this.#torn = { file: path, offset, bytes: size - offset }
        return
      }
      this.#check(frame.header, path)
      onFrame(frame, bytes)
      t = frame.header.before + frame.header.count
      tip.storeId = frame.header.storeId
      tip.branch = frame.header.branch
      tip.sequence = frame.header.sequence
      tip.chain = frame.chain
      tip.last = tip.offset
      tip.offset += bytes.length
    }
  }

  #check(header: FrameHeader, path: string): void {
    const tip = this.#tip
    if (header.version !== FORMAT_VERSION)
      throw new FactError(
        'unavailable',
        `${path} has format version ${header.version}; this Heartwood reads version ${FORMAT_VERSION}`,
      )
    const follows =
      header.sequence === tip.sequence + 1 &&
      header.previous === tip.chain &&
      (tip.storeId === undefined || tip.storeId === header.storeId)
    if (!follows) throw this.#damage(path, tip.offset, header.before, 'a frame does not follow the one before it')
  }

  /** Whether a frame of this store begins anywhere behind a place where none could be read. */
  async #validHeaderAfter(path: string, offset: number, size: number): Promise<boolean> {
    const magic = Buffer.from('HWF1')
    const overlap = HEADER_SIZE
    for (let at = offset + 1; at < size; at += WINDOW - overlap) {
      const bytes = Buffer.from(await this.#disk.readAt(path, at, Math.min(WINDOW, size - at)))
      for (let i = bytes.indexOf(magic); i >= 0; i = bytes.indexOf(magic, i + 1)) {
        const header = readHeader(bytes.subarray(i, i + HEADER_SIZE))
        const ours = this.#tip.storeId === undefined || header?.storeId === this.#tip.storeId
        if (header && ours && header.sequence > this.#tip.sequence) return true
      }
      if (bytes.length < WINDOW) break
    }
    return false
  }

  #damage(file: string, offset: number, t: number, what: string): FactError {
    const place = `${file}, byte ${offset}, after t ${t}`
    return new FactError(
      'damaged',
      `the log is damaged: ${what} (${place}). Nothing was changed; restore this file from a backup`,
      { file, offset, t },
    )
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
