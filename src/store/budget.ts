/** Something that a budget keeps in memory for as long as there is room. */
export interface Kept {
  /** Bytes of its own. */
  readonly bytes: number
  /** Memory that it shares with others, none of which is given back before all of them are forgotten; more is only ever added. */
  readonly shares: ReadonlySet<ArrayBufferLike>
  /** Nobody will ask for it again; whoever has it keeps it. */
  forget(): void
}

interface Noted {
  readonly bytes: number
  readonly shares: readonly ArrayBufferLike[]
}

/**
 * Bytes for what was read lately, over all columns: past it, what was used longest ago is forgotten. Memory counts whole and once, however
 * many have a piece of it, since the last of them keeps all of it.
 */
export class Budget {
  readonly limit: number
  /** In order of last use. */
  readonly #kept = new Map<Kept, Noted>()
  /** How many have a piece of it. */
  readonly #sharers = new Map<ArrayBufferLike, number>()
  #bytes = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Notes that something was used, and how large it is by now. */
  used(kept: Kept): void {
    const noted = this.#kept.get(kept)
    if (noted && noted.bytes === kept.bytes && noted.shares.length === kept.shares.size) {
      this.#kept.delete(kept)
      this.#kept.set(kept, noted)
      return
    }
    this.drop(kept)
    this.#add(kept)
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.limit || oldest === kept) break
      this.drop(oldest)
      oldest.forget()
    }
  }

  #add(kept: Kept): void {
    const noted = { bytes: kept.bytes, shares: [...kept.shares] }
    this.#kept.set(kept, noted)
    this.#bytes += noted.bytes
    for (const buffer of noted.shares) {
      const sharers = this.#sharers.get(buffer) ?? 0
      if (sharers === 0) this.#bytes += buffer.byteLength
      this.#sharers.set(buffer, sharers + 1)
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
    const noted = this.#kept.get(kept)
    if (noted === undefined) return
    this.#kept.delete(kept)
    this.#bytes -= noted.bytes
    for (const buffer of noted.shares) {
      const sharers = this.#sharers.get(buffer)! - 1
      if (sharers > 0) this.#sharers.set(buffer, sharers)
      else {
        this.#sharers.delete(buffer)
        this.#bytes -= buffer.byteLength
      }
    }
  }
}
