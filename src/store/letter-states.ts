/** What became of a dead letter: it was replayed as transaction `t`, or discarded, and why. */
export type Resolution =
  | { readonly at: number; readonly t: number }
  | { readonly at: number; readonly discarded: string }

/** Of a dead letter, as much as is asked here. */
interface Letter {
  readonly id: number
  readonly origin: { readonly topic: string }
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** What became of dead letters, and how many bytes are kept of those that wait. The letters themselves never change. */
export class LetterStates {
  /** By id. A letter is resolved at most once. */
  readonly resolutions = new Map<number, Resolution>()
  /** Those up to this id were published to the Kafka topic for dead letters. */
  published = 0
  readonly #kept = new Map<string, number>()

  /** Bytes kept of letters of a topic that wait. */
  kept(topic: string): number {
    return this.#kept.get(topic) ?? 0
  }

  add(letter: Letter): void {
    this.#count(letter, 1)
  }

  resolve(letter: Letter, resolution: Resolution): void {
    this.resolutions.set(letter.id, resolution)
    this.#count(letter, -1)
  }

  #count({ origin, key, value }: Letter, sign: 1 | -1): void {
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    if (bytes > 0) this.#kept.set(origin.topic, this.kept(origin.topic) + sign * bytes)
  }
}
