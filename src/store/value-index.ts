import { ascendingSet } from './ascending-set.ts'
import type { Address, Memory } from './memory.ts'
import { SharedStructure } from './shared-structure.ts'

// cells
const COUNT = 1
const POSTINGS = 2
const TABLE = 3
const VALUES = 4
const CELLS = 16

// of a place of the table
const VALUE = 0
/** The last posting of the value, plus one; 0 where the place is free. Written last. */
const HEAD = 1
const SIZE = 2
/** The slot of the last posting. */
const LAST = 3
const PLACE = 4

/** Where a place is taken: beyond the three others of its line, which are as likely to be taken. Odd places, so that it comes to every one. */
const STEP = 5 * PLACE

/** A posting: the slot, and the posting of the same value before it, plus one. */
const POSTING = 2
const FIRST_POSTINGS = 64
const FIRST_PLACES = 16
/** Postings grow by this. */
const GROWTH = 1.5

/**
 * Value order of a column: by code or ordinal, the slots that ever held it, at any moment; newest first, and some more than once.
 * So it never changes but for what is added, and serves every moment: whoever asks looks whether a slot holds the value at his.
 *
 *   postings   pairs: slot, and the posting of the same value before it
 *   table      open addressing, at most 3/4 full: value, last posting, how many there are, its slot
 */
export class ValueIndex extends SharedStructure {
  #postings: Int32Array = new Int32Array(0)
  #table: Int32Array = new Int32Array(0)
  /** What was looked at only to have it near: looking without any use would be left out by the compiler. */
  protected seen = 0

  /** A new index, or the one at `root`. */
  constructor(memory: Memory, root: Address = 0) {
    super(memory, root, CELLS)
    if (root === 0) {
      this.cells[POSTINGS] = memory.allocate(4 * POSTING * FIRST_POSTINGS)
      this.cells[TABLE] = memory.allocate(4 * PLACE * FIRST_PLACES)
    }
    this.sync()
  }

  protected attach(cells: Uint32Array): void {
    this.#postings = this.memory.i32(cells[POSTINGS])
    this.#table = this.memory.table(cells[TABLE])
  }

  get bytes(): number {
    return this.#postings.byteLength + this.#table.byteLength
  }

  /** Notes that a slot holds a value from now on. */
  add(value: number, slot: number): void {
    const { cells } = this
    if (POSTING * (cells[COUNT] + 1) > this.#postings.length) this.reserve(Math.ceil(GROWTH * (cells[COUNT] + 1)))
    if (4 * PLACE * (cells[VALUES] + 1) > 3 * this.#table.length) this.#widen()
    const table = this.#table
    const place = placeOf(table, value)
    const head = table[place + HEAD]
    const postings = this.#postings
    if (head === 0) {
      table[place + VALUE] = value
      cells[VALUES]++
    } else if (table[place + LAST] === slot) return
    const posting = cells[COUNT]
    postings[POSTING * posting] = slot
    postings[POSTING * posting + 1] = head
    cells[COUNT] = posting + 1
    table[place + SIZE]++
    table[place + LAST] = slot
    // whoever finds the posting finds what it says
    Atomics.store(table, place + HEAD, posting + 1)
  }

  /** The same for the first `rows` of many. */
  addAll(values: Float64Array, slots: Int32Array, rows: number): void {
    this.#touch(values, rows)
    for (let row = 0; row < rows; row++) this.add(values[row], slots[row])
  }

  /** Looks at the places of all values, without waiting for one before the next: afterwards they are near. */
  #touch(values: Float64Array, rows: number): void {
    const table = this.#table
    const mask = table.length - 1
    let seen = 0
    for (let row = 0; row < rows; row++) seen |= table[((hashOf(values[row]) * PLACE) & mask) + HEAD]
    this.seen = seen
  }

  /** Makes room for so many postings in all. */
  reserve(postings: number): void {
    const { cells, memory } = this
    if (POSTING * postings <= this.#postings.length) return
    const larger = memory.allocate(4 * POSTING * postings)
    memory.i32(larger).set(this.#postings)
    this.replace(() => {
      cells[POSTINGS] = larger
    }, cells[POSTINGS])
  }

  #widen(): void {
    const { cells, memory } = this
    const old = this.#table
    const address = memory.allocate(8 * old.length)
    const table = memory.table(address)
    for (let from = 0; from < old.length; from += PLACE) {
      if (old[from + HEAD] === 0) continue
      const to = placeOf(table, old[from + VALUE])
      for (let i = 0; i < PLACE; i++) table[to + i] = old[from + i]
    }
    this.replace(() => {
      cells[TABLE] = address
    }, cells[TABLE])
  }

  /** How many postings a value has: at least as many as slots that hold it at any one moment. */
  count(value: number): number {
    this.sync()
    return this.#table[placeOf(this.#table, value) + SIZE]
  }

  /** The slots that ever held a value, ascending; null where they have more than `most` postings. */
  slots(value: number, most: number): Int32Array | null {
    for (;;) {
      this.sync()
      const table = this.#table
      const place = placeOf(table, value)
      let posting = Atomics.load(table, place + HEAD)
      const size = table[place + SIZE]
      if (size > most) return null
      const postings = this.#postings
      const slots: number[] = []
      // a posting may stand in a longer array that came meanwhile
      while (posting !== 0 && POSTING * posting <= postings.length) {
        slots.push(postings[POSTING * (posting - 1)])
        posting = postings[POSTING * (posting - 1) + 1]
      }
      if (posting === 0) return ascendingSet(Int32Array.from(slots))
    }
  }
}

/** Where a value stands, or the free place for it. */
function placeOf(table: Int32Array, value: number): number {
  const mask = table.length - 1
  let place = (hashOf(value) * PLACE) & mask
  while (table[place + HEAD] !== 0 && table[place + VALUE] !== value) place = (place + STEP) & mask
  return place
}

/** Values that follow each other lie beside each other: facts of one whole mostly come together. */
function hashOf(value: number): number {
  const high = Math.imul(value >>> 2, 0x9e3779b1)
  return ((high ^ (high >>> 15)) << 2) | (value & 3)
}
