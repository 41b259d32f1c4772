import { assert } from '../base/assert.ts'
import { utf8 } from '../base/bytes.ts'
import type { Strings } from '../model/fact-view.ts'
import { type Address, Memory } from './memory.ts'
import { SharedStructure } from './shared-structure.ts'

const RECENT = 16_384
const LONGEST_RECENT = 256
const LARGEST_SPELT = 2 ** 20
/** Whoever writes asks for `full` before each event; these many blocks are kept back for what one event brings. */
const RESERVE = 1024
const LAST_CODE = 2 ** 31 - 2 ** 20

export interface DictionarySizes {
  /** Words of four bytes in a block, as a power of two. */
  readonly blockBits: number
  /** Places of the hash table in the beginning, a power of two. */
  readonly places: number
}

/** Blocks of 1 MiB. */
const USUAL: DictionarySizes = { blockBits: 18, places: 1024 }

// cells
const SIZE = 1
const BLOCK_BITS = 2
const COUNT = 3
/** Addresses of the blocks. */
const BLOCKS = 4
const PLACES = 5
const TABLE = 6
const CELLS = 16

/**
 * Texts that were found lately stand once more in cache lines of their own: hash, code, length, and the words of the text. The table, the
 * places and the blocks lie far apart in a large dictionary, and three looks at far memory cost more than all else about a text.
 */
const NEAR = 8192
const NEAR_WORDS = 16
const NEAR_HEAD = 3
const NEAR_BYTES = 4 * (NEAR_WORDS - NEAR_HEAD)

/** Where a place of the table is taken: beyond the sixteen that texts share which differ in their last letter alone. It comes to every place. */
const STEP = 2 * 17

interface Block {
  readonly bytes: Buffer
  readonly words: Int32Array
}

/** What is looked for: a text may stand at any byte of a view that goes on for three bytes at least behind it. */
interface Spelt {
  readonly bytes: Buffer
  readonly view: DataView
}

/**
 * The texts of a store, each once. A text keeps its code for ever; codes are given in order of first use.
 *
 * Nothing of it lies on the JavaScript heap, and all of it in shared memory:
 *
 *   blocks   the UTF-8 bytes of each text, zeros up to the next word behind them; a text never crosses blocks, and one that
 *            is longer than a block has a block of its own
 *   places   by code: the word at which the text begins, its block in the upper bits, and its length in bytes
 *   table    open addressing, at most 3/4 full: pairs of hash and code + 1, 0 where it is free
 *   size     how many texts there are, written last: codes that a reader finds at or above it are not there yet
 *
 * Blocks never move; `places` and `table` are replaced by larger ones, and older ones stay right for the size that they had.
 */
export class Dictionary extends SharedStructure implements Strings {
  readonly #blockBits: number
  readonly #withinBlock: number
  readonly #mostBlocks: number
  readonly #blocks: Block[] = []
  /** The first free word of the last block. */
  #next = 0
  #blockBytes = 0
  #places: Uint32Array = new Uint32Array(0)
  #table: Int32Array = new Int32Array(0)

  /** The text that is looked for, where it does not stand in a view of the caller's. */
  #spelt = speltIn(1024)

  readonly #near = new Int32Array(NEAR * NEAR_WORDS).fill(-1)
  /** What was looked at only to have it near: looking without any use would be left out by the compiler. */
  protected seen = 0

  // texts that were asked for not long ago, at the remainder of their code
  readonly #recentCodes = new Int32Array(RECENT).fill(-1)
  readonly #recentTexts: string[] = []

  /** A new dictionary, or the one at `root`. */
  constructor({ blockBits, places }: DictionarySizes = USUAL, memory = new Memory(), root: Address = 0) {
    super(memory, root, CELLS)
    const { cells } = this
    if (root === 0) {
      cells[BLOCK_BITS] = blockBits
      cells[BLOCKS] = memory.larger(0, 1)
      cells[PLACES] = memory.larger(0, 1)
      cells[TABLE] = memory.allocate(8 * Math.max(8, places))
    }
    this.#blockBits = cells[BLOCK_BITS]
    this.#withinBlock = 2 ** this.#blockBits - 1
    this.#mostBlocks = 2 ** (32 - this.#blockBits)
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    const { memory } = this
    this.#places = memory.u32(cells[PLACES])
    this.#table = memory.table(cells[TABLE])
    const blocks = memory.u32(cells[BLOCKS])
    for (let number = this.#blocks.length; number < cells[COUNT]; number++) {
      const { buffer, offset, bytes } = memory.place(blocks[number])
      this.#blocks.push(blockOf(buffer, offset, bytes))
    }
  }

  /** How many texts there are; those of the last event may not be published yet. */
  get size(): number {
    return Atomics.load(this.cells, SIZE)
  }

  get lasting(): number {
    return this.size
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#blockBytes + this.#places.byteLength + this.#table.byteLength
  }

  /** Whether it is time to stop: there is room for the texts of one more event, and not for many. */
  get full(): boolean {
    return this.#blocks.length + RESERVE > this.#mostBlocks || this.cells[SIZE] > LAST_CODE
  }

  /** The code of a text, or -1. */
  code(text: string): number {
    this.sync()
    const length = this.#spell(text)
    return length < 0 ? -1 : this.codeIn(this.#spelt.view, 0, length)
  }

  /** The code of a text that stands in `bytes` from `start` to before `end` as UTF-8, or -1. */
  codeOfBytes(bytes: Uint8Array, start: number, end: number): number {
    const length = this.#copy(bytes, start, end)
    return this.codeIn(this.#spelt.view, 0, length)
  }

  /** The same where the view goes on for three bytes at least behind the text: then nothing is copied. */
  codeIn(view: DataView, start: number, end: number, hash = hashOf(view, start, end - start)): number {
    const length = end - start
    if (length > NEAR_BYTES) return this.#find(view, start, length, hash)
    const near = this.#near
    const place = nearPlace(hash)
    if (near[place] === hash && near[place + 2] === length && this.#isNear(place + NEAR_HEAD, view, start, length))
      return near[place + 1]
    const code = this.#find(view, start, length, hash)
    if (code >= 0) this.#bringNear(place, hash, code, length)
    return code
  }

  /**
   * The same for many texts of a view, at the places `at` of `starts`, `ends` and `codes`, with their hashes: for each the places where it
   * may stand are looked at before any of them is compared. Memory that is far is waited for together, which takes a fraction of one wait
   * after the other.
   */
  codesIn(
    view: DataView,
    starts: Int32Array,
    ends: Int32Array,
    at: Int32Array,
    count: number,
    codes: Int32Array,
    hashes: Int32Array,
  ): void {
    const near = this.#near
    let seen = 0
    for (let i = 0; i < count; i++) {
      const hash = hashOf(view, starts[at[i]], ends[at[i]] - starts[at[i]])
      hashes[at[i]] = hash
      seen |= near[nearPlace(hash)]
    }
    const table = this.#table
    const mask = table.length - 1
    for (let i = 0; i < count; i++) {
      const hash = hashes[at[i]]
      if (near[nearPlace(hash)] !== hash) seen |= table[((hash << 1) & mask) + 1]
    }
    for (let i = 0; i < count; i++) codes[at[i]] = this.codeIn(view, starts[at[i]], ends[at[i]], hashes[at[i]])
    this.seen = seen
  }

  #isNear(place: number, view: DataView, start: number, length: number): boolean {
    const near = this.#near
    const last = place + (length >> 2)
    let at = start
    for (let word = place; word < last; word++, at += 4) if (near[word] !== view.getInt32(at, true)) return false
    const rest = length & 3
    return rest === 0 || near[last] === firstBytes(view.getInt32(at, true), rest)
  }

  #bringNear(place: number, hash: number, code: number, length: number): void {
    const near = this.#near
    near[place] = hash
    near[place + 1] = code
    near[place + 2] = length
    const { words } = this.#blockOf(code)
    const from = this.#wordOf(code)
    for (let i = wordsFor(length) - 1; i >= 0; i--) near[place + NEAR_HEAD + i] = words[from + i]
  }

  /** The code of a text, given out now where it is new. */
  intern(text: string): number {
    const length = this.#spell(text)
    assert(length >= 0, 'a text with half a surrogate pair came as far as the dictionary')
    return this.internIn(this.#spelt.view, 0, length)
  }

  /** The same for UTF-8; whoever calls knows that it is valid. */
  internBytes(bytes: Uint8Array, start: number, end: number): number {
    const length = this.#copy(bytes, start, end)
    return this.internIn(this.#spelt.view, 0, length)
  }

  /** The same for UTF-8 in a view as for `codeIn`. */
  internIn(view: DataView, start: number, end: number, hash = hashOf(view, start, end - start)): number {
    const length = end - start
    const known = this.#find(view, start, length, hash)
    return known >= 0 ? known : this.#add(view, start, length, hash)
  }

  /** Takes up many texts that are new, and differ, as Arrow has them: text `i` of `rows` stands in `bytes` from `offsets[i]` to before `offsets[i + 1]`. */
  addAll(bytes: Uint8Array, offsets: Int32Array, rows: number): void {
    const first = this.cells[SIZE]
    if (2 * (first + rows) > this.#places.length) this.#lengthen(2 * (first + rows))
    let places = this.#table.length
    while (8 * (first + rows) > 3 * places) places *= 2
    if (places > this.#table.length) this.#widen(places)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (let row = 0; row < rows; row++) {
      const start = offsets[row]
      const length = offsets[row + 1] - start
      // the last ones may have nothing behind them
      if (start + length + 3 > view.byteLength) {
        this.#copy(bytes, start, start + length)
        this.#add(this.#spelt.view, 0, length, hashOf(this.#spelt.view, 0, length))
      } else this.#add(view, start, length, hashOf(view, start, length))
    }
  }

  text(code: number): string {
    const recent = code & (RECENT - 1)
    if (this.#recentCodes[recent] === code && code >= 0) return this.#recentTexts[recent]
    this.#check(code)
    const length = this.#places[2 * code + 1]
    const start = this.#wordOf(code) * 4
    const text = this.#blockOf(code).bytes.toString('utf8', start, start + length)
    if (length <= LONGEST_RECENT) {
      this.#recentCodes[recent] = code
      this.#recentTexts[recent] = text
    }
    return text
  }

  /** The UTF-8 bytes of a text, in shared memory; nobody writes to them. */
  utf8(code: number): Uint8Array {
    this.#check(code)
    const start = this.#wordOf(code) * 4
    return this.#blockOf(code).bytes.subarray(start, start + this.#places[2 * code + 1])
  }

  /** Bytes of a text as UTF-8. */
  lengthOf(code: number): number {
    this.#check(code)
    return this.#places[2 * code + 1]
  }

  /** Writes the UTF-8 bytes of a text to `into` from `at` on; gives where they end. Costs less than a view for each of many. */
  copyText(code: number, into: Uint8Array, at: number): number {
    const length = this.lengthOf(code)
    const { bytes } = this.#blockOf(code)
    const start = this.#wordOf(code) * 4
    if (length < 64) for (let i = 0; i < length; i++) into[at + i] = bytes[start + i]
    else into.set(bytes.subarray(start, start + length), at)
    return at + length
  }

  #check(code: number): void {
    this.sync()
    if (!(code >= 0 && code < this.size)) assert(false, `no text has code ${code}`)
  }

  #blockOf(code: number): Block {
    return this.#blocks[this.#places[2 * code] >>> this.#blockBits]
  }

  /** Where in its block a text begins. */
  #wordOf(code: number): number {
    return this.#places[2 * code] & this.#withinBlock
  }

  /** Writes a text into `#spelt`; gives its length in bytes, or -1 where half a surrogate pair keeps it from being UTF-8. */
  #spell(text: string): number {
    const { length } = text
    const { bytes } = this.#room(length)
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return this.#spellWide(text)
      bytes[i] = unit
    }
    return length
  }

  #spellWide(text: string): number {
    if (!text.isWellFormed()) return -1
    const bytes = utf8(text)
    return this.#copy(bytes, 0, bytes.length)
  }

  /** Copies a text into `#spelt`; gives its length. */
  #copy(from: Uint8Array, start: number, end: number): number {
    const length = end - start
    const { bytes } = this.#room(length)
    if (length < 64) for (let i = 0; i < length; i++) bytes[i] = from[start + i]
    else bytes.set(from.subarray(start, end))
    return length
  }

  /** `#spelt` with room for a text; what one huge text needed is not kept. */
  #room(length: number): Spelt {
    const room = this.#spelt.bytes.length
    if (length + 3 > room || room > LARGEST_SPELT) this.#spelt = speltIn(Math.max(1024, length + 3))
    return this.#spelt
  }

  #find(view: DataView, start: number, length: number, hash: number): number {
    const table = this.#table
    const mask = table.length - 1
    for (let place = (hash << 1) & mask; ; place = (place + STEP) & mask) {
      const coded = table[place + 1]
      if (coded === 0) return -1
      if (table[place] === hash && this.#spells(coded - 1, view, start, length)) return coded - 1
    }
  }

  #spells(code: number, view: DataView, start: number, length: number): boolean {
    if (this.#places[2 * code + 1] !== length) return false
    const { words } = this.#blockOf(code)
    const last = this.#wordOf(code) + (length >> 2)
    let at = start
    for (let word = this.#wordOf(code); word < last; word++, at += 4)
      if (words[word] !== view.getInt32(at, true)) return false
    const rest = length & 3
    return rest === 0 || words[last] === firstBytes(view.getInt32(at, true), rest)
  }

  #add(view: DataView, start: number, length: number, hash: number): number {
    const code = this.cells[SIZE]
    const count = wordsFor(length)
    const { words } = this.#blockFor(count)
    if (code * 2 >= this.#places.length) this.#lengthen(code * 2 + 2)
    if (8 * (code + 1) > 3 * this.#table.length) this.#widen(2 * this.#table.length)
    this.#places[2 * code] = (this.#blocks.length - 1) * (this.#withinBlock + 1) + this.#next
    this.#places[2 * code + 1] = length
    let at = start
    for (let i = length >> 2; i > 0; i--, at += 4) words[this.#next++] = view.getInt32(at, true)
    const rest = length & 3
    if (rest !== 0) words[this.#next++] = firstBytes(view.getInt32(at, true), rest)
    enter(this.#table, hash, code)
    Atomics.store(this.cells, SIZE, code + 1)
    return code
  }

  /** The block that has room for so many words from `#next` on; also an empty text begins within its block. */
  #blockFor(words: number): Block {
    const last = this.#blocks.at(-1)
    if (last && this.#next + Math.max(words, 1) <= last.words.length) return last
    const { cells, memory } = this
    const bytes = 4 * Math.max(2 ** this.#blockBits, words)
    const address = memory.allocate(bytes)
    const { buffer, offset } = memory.place(address)
    const block = blockOf(buffer, offset, bytes)
    const count = this.#blocks.push(block)
    this.#blockBytes += bytes
    this.#next = 0
    const old = cells[BLOCKS]
    const table = 4 * count > memory.bytesOf(old) ? memory.larger(old, 4 * count) : old
    memory.u32(table)[count - 1] = address
    this.replace(
      () => {
        cells[BLOCKS] = table
        cells[COUNT] = count
      },
      table === old ? 0 : old,
    )
    return block
  }

  #lengthen(places: number): void {
    const old = this.cells[PLACES]
    const longer = this.memory.larger(old, 4 * places)
    this.replace(() => {
      this.cells[PLACES] = longer
    }, old)
  }

  #widen(cellsOfTable: number): void {
    const { cells, memory } = this
    const address = memory.allocate(4 * cellsOfTable)
    const table = memory.table(address)
    const old = this.#table
    for (let place = 0; place < old.length; place += 2)
      if (old[place + 1] !== 0) enter(table, old[place], old[place + 1] - 1)
    this.replace(() => {
      cells[TABLE] = address
    }, cells[TABLE])
  }
}

const nearPlace = (hash: number): number => ((hash ^ (hash >>> 15)) & (NEAR - 1)) * NEAR_WORDS

const wordsFor = (bytes: number): number => (bytes + 3) >>> 2

/** Of the four bytes of a word the first `count`, one to three. */
const firstBytes = (word: number, count: number): number => word & ((1 << (8 * count)) - 1)

/**
 * Of a text, word by word. Texts that differ in their last letter alone come to lie beside each other in the table: keys of parts of one
 * whole, such as 536365/1 and 536365/2, are mostly asked for one after another, and one look at memory brings all of them.
 */
function hashOf(view: DataView, start: number, length: number): number {
  if (length === 0) return 0
  let hash = length
  const end = start + length - 1
  let at = start
  for (; at + 4 <= end; at += 4) {
    // a multiplication carries a difference upwards, the shift brings it down again
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  if (at < end) {
    hash = Math.imul(hash ^ firstBytes(view.getInt32(at, true), end - at), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  const last = view.getUint8(end)
  return ((hash << 4) | (last & 15)) ^ ((last & 0xf0) << 20)
}

function speltIn(bytes: number): Spelt {
  const buffer = new ArrayBuffer(bytes)
  return { bytes: Buffer.from(buffer), view: new DataView(buffer) }
}

const blockOf = (buffer: ArrayBuffer | SharedArrayBuffer, offset: number, bytes: number): Block => ({
  bytes: Buffer.from(buffer, offset, bytes),
  words: new Int32Array(buffer, offset, bytes >> 2),
})

/** Puts a code into the first free place for its hash. */
function enter(table: Int32Array, hash: number, code: number): void {
  const mask = table.length - 1
  let place = (hash << 1) & mask
  while (table[place + 1] !== 0) place = (place + STEP) & mask
  table[place] = hash
  table[place + 1] = code + 1
}
