/** What reads events, and pauses while something is done that it must not be beside. */
export class Pauses {
  #reading: AbortController | null = null
  #works: (() => Promise<void>)[] = []

  /** Reads until that ends by itself or the signal aborts; anew after each pause. `read` ends soon after its own signal does. */
  async whileRead(signal: AbortSignal, read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    for (let again = true; again; ) {
      this.#reading = new AbortController()
      try {
        await read(AbortSignal.any([signal, this.#reading.signal]))
      } finally {
        this.#reading = null
        again = this.#works.length > 0 && !signal.aborted
        for (const work of this.#works.splice(0)) await work()
      }
    }
  }

  /** Does something while nothing is read; at once where nothing is. */
  async run<X>(work: () => Promise<X>): Promise<X> {
    if (this.#reading === null) return work()
    const { promise, resolve, reject } = Promise.withResolvers<X>()
    this.#works.push(() => work().then(resolve, reject))
    this.#reading.abort()
    return promise
  }
}
