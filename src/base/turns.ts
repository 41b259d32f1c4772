/** Milliseconds of work after which everything else on the thread gets its turn. */
const MOST = 0.5

/**
 * Long work on a thread that also answers requests: it asks now and then whether its turn is over, and gives way if so.
 * Half a millisecond keeps an answer from waiting for longer than it takes to make, and costs the work 1% (tried: 16 connections
 * that ask without pause get half of the thread).
 */
export class Turns {
  #began = performance.now()

  /** Whether this turn has lasted long enough. Takes some 40 ns: ask after every few steps. */
  get over(): boolean {
    return performance.now() - this.#began > MOST
  }

  /** Lets requests, files and timers have their turn. */
  async give(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    this.#began = performance.now()
  }
}
