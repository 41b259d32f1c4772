import type { Raw } from '../model/column.ts'
import type { T } from '../model/transaction.ts'
import { OpenAbsences } from './absences.ts'
import type { Address, Memory } from './memory.ts'
import { OpenRows } from './open-rows.ts'
import type { Form } from './raw-array.ts'
import { Segment } from './segment.ts'
import { SharedStructure } from './shared-structure.ts'
import { formOf, rowsOf } from './value-array.ts'

/** Intervals in a row; `slot` null: row `i` is slot `i`, `to` null: they hold, where `from` is not 0. */
export interface Run {
  readonly rows: number
  readonly slot: Uint16Array | null
  readonly value: Raw
  readonly from: Uint32Array
  readonly to: Uint32Array | null
}

/** Cells of a block. */
export const CELL = {
  /** Slots ever used: none is at or above this. */
  slots: 1,
  live: 2,
  /** Slots that ever held a fact. */
  born: 3,
  /** 1 where slots did not get their first facts in ascending order, without a gap. */
  disorder: 4,
  /** The last transaction that changed something, noted before it does. */
  changed: 5,
  /** How many segments are closed. */
  closed: 6,
  /** Facts that held at the last checkpoint. */
  liveClosed: 7,
  /** Slots that were empty then, of those that had held a fact. */
  emptyClosed: 8,
  rowsClosed: 9,
  bytesClosed: 10,
  form: 11,
  // addresses
  value: 12,
  from: 13,
  first: 14,
  open: 15,
  absences: 16,
  segments: 17,
  ends: 18,
} as const

/** So many cells; a multiple of 16. */
const CELLS = 32

const NONE = new Uint32Array(0)

/**
 * What a block of slots has in memory. The present is two arrays by slot; what ended is in the open rows, or in segments that were closed,
 * each with a checkpoint.
 */
export abstract class BlockMemory extends SharedStructure {
  protected value: Raw = { as: 'i32', values: new Int32Array(0) }
  /** 0 where nothing holds. */
  protected from: Uint32Array = NONE
  /** Since when a slot first held a fact, 0 for never; the same as `from` until something ends. */
  protected births: Uint32Array = NONE
  protected open!: OpenRows
  protected absences!: OpenAbsences
  protected readonly segments: Segment[] = []
  /** `end` of each segment. */
  protected ends: Uint32Array = NONE
  /** Slots that all of these arrays have room for. */
  protected room = 0
  /** Slots that were empty at the last checkpoint. */
  protected emptyBefore = 0
  #absencesAt: Address = 0

  constructor(memory: Memory, root: Address) {
    super(memory, root, CELLS)
  }

  protected attach(cells: Uint32Array): void {
    const { memory } = this
    this.value = memory.raw(formOf(cells[CELL.form]), cells[CELL.value])
    this.from = memory.u32(cells[CELL.from])
    this.births = cells[CELL.first] === 0 ? this.from : memory.u32(cells[CELL.first])
    // memory that is used again may be larger than was asked for, each piece by another measure
    this.room = Math.min(rowsOf(this.value), this.from.length, this.births.length)
    this.emptyBefore = cells[CELL.emptyClosed]
    // who reads may have missed generations, in which the same place was given back and out again
    const again = !memory.writable
    if (again || cells[CELL.open] !== this.open?.address) this.open = new OpenRows(memory, cells[CELL.open])
    if (again || cells[CELL.absences] !== this.#absencesAt) {
      this.#absencesAt = cells[CELL.absences]
      this.absences = new OpenAbsences(memory, this.#absencesAt)
    }
    if (cells[CELL.segments] === 0) return
    const segments = memory.u32(cells[CELL.segments])
    while (this.segments.length < cells[CELL.closed])
      this.segments.push(new Segment(memory, segments[this.segments.length]))
    this.ends = memory.u32(cells[CELL.ends])
  }

  get slots(): number {
    return this.cells[CELL.slots]
  }

  get live(): number {
    return this.cells[CELL.live]
  }

  get ended(): number {
    return this.cells[CELL.rowsClosed] + this.open.rows
  }

  get checkpoints(): number {
    return this.cells[CELL.closed]
  }

  get form(): Form {
    return formOf(this.cells[CELL.form])
  }

  get changed(): T {
    return this.cells[CELL.changed]
  }

  get bytes(): number {
    const { cells, memory } = this
    let bytes = cells.byteLength + cells[CELL.bytesClosed]
    for (const cell of [CELL.value, CELL.from, CELL.first, CELL.open, CELL.absences, CELL.segments, CELL.ends])
      bytes += memory.bytesOf(cells[cell])
    return bytes
  }

  /** Every interval, the ended ones in order of `to`, then the slots as they are. For the thread that writes. */
  runs(): readonly Run[] {
    const { rows, slot, value, from, to } = this.open
    return [
      ...this.segments,
      { rows, slot, value, from, to },
      { rows: this.slots, slot: null, value: this.value, from: this.from, to: null },
    ]
  }
}
