import type { MessagePort } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import type { FactView } from '../model/fact-view.ts'
import { type Moment, NOW } from '../model/moment.ts'
import { Contents } from './contents.ts'
import { type Address, Memory, type SharedMemory } from './memory.ts'
import type { Seen } from './seen.ts'
import { StoreView } from './store-view.ts'

/** What one thread gives another so that it can read the same store. */
export interface SharedStore {
  readonly memory: SharedMemory
  readonly root: Address
}

/** The same with what is to be transferred along with it. */
export interface StoreHandle {
  readonly shared: SharedStore
  readonly transfer: readonly [MessagePort]
}

/** Bytes that a reader keeps of columns that it read lately, unless it is told otherwise. */
const LATELY = 32 << 20

/**
 * A store that another thread writes, over the same memory: nothing is sent but the handle, and the writer waits for nobody.
 *
 * Views are made and used between `begin` and `end`, or within `read`: for as long, memory that the writer has replaced stays as it was. A
 * reader that takes long calls `renew` at times when nothing of a view is at work, between two blocks of a query say: views stay good, and
 * the writer may use again what was replaced before. What a view gave (columns, values) may be kept.
 */
export class SharedReader {
  readonly #memory: Memory
  readonly #contents: Contents
  #reading = 0

  constructor({ memory, root }: SharedStore, lately = LATELY) {
    this.#memory = new Memory(memory)
    this.#memory.begin()
    this.#contents = new Contents(this.#memory, root, lately)
    this.#memory.end()
  }

  /** What is durable by now. */
  get seen(): Seen {
    return this.#contents.seen
  }

  begin(): void {
    this.#memory.begin()
    this.#reading++
  }

  renew(): void {
    this.#memory.renew()
  }

  end(): void {
    this.#memory.end()
    this.#reading--
  }

  /** The view of a moment. Throws `invalid-as-of` for a `t` that does not exist yet. */
  view(moment: Moment = NOW, seen = this.seen): FactView {
    assert(this.#reading > 0, 'a view is made between begin and end')
    this.#contents.refresh()
    return StoreView.of(this.#contents, moment, seen.basis, seen.frontier)
  }

  /** Gives what `work` makes of a view; `work` is not asynchronous. */
  read<R>(moment: Moment, work: (view: FactView) => R, seen?: Seen): R {
    this.begin()
    try {
      return work(this.view(moment, seen))
    } finally {
      this.end()
    }
  }

  /** Ends for good; the writer forgets this reader. */
  close(): void {
    this.#memory.leave()
  }
}

/** Reads a store that another thread has shared (`Store.share`). */
export const openShared = (shared: SharedStore, lately?: number): SharedReader => new SharedReader(shared, lately)
