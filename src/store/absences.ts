import type { T } from '../model/transaction.ts'
import type { Address, Memory } from './memory.ts'
import { firstAfter } from './moments.ts'

/** Set beside the number of a slot that was left empty; otherwise it got a fact again. */
const EMPTIED = 0x8000
const SLOT = 0x7fff

const HEADER = 64
const BYTES = 8
const COUNT = 0

/** Slots that were left empty and slots that got a fact again, in order of time; never a slot's first fact. */
export interface Absences {
  readonly t: Uint32Array
  /** With `EMPTIED` beside it. */
  readonly slot: Uint16Array
  /** How many slots were empty from then on. */
  readonly empty: Uint16Array
}

/** Those of the open part of a block's history: a count, `t`, `slot` and `empty` in one piece of memory. */
export class OpenAbsences implements Absences {
  readonly t: Uint32Array
  readonly slot: Uint16Array
  readonly empty: Uint16Array
  readonly #cells: Uint32Array

  constructor(memory: Memory, address: Address) {
    const { buffer, offset, bytes } = memory.place(address)
    const rows = Math.floor((bytes - HEADER) / BYTES)
    this.#cells = new Uint32Array(buffer, offset, HEADER / 4)
    this.t = new Uint32Array(buffer, offset + HEADER, rows)
    this.slot = new Uint16Array(buffer, offset + HEADER + 4 * rows, rows)
    this.empty = new Uint16Array(buffer, offset + HEADER + 6 * rows, rows)
  }

  static make(memory: Memory, rows: number): Address {
    return memory.allocate(HEADER + BYTES * rows)
  }

  get count(): number {
    return Atomics.load(this.#cells, COUNT)
  }

  get full(): boolean {
    return this.count === this.t.length
  }

  /** The same with room for twice as many. */
  larger(memory: Memory): Address {
    const { count } = this
    const address = OpenAbsences.make(memory, 2 * this.t.length)
    const larger = new OpenAbsences(memory, address)
    larger.t.set(this.t)
    larger.slot.set(this.slot)
    larger.empty.set(this.empty)
    larger.#cells[COUNT] = count
    return address
  }

  /** `empty` slots are so from now on, this one among them. */
  emptied(slot: number, t: T, empty: number): void {
    this.#push(slot | EMPTIED, t, empty)
  }

  /** Nobody sees a slot empty that gets a fact again in the same transaction. */
  filled(slot: number, t: T, empty: number): void {
    const last = this.count - 1
    if (last >= 0 && this.t[last] === t && this.slot[last] === (slot | EMPTIED))
      Atomics.exchange(this.#cells, COUNT, last)
    else this.#push(slot, t, empty)
  }

  #push(slot: number, t: T, empty: number): void {
    const row = this.#cells[COUNT]
    this.t[row] = t
    this.slot[row] = slot
    this.empty[row] = empty
    Atomics.add(this.#cells, COUNT, 1)
  }
}

/** The last of `count` moments at or before `t`, 0 where there is none. */
export function lastAbsence({ t: times }: Absences, count: number, t: T): T {
  const after = firstAfter(times, count, t)
  return after === 0 ? 0 : times[after - 1]
}

/** How many slots were empty at `t`; `before` of them when the first of `count` rows came. */
export function emptyAt({ t: times, empty }: Absences, count: number, t: T, before: number): number {
  const after = firstAfter(times, count, t)
  return after === 0 ? before : empty[after - 1]
}

/** Undoes what happened after `t`, newest first: a slot that held a fact gets its moment of `first` from `at`, another one 0. */
export function undoAbsences(
  { slot, t: times }: Absences,
  count: number,
  t: T,
  first: Uint32Array,
  target: Uint32Array,
  at: number,
): void {
  for (let row = count - 1; row >= 0 && times[row] > t; row--) {
    const which = slot[row] & SLOT
    target[at + which] = (slot[row] & EMPTIED) === 0 ? 0 : first[which]
  }
}
