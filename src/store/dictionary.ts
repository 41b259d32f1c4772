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

interface Block {
  readonly bytes: Buffer
  readonly words: Int32Array
}

/**
 * The texts of a store, each once. A text keeps its code for ever; codes are given in order of first use.
 *
 * Nothing of it lies on the JavaScript heap, and all of it in shared memory:
 *
 *   blocks   the UTF-8 bytes of each text, zeros up to the next word behind them; a text never crosses blocks, and one that
 *            is longer than a block has a block of its own
 *   places   by code: the word at which the text begins, its block in the upper bits, and its length in bytes
 *   table    open addressing with linear probing, at most 3/4 full: pairs of hash and code + 1, 0 where it is free
 *   size     how many texts there are, written last: codes that a reader finds at or above it are not there yet
 *
 * Blocks never move; `places` and `table` are replaced by larger ones, and older ones stay right for the size that they had.
 */
export class Dictionary extends SharedStructure implements Strings {
  readonly #blockBits: number
  readonly #blocks: Block[] = []
  /** The first free word of the last block. */
  #next = 0
  #blockBytes = 0
  #places: Uint32Array = new Uint32Array(0)
  #table: Int32Array = new Int32Array(0)

  /** The text that is looked for, as it would stand in a block. */
  #spelt = blockOf(new ArrayBuffer(1024), 0, 1024)

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

  /** What it holds in memory. */
  get bytes(): number {
    return this.#blockBytes + this.#places.byteLength + this.#table.byteLength
  }

  /** Whether it is time to stop: there is room for the texts of one more event, and not for many. */
  get full(): boolean {
    return this.#blocks.length + RESERVE > 2 ** (32 - this.#blockBits) || this.size > LAST_CODE
  }

  /** The code of a text, or -1. */
  code(text: string): number {
    this.sync()
    const length = this.#spell(text)
    return length < 0 ? -1 : this.#find(length, this.#hash(length))
  }

  /** The code of a text that stands in `bytes` from `start` to before `end` as UTF-8, or -1. */
  codeOfBytes(bytes: Uint8Array, start: number, end: number): number {
    const length = this.#copy(bytes, start, end)
    return this.#find(length, this.#hash(length))
  }

  /** The code of a text, given out now where it is new. */
  intern(text: string): number {
    const length = this.#spell(text)
    assert(length >= 0, 'a text with half a surrogate pair came as far as the dictionary')
    return this.#intern(length)
  }

  /** The same for UTF-8; whoever calls knows that it is valid. */
  internBytes(bytes: Uint8Array, start: number, end: number): number {
    return this.#intern(this.#copy(bytes, start, end))
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

  #check(code: number): void {
    this.sync()
    if (!(code >= 0 && code < this.size)) assert(false, `no text has code ${code}`)
  }

  #blockOf(code: number): Block {
    return this.#blocks[this.#places[2 * code] >>> this.#blockBits]
  }

  /** Where in its block a text begins. */
  #wordOf(code: number): number {
    return this.#places[2 * code] & (2 ** this.#blockBits - 1)
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
    return this.#end(bytes, length)
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
    return this.#end(bytes, length)
  }

  #end(bytes: Uint8Array, length: number): number {
    bytes[length] = 0
    bytes[length + 1] = 0
    bytes[length + 2] = 0
    return length
  }

  /** `#spelt` with room for a text; what one huge text needed is not kept. */
  #room(length: number): Block {
    const room = this.#spelt.bytes.length
    if (length + 3 > room || room > LARGEST_SPELT) {
      const bytes = Math.max(1024, (length + 4) & ~3)
      this.#spelt = blockOf(new ArrayBuffer(bytes), 0, bytes)
    }
    return this.#spelt
  }

  /** Of the text in `#spelt`, word by word. */
  #hash(length: number): number {
    const { words } = this.#spelt
    const count = wordsFor(length)
    let hash = length
    for (let i = 0; i < count; i++) {
      // a multiplication carries a difference upwards, the shift brings it down again, where the table looks
      hash = Math.imul(hash ^ words[i], 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }

  #find(length: number, hash: number): number {
    const table = this.#table
    const mask = table.length - 1
    for (let place = (hash << 1) & mask; ; place = (place + 2) & mask) {
      const coded = table[place + 1]
      if (coded === 0) return -1
      if (table[place] === hash && this.#spells(coded - 1, length)) return coded - 1
    }
  }

  #spells(code: number, length: number): boolean {
    if (this.#places[2 * code + 1] !== length) return false
    const { words } = this.#blockOf(code)
    const start = this.#wordOf(code)
    const spelt = this.#spelt.words
    const count = wordsFor(length)
    for (let i = 0; i < count; i++) if (words[start + i] !== spelt[i]) return false
    return true
  }

  #intern(length: number): number {
    const hash = this.#hash(length)
    const known = this.#find(length, hash)
    if (known >= 0) return known
    const code = this.cells[SIZE]
    const count = wordsFor(length)
    const { words } = this.#blockFor(count)
    if (code * 2 >= this.#places.length) this.#lengthen(code * 2 + 2)
    if (8 * (code + 1) > 3 * this.#table.length) this.#widen()
    this.#places[2 * code] = (this.#blocks.length - 1) * 2 ** this.#blockBits + this.#next
    this.#places[2 * code + 1] = length
    for (let i = 0; i < count; i++) words[this.#next++] = this.#spelt.words[i]
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

  #widen(): void {
    const { cells, memory } = this
    const address = memory.allocate(8 * this.#table.length)
    const table = memory.table(address)
    const old = this.#table
    for (let place = 0; place < old.length; place += 2)
      if (old[place + 1] !== 0) enter(table, old[place], old[place + 1] - 1)
    this.replace(() => {
      cells[TABLE] = address
    }, cells[TABLE])
  }
}

const wordsFor = (bytes: number): number => (bytes + 3) >>> 2

const blockOf = (buffer: ArrayBuffer | SharedArrayBuffer, offset: number, bytes: number): Block => ({
  bytes: Buffer.from(buffer, offset, bytes),
  words: new Int32Array(buffer, offset, bytes >> 2),
})

/** Puts a code into the first free place for its hash. */
function enter(table: Int32Array, hash: number, code: number): void {
  const mask = table.length - 1
  let place = (hash << 1) & mask
  while (table[place + 1] !== 0) place = (place + 2) & mask
  table[place] = hash
  table[place + 1] = code + 1
}
