import type { Chunk } from '../route.ts'
import { BELL, SLOT, SLOTS, TAKEN } from './wire.ts'

/** Bytes that the UTF-8 of one UTF-16 unit takes at most. */
const WIDEST = 3

/**
 * A reader's end of a stream: bytes go into slots of shared memory, of which there are few, and a slot is filled again once the other thread
 * gave it back. So no more is ever made than somebody takes. Waiting blocks the thread, which has nothing else to do.
 */
export class SlotWriter {
  readonly #cells: Int32Array
  readonly #slots: readonly Buffer[]
  readonly #tell: (slot: number, length: number) => void
  readonly #stop: () => void
  readonly #pausing: (wait: () => void) => void
  /** Slots that were ever handed over. */
  #sent = 0
  #length = 0

  /**
   * `tell` hands a slot over; `stop` throws where the stream is to end; `pausing` is given what waits for room, since readers note the
   * memory that they use.
   */
  constructor(
    cells: Int32Array,
    slots: SharedArrayBuffer,
    hooks: {
      tell: (slot: number, length: number) => void
      stop: () => void
      pausing: (wait: () => void) => void
    },
  ) {
    this.#cells = cells
    this.#slots = Array.from({ length: SLOTS }, (_, i) => Buffer.from(slots, i * SLOT, SLOT))
    this.#tell = hooks.tell
    this.#stop = hooks.stop
    this.#pausing = hooks.pausing
  }

  /** Whether all that was handed over was given back. */
  get settled(): boolean {
    return this.#sent === Atomics.load(this.#cells, TAKEN)
  }

  /** Writes a chunk; what fills a slot is handed over. */
  write(chunk: Chunk): void {
    if (typeof chunk === 'string') this.#writeText(chunk)
    else for (const bytes of chunk) this.#writeBytes(bytes)
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#length === 0) return
    this.#tell(this.#sent % SLOTS, this.#length)
    this.#sent++
    this.#length = 0
  }

  /** Forgets what was not handed over. */
  discard(): void {
    this.#length = 0
  }

  #writeText(text: string): void {
    if (text.length * WIDEST > SLOT) return this.#writeBytes(Buffer.from(text))
    if (this.#length + text.length * WIDEST > SLOT) this.flush()
    this.#length += this.#slot().write(text, this.#length)
  }

  #writeBytes(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#length === SLOT) this.flush()
      const part = bytes.subarray(from, from + SLOT - this.#length)
      this.#slot().set(part, this.#length)
      this.#length += part.length
      from += part.length
    }
  }

  /** The slot that is being filled. */
  #slot(): Buffer {
    if (this.#length === 0 && this.#full()) this.#pausing(() => this.#wait())
    return this.#slots[this.#sent % SLOTS]
  }

  #full(): boolean {
    return this.#sent - Atomics.load(this.#cells, TAKEN) >= SLOTS
  }

  #wait(): void {
    for (;;) {
      const bell = Atomics.load(this.#cells, BELL)
      this.#stop()
      if (!this.#full()) return
      Atomics.wait(this.#cells, BELL, bell)
    }
  }
}
