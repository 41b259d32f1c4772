import { fence, pause } from './fence.ts'
import type { Address, Memory } from './memory.ts'

/** The first cell of every structure: how often its arrays were replaced, and odd while they are. */
export const GENERATION = 0

/**
 * Something that one thread writes and others read: cells (32 bits each) of which some are counts, and some the addresses of arrays. Arrays
 * are replaced by larger or other ones; counts may run ahead of what a reader may see, and say so.
 *
 * Whoever reads calls `sync` first, which takes hold of the arrays as they are, all of one generation. An array that was replaced stays as
 * it was for as long as the reader is at it, so what does not change there may be read to the end; who reads what changes looks with
 * `since` whether the generation is still the same, and begins again where it is not.
 */
export abstract class SharedStructure {
  readonly memory: Memory
  readonly root: Address
  protected readonly cells: Uint32Array
  #generation = -1

  /** The structure at `root`, or a new one of so many cells. */
  constructor(memory: Memory, root: Address, cells: number) {
    this.memory = memory
    this.root = root === 0 ? memory.allocate(4 * cells) : root
    this.cells = memory.u32(this.root)
  }

  /** Makes views of the arrays; `cells` are a copy, of one generation. */
  protected abstract attach(cells: Uint32Array): void

  /** Of the arrays that were taken hold of. */
  protected get generation(): number {
    return this.#generation
  }

  protected sync(): void {
    if (Atomics.load(this.cells, GENERATION) !== this.#generation) this.#join()
  }

  /** Whether arrays were replaced since `sync` gave this generation; what was read before is settled by then. */
  protected since(generation: number): boolean {
    if (!this.memory.writable) fence()
    return Atomics.load(this.cells, GENERATION) !== generation
  }

  #join(): void {
    const copy = new Uint32Array(this.cells.length)
    for (let tries = 0; ; tries++) {
      const generation = Atomics.load(this.cells, GENERATION)
      if ((generation & 1) === 0) {
        copy.set(this.cells)
        fence()
        if (Atomics.load(this.cells, GENERATION) === generation) {
          this.attach(copy)
          this.#generation = generation
          return
        }
      }
      if (tries > 100) pause()
    }
  }

  /** Replaces arrays: `work` writes their new addresses into the cells, and must not fail. Gives back the memory of the old ones. */
  protected replace(work: () => void, ...old: readonly Address[]): void {
    Atomics.add(this.cells, GENERATION, 1)
    work()
    Atomics.add(this.cells, GENERATION, 1)
    for (const address of old) this.memory.release(address)
    this.#join()
  }
}
