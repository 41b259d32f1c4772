/** What waits, first come first served within a client, and the clients by turns: so one who sends a hundred requests keeps nobody else waiting for all of them. */
export class FairQueue<X> {
  /** In the order in which they have their turns. */
  readonly #lines = new Map<string, X[]>()
  #length = 0

  get length(): number {
    return this.#length
  }

  push(client: string, item: X): void {
    const line = this.#lines.get(client)
    if (line) line.push(item)
    else this.#lines.set(client, [item])
    this.#length++
  }

  /** Takes the next one out. */
  shift(): X | undefined {
    const next = this.#lines.entries().next()
    if (next.done) return undefined
    const [client, line] = next.value
    // the client goes to the end of those who wait
    this.#lines.delete(client)
    const item = line.shift()
    if (line.length > 0) this.#lines.set(client, line)
    this.#length--
    return item
  }

  /** Takes one out that no longer waits; false where it is not there. */
  remove(client: string, item: X): boolean {
    const line = this.#lines.get(client)
    const at = line?.indexOf(item) ?? -1
    if (at < 0) return false
    line!.splice(at, 1)
    if (line!.length === 0) this.#lines.delete(client)
    this.#length--
    return true
  }

  *[Symbol.iterator](): Generator<X> {
    for (const line of this.#lines.values()) yield* line
  }
}
