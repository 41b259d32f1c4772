import type { T } from '../model/transaction.ts'
import { grownU16, grownU32 } from './growing.ts'
import { firstAfter } from './moments.ts'

/** Set beside the number of a slot that was left empty; otherwise it got a fact again. */
const EMPTIED = 0x8000
const SLOT = 0x7fff

/** Slots that were left empty and slots that got a fact again, in order of time; never a slot's first fact. */
export interface Absences {
  /** With `EMPTIED` beside it. */
  readonly slot: Uint16Array
  readonly t: Uint32Array
}

/** Those of the open part of a block's history. */
export class OpenAbsences implements Absences {
  slot: Uint16Array = new Uint16Array(0)
  t: Uint32Array = new Uint32Array(0)
  count = 0

  get bytes(): number {
    return this.slot.byteLength + this.t.byteLength
  }

  emptied(slot: number, t: T): void {
    this.#push(slot | EMPTIED, t)
  }

  /** Nobody sees a slot empty that gets a fact again in the same transaction. */
  filled(slot: number, t: T): void {
    const last = this.count - 1
    if (last >= 0 && this.t[last] === t && this.slot[last] === (slot | EMPTIED)) this.count = last
    else this.#push(slot, t)
  }

  #push(slot: number, t: T): void {
    const row = this.count
    this.slot = grownU16(this.slot, row + 1)
    this.t = grownU32(this.t, row + 1)
    this.slot[row] = slot
    this.t[row] = t
    this.count = row + 1
  }
}

/** The last of `count` moments at or before `t`, 0 where there is none. */
export function lastAbsence({ t: times }: Absences, count: number, t: T): T {
  const after = firstAfter(times, count, t)
  return after === 0 ? 0 : times[after - 1]
}

/** How many slots more are empty behind the last of `count` rows than at `t`. */
export function emptiedSince({ slot, t: times }: Absences, count: number, t: T): number {
  let more = 0
  for (let row = count - 1; row >= 0 && times[row] > t; row--) more += (slot[row] & EMPTIED) === 0 ? -1 : 1
  return more
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
