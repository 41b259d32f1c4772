/** Events of one topic over which its share of refusals is counted. */
export const WINDOW = 1000
/** Fewer than these say nothing about a topic. */
const LEAST = 100

interface Window {
  /** A ring of 1 for refused and 0 for applied. */
  readonly outcomes: Uint8Array
  seen: number
  refused: number
}

/** Says when too large a share of the latest events of a topic was refused. */
export class RefusedShares {
  readonly #most: number
  readonly #windows = new Map<string, Window>()

  /** `most` lies between 0 and 1; any share is fine where it is absent. */
  constructor(most = 1) {
    this.#most = most
  }

  /** Counts one event. What is too much, once it is; null otherwise. */
  add(topic: string, good: boolean): { readonly refused: number; readonly of: number } | null {
    if (this.#most >= 1) return null
    let window = this.#windows.get(topic)
    if (!window) this.#windows.set(topic, (window = { outcomes: new Uint8Array(WINDOW), seen: 0, refused: 0 }))
    const { outcomes } = window
    const at = window.seen++ % WINDOW
    window.refused += (good ? 0 : 1) - outcomes[at]
    outcomes[at] = good ? 0 : 1
    const of = Math.min(window.seen, WINDOW)
    return of >= LEAST && window.refused > this.#most * of ? { refused: window.refused, of } : null
  }
}
