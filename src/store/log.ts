import { crc32 } from 'node:zlib'
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
import { FOOTER_TRAILER, type Footer, footerLength, readFooter, writeFooter } from './log-footer.ts'

const FOLDER = 'log'
const SUFFIX = '.hwl'
const fileName = (number: number): string => String(number).padStart(10, '0') + SUFFIX
/** Bytes after which a file is sealed and the next one begun. */
export const SEAL_AT = 1 << 28
export const FIRST_FILE: string = fileName(1)
/** Names the end of the log at the last clean stop: what lies before is durable, so a fault there is damage. */
const STOPPED = 'stopped.json'
const STOPPED_TEXT = /^\{"file":"([0-9.a-z]+)","offset":(\d+),"crc32":(\d+)\}\n$/
const WINDOW = 1 << 24
/** A footer has a line for each source. */
const LARGEST_FOOTER = 1 << 24
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
  /** The last t. */
  t: number
  /** How the file began: its first frame, the t before it, and the chain value. */
  begin: { sequence: number; t: number; chain: string }
  /** Whether the file is sealed: the next frame goes into another. */
  sealed: boolean
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
  /** The last t. */
  readonly t: number
  /** How the file began. */
  readonly begin: { readonly sequence: number; readonly t: number; readonly chain: string }
}

export interface ReadOptions {
  /** Where to begin; everything before is taken as read. */
  readonly from?: LogPosition | undefined
  /** Up to where the log is known to be durable: a fault before is damage, never a torn tail. */
  readonly durable?: LogPosition | undefined
  readonly sealAt?: number
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
    t: 0,
    begin: { sequence: 1, t: 0, chain: FIRST_CHAIN },
    sealed: false,
  }
  #torn: TornTail | null = null
  #out: AppendFile | undefined
  /** A frame that a full disk kept from being written; it goes first. */
  #waiting: { bytes: Buffer; chain: string; t: number } | undefined
  #dead = false

  readonly #sealAt: number

  private constructor(disk: Disk, data: string, sealAt: number) {
    this.#disk = disk
    this.#data = data
    this.#sealAt = sealAt
  }

  /**
   * Reads the log, handing over each frame with the bytes it was read from, which nobody writes to later. Whole frames that were found are durable
   * afterwards, also where another process wrote them a moment ago (store rule 25). Throws `damaged` with file, offset and t.
   */
  static async open(
    disk: Disk,
    data: string,
    { from, durable, sealAt = SEAL_AT }: ReadOptions,
    onFrame: (frame: OpenFrame, bytes: Uint8Array) => void | Promise<void>,
  ): Promise<Log> {
    const log = new Log(disk, data, sealAt)
    const files = (await disk.list(`${data}/${FOLDER}`)).filter(name => name.endsWith(SUFFIX))
    const ends = [await log.#cleanStop(), durable && { ...durable, file: log.#path(durable.file) }]
    const known = ends
      .filter(end => end !== undefined)
      .sort(compareEnds)
      .at(-1)
    if (from) await log.#begin(from)
    for (const [i, name] of files.entries())
      if (!from || name >= from.file)
        await log.#readFile(
          log.#path(name),
          name === from?.file ? from.offset : 0,
          i === files.length - 1,
          known,
          onFrame,
        )
    const tip = log.#tip
    if (known && (tip.sequence === 0 || compareEnds(tip, known) < 0))
      throw log.#damage(tip.file || known.file, tip.offset, 'the log ends before the place up to which it was durable')
    return log
  }

  #path(name: string): string {
    return `${this.#data}/${FOLDER}/${name}`
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
    const { file, offset, last, sequence, chain, storeId, branch, t, begin } = this.#tip
    assert(storeId !== undefined, 'a log without a frame has no position')
    return { file: nameOf(file), offset, last, sequence, chain, storeId, branch, total: this.length, t, begin }
  }

  /** Goes to a place that segments name; the frame before it must be there. */
  async #begin(start: LogPosition): Promise<void> {
    const { file, offset, last, sequence, storeId, branch, total } = start
    const path = this.#path(file)
    const size = (await this.#disk.size(path)) ?? 0
    Object.assign(this.#tip, { ...start, file: path, before: total - offset })
    if (offset === 0) return // what lies before is in other files, which may be archived
    const header = size < offset ? undefined : readHeader(await this.#disk.readAt(path, last, HEADER_SIZE))
    if (header?.sequence !== sequence || header.storeId !== storeId || header.branch !== branch)
      throw this.#damage(path, Math.min(size, last), 'the frame up to which the segments reach is not there')
  }

  /** Readies the log for writing: cuts a torn tail, or begins the log of a new store. */
  async openForWriting(storeId: string): Promise<void> {
    const tip = this.#tip
    if (tip.file === '') {
      await this.#disk.makeFolder(`${this.#data}/${FOLDER}`)
      tip.file = this.#path(fileName(1))
    }
    if (tip.sealed) this.#nextFile()
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
      const sealed = await builder.seal({
        storeId,
        branch,
        sequence: tip.sequence + 1,
        before,
        count,
        previous: tip.chain,
      })
      this.#waiting = { ...sealed, t: before + count }
    }
    if (!this.#waiting) return
    try {
      await this.#out.write(this.#waiting.bytes)
    } catch (error) {
      // an unfinished frame must not stay in front of the next one
      await this.#out.truncate(tip.offset)
      throw error
    }
    await this.#durably(this.#out)
    tip.last = tip.offset
    tip.offset += this.#waiting.bytes.length
    tip.sequence++
    tip.chain = this.#waiting.chain
    tip.t = this.#waiting.t
    this.#waiting = undefined
  }

  /** Whether the file may be full once so many bytes more are in it. */
  fullAfter(bytes: number): boolean {
    return this.#tip.offset + bytes >= this.#sealAt
  }

  /**
   * Seals the file where it is full, and begins the next. `positions` is where each source stands after the last frame.
   * A disk without room leaves it as it is: the next commit tries again.
   */
  async seal(positions: ReadonlyMap<string, bigint>): Promise<void> {
    const tip = this.#tip
    const out = this.#out
    if (tip.offset < this.#sealAt || !out || this.#dead) return
    const before = await this.#footerBefore(tip.file)
    const footer: Footer = {
      store: `${tip.storeId}.${tip.branch}`,
      frames: [tip.begin.sequence, tip.sequence],
      t: [tip.begin.t + 1, tip.t],
      positions: Object.fromEntries(
        [...positions].map(([name, next]) => [name, [before?.positions[name]?.[1] ?? '0', String(next)]]),
      ),
      chain: tip.chain,
      previous: tip.begin.chain,
    }
    try {
      await out.write(writeFooter(footer))
    } catch (error) {
      await out.truncate(tip.offset)
      if (error instanceof FactError && error.kind === 'disk-full') return
      throw error
    }
    await this.#durably(out)
    await out.close()
    this.#nextFile()
    this.#out = await this.#disk.append(tip.file)
    await this.#disk.syncFolder(`${this.#data}/${FOLDER}`)
  }

  #nextFile(): void {
    const tip = this.#tip
    tip.before += tip.offset
    tip.file = this.#path(fileName(Number.parseInt(nameOf(tip.file), 10) + 1))
    tip.offset = 0
    tip.last = 0
    tip.sealed = false
    tip.begin = { sequence: tip.sequence + 1, t: tip.t, chain: tip.chain }
  }

  /** The footer of the file before, or undefined where there is none or it is archived. */
  async #footerBefore(path: string): Promise<Footer | undefined> {
    const before = this.#path(fileName(Number.parseInt(nameOf(path), 10) - 1))
    const size = (await this.#disk.size(before)) ?? 0
    if (size < FOOTER_TRAILER) return undefined
    const length = footerLength(await this.#disk.readAt(before, size - FOOTER_TRAILER, FOOTER_TRAILER))
    return length > 0 && length <= size ? readFooter(await this.#disk.readAt(before, size - length, length)) : undefined
  }

  async #durably(out: AppendFile): Promise<void> {
    const { file, offset } = this.#tip
    try {
      await out.sync()
    } catch (error) {
      this.#dead = true
      throw new FactError(
        'disk-failed',
        `the disk could not make ${file} durable (${(error as Error).message}); nothing after byte ${offset} counts, and the process must end`,
        { file, offset },
      )
    }
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
    const stopped = { ...end, crc32: crc32(JSON.stringify(end)) }
    if (!this.#dead) await this.#disk.replace(`${this.#data}/${STOPPED}`, Buffer.from(`${JSON.stringify(stopped)}\n`))
  }

  async #cleanStop(): Promise<End | undefined> {
    const bytes = await this.#disk.read(`${this.#data}/${STOPPED}`)
    if (!bytes) return undefined
    const path = `${this.#data}/${STOPPED}`
    const [, file, offset, sum] = STOPPED_TEXT.exec(Buffer.from(bytes).toString()) ?? []
    if (file === undefined || crc32(JSON.stringify({ file, offset: Number(offset) })) !== Number(sum))
      throw new FactError(
        'damaged',
        `${path} does not agree with its checksum: it tells how far the log was durable at the last stop. Nothing was changed; restore it from a backup, or run verify, and delete it when the log is whole`,
        { file: path, offset: 0, t: 0 },
      )
    return { file: this.#path(file), offset: Number(offset) }
  }

  async #readFile(
    path: string,
    begin: number,
    last: boolean,
    durable: End | undefined,
    onFrame: (frame: OpenFrame, bytes: Uint8Array) => void | Promise<void>,
  ): Promise<void> {
    const tip = this.#tip
    const size = (await this.#disk.size(path)) ?? 0
    // what is there by now is durable from here on, whoever wrote it
    if (last) await this.#disk.sync(path)
    if (tip.file !== '' && tip.file !== path) {
      if (!tip.sealed) throw this.#damage(tip.file, tip.offset, 'another file follows, and this one was never sealed')
      this.#nextFile()
    } else if (tip.sequence === 0) await this.#checkFirst(path)
    tip.file = path
    tip.offset = begin
    let window: Uint8Array = new Uint8Array(0)
    let start = 0
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
        const footer = await this.#footerAt(path, offset, size)
        if (footer?.chain === tip.chain) {
          tip.sealed = true
          return
        }
        const follows = await this.#validHeaderAfter(path, offset, size)
        const known = durable !== undefined && compareEnds({ file: path, offset }, durable) < 0
        // the first frame is small, and durable before there is another
        const headless = tip.sequence === 0 && size > FIRST_FRAME_MOST
        if (!last || follows || known || headless)
          throw this.#damage(path, offset, 'a frame does not agree with its checksum', header?.before)
        this.#torn = { file: path, offset, bytes: size - offset }
        return
      }
      this.#check(frame.header, path)
      const taking = onFrame(frame, bytes)
      if (taking !== undefined) await taking
      tip.t = frame.header.before + frame.header.count
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
    if (!follows) throw this.#damage(path, tip.offset, 'a frame does not follow the one before it', header.before)
  }

  /** The log of a store begins with its first file: what was archived is needed where there are no segments. */
  async #checkFirst(path: string): Promise<void> {
    if (nameOf(path) === fileName(1)) return
    throw new FactError(
      'unavailable',
      `the log begins with ${path}: bring back the files before it, which were archived, or the segments that made them dispensable`,
      { file: path },
    )
  }

  async #footerAt(path: string, offset: number, size: number): Promise<Footer | undefined> {
    if (size - offset > LARGEST_FOOTER) return undefined
    return readFooter(await this.#disk.readAt(path, offset, size - offset))
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

  #damage(file: string, offset: number, what: string, t = this.#tip.t): FactError {
    const place = `${file}, byte ${offset}, after t ${t}`
    return new FactError(
      'damaged',
      `the log is damaged: ${what} (${place}). Nothing was changed; restore this file from a backup`,
      { file, offset, t },
    )
  }
}

/** By place in the log; names of files ascend. */
const compareEnds = (a: End, b: End): number => (a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1)

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
