/** Where "now" comes from: the machine, or a test that moves it by hand. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, whole. */
  now(): number
}

export const machineClock: Clock = { now: () => Date.now() }

export class ManualClock implements Clock {
  #now: number

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** Moves the clock by `ms`, which may be negative: real clocks step back too. */
  advance(ms: number): void {
    this.#now += ms
  }
}
