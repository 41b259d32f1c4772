import { assert } from '../base/assert.ts'
import { firstForm, type Raw } from '../model/column.ts'
import type { ValueType } from '../model/type.ts'
import { type Address, Memory } from './memory.ts'
import { copyRows, type Form, formFor, widest, widthOf } from './raw-array.ts'
import type { RawValue } from './raw-value.ts'
import { SharedStructure } from './shared-structure.ts'
import { formCode, formOf, isRaw, rawAt, rowsOf, setRaw, widened } from './value-array.ts'

// cells
const SIZE = 1
const FORM = 2
const KEYS = 3
const TABLE = 4
const CELLS = 16

/**
 * The keys of a kind by ordinal, and the ordinals by key: a hash table over the keys as they stand.
 * Open addressing, at most 3/4 full; a place holds ordinal + 1, or 0 where it is free. Keys are
 * compared exactly, so the table needs no copy of them.
 */
export class OrdinalIndex extends SharedStructure {
  #keys: Raw = { as: 'i32', values: new Int32Array(0) }
  #table: Int32Array = new Int32Array(0)
  #mask = 0

  /** A new index, or the one at `root`; `places` is a power of two. */
  constructor(type: ValueType, memory = new Memory(), root: Address = 0, places = 256) {
    super(memory, root, CELLS)
    const { cells } = this
    if (root === 0) {
      cells[FORM] = formCode(firstForm(type))
      cells[KEYS] = memory.larger(0, 1)
      cells[TABLE] = memory.allocate(4 * Math.max(16, places))
    }
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    this.#keys = this.memory.raw(formOf(cells[FORM]), cells[KEYS])
    this.#table = this.memory.table(cells[TABLE])
    this.#mask = this.#table.length - 1
  }

  /** How many keys there are; ordinals are below. */
  get size(): number {
    return Atomics.load(this.cells, SIZE)
  }

  get bytes(): number {
    return this.#table.byteLength + this.#keys.values.byteLength
  }

  /** The keys by ordinal; the array may be longer. */
  get keys(): Raw {
    this.sync()
    return this.#keys
  }

  /** The key of an ordinal below `size`. */
  key(ordinal: number): RawValue {
    this.sync()
    return rawAt(this.#keys, ordinal)
  }

  /** The ordinal of a key, or -1. */
  find(key: RawValue): number {
    this.sync()
    const table = this.#table
    const mask = this.#mask
    const keys = this.#keys
    const rows = rowsOf(keys)
    for (let place = hashOf(key) & mask; ; place = (place + STEP) & mask) {
      const held = table[place]
      if (held === 0) return -1
      // a key may be added meanwhile that stands in a longer array
      if (held <= rows && isRaw(keys, held - 1, key)) return held - 1
    }
  }

  /** Takes up a key that is new; gives its ordinal. */
  add(key: RawValue): number {
    const { cells } = this
    const ordinal = cells[SIZE]
    if (typeof key === 'bigint') this.#widen(key)
    if (ordinal >= rowsOf(this.#keys)) this.#lengthen(ordinal + 1)
    if (4 * (ordinal + 1) > 3 * this.#table.length) this.#enlarge()
    setRaw(this.#keys, ordinal, key)
    const table = this.#table
    const mask = this.#mask
    let place = hashOf(key) & mask
    for (; table[place] !== 0; place = (place + STEP) & mask)
      if (isRaw(this.#keys, table[place] - 1, key)) assert(false, 'two ordinals for one key')
    table[place] = ordinal + 1
    cells[SIZE] = ordinal + 1
    return ordinal
  }

  /** Takes up many keys that are new, and differ; they get the next ordinals. */
  addAll(keys: Raw, rows: number): void {
    const { cells, memory } = this
    const first = cells[SIZE]
    this.#widenTo(widest(this.#keys.as, keys.as))
    if (first + rows > rowsOf(this.#keys)) this.#lengthen(first + rows)
    copyRows(keys, rows, this.#keys, first)
    let places = this.#table.length
    while (4 * (first + rows) > 3 * places) places *= 2
    if (places > this.#table.length) {
      const address = memory.allocate(4 * places)
      enterAll(this.#keys, 0, first + rows, memory.table(address))
      this.replace(() => {
        cells[TABLE] = address
      }, cells[TABLE])
    } else enterAll(this.#keys, first, first + rows, this.#table)
    cells[SIZE] = first + rows
  }

  #widen(key: bigint): void {
    this.#widenTo(formFor(this.#keys.as, key))
  }

  #widenTo(form: Form): void {
    const { cells, memory } = this
    if (form === this.#keys.as) return
    const wider = widened(memory, this.#keys, form)
    this.replace(() => {
      cells[FORM] = formCode(form)
      cells[KEYS] = wider
    }, cells[KEYS])
  }

  #lengthen(rows: number): void {
    const { cells } = this
    const longer = this.memory.larger(cells[KEYS], rows * widthOf(this.#keys.as))
    this.replace(() => {
      cells[KEYS] = longer
    }, cells[KEYS])
  }

  #enlarge(): void {
    const { cells, memory } = this
    const address = memory.allocate(8 * this.#table.length)
    enterAll(this.#keys, 0, cells[SIZE], memory.table(address))
    this.replace(() => {
      cells[TABLE] = address
    }, cells[TABLE])
  }
}

/** Puts the ordinals from `start` to before `end` into the first free places for their keys. */
function enterAll(keys: Raw, start: number, end: number, table: Int32Array): void {
  const mask = table.length - 1
  const codes = keys.as === 'i32' ? keys.values : null
  for (let ordinal = start; ordinal < end; ordinal++) {
    let place =
      (codes !== null ? placed(codes[ordinal], codes[ordinal] < 0 ? -1 : 0) : hashOf(rawAt(keys, ordinal))) & mask
    while (table[place] !== 0) place = (place + STEP) & mask
    table[place] = ordinal + 1
  }
}

/** Keys that follow each other lie in one cache line: codes of new texts do, and so do most ids that are numbers. */
const TOGETHER = 4
/** Where a place is taken: beyond the others of its line, which are as likely to be taken. Odd, so that it comes to every place. */
const STEP = 2 ** TOGETHER + 1

/** Of the lowest 64 bits; the same for both forms of an integer. */
function hashOf(key: RawValue): number {
  return typeof key === 'number'
    ? placed(key | 0, Math.floor(key / 2 ** 32))
    : placed(Number(BigInt.asIntN(32, key)), Number(BigInt.asIntN(32, key >> 32n)))
}

const placed = (low: number, high: number): number =>
  (mixed(low >>> TOGETHER, high) << TOGETHER) | (low & (2 ** TOGETHER - 1))

/** The finalizer of MurmurHash3 (Austin Appleby), over two halves. */
function mixed(low: number, high: number): number {
  let hash = low ^ Math.imul(high, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
