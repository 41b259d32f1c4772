/** Something that a budget keeps in memory for as long as there is room. */
export interface Kept {
  readonly bytes: number
  /** Nobody will ask for it again; whoever has it keeps it. */
  forget(): void
}

/** Bytes for what was read lately, over all columns: past it, what was used longest ago is forgotten. */
export class Budget {
  readonly limit: number
  /** In order of last use. */
  readonly #kept = new Map<Kept, number>()
  #bytes = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Notes that something was used, and how large it is by now. */
  used(kept: Kept): void {
    this.drop(kept)
    this.#kept.set(kept, kept.bytes)
    this.#bytes += kept.bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.limit || oldest === kept) break
      this.drop(oldest)
      oldest.forget()
    }
  }

  /** Notes that something is larger now; nothing where it was forgotten meanwhile. */
  grew(kept: Kept): void {
    if (this.#kept.has(kept)) this.used(kept)
  }

  /** Forgets everything, as if the room had been needed for something else. */
  clear(): void {
    for (const kept of [...this.#kept.keys()]) {
      this.drop(kept)
      kept.forget()
    }
  }

  /** It is of no use any more. */
  drop(kept: Kept): void {
    const bytes = this.#kept.get(kept)
    if (bytes === undefined) return
    this.#kept.delete(kept)
    this.#bytes -= bytes
  }
}
