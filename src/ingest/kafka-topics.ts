import { FactError } from '../base/error.ts'

/** A topic that cannot be found is asked for this often before it counts as deleted: a broker that has just started may not know it yet. */
const SUSPICIONS = 3

/** The setting of a topic that says whose clock its timestamps are. */
export const TIMESTAMP_TYPE = 'message.timestamp.type'

/** Whose clock the timestamps of a topic are, as its settings say; null where they do not. */
export function whoStamps(
  settings: readonly { readonly configName: string; readonly configValue: string }[],
): 'producer' | 'broker' | null {
  const value = settings.find(({ configName }) => configName === TIMESTAMP_TYPE)?.configValue
  return value === 'CreateTime' ? 'producer' : value === 'LogAppendTime' ? 'broker' : null
}

/** The topics that a Kafka source wants: those that are being read, and those that do not exist yet. */
export class Topics {
  readonly #found: string[] = []
  readonly #awaited: Set<string>
  /** Awaited ones of which that was said. */
  readonly #announced = new Set<string>()
  #suspicions = 0

  constructor(wanted: readonly string[]) {
    this.#awaited = new Set(wanted)
  }

  get found(): readonly string[] {
    return this.#found
  }

  get awaited(): boolean {
    return this.#awaited.size > 0
  }

  /** Awaited topics that exist now; says once of each of the others that it is waited for. */
  among(existing: ReadonlySet<string>, say: (line: string) => void): string[] {
    for (const topic of this.#awaited) {
      const exists = existing.has(topic)
      if (exists === this.#announced.has(topic))
        say(exists ? `Kafka topic ${topic} exists now` : `Kafka topic ${topic} does not exist yet; waiting for it`)
      if (exists) this.#announced.delete(topic)
      else this.#announced.add(topic)
    }
    return [...this.#awaited].filter(topic => existing.has(topic))
  }

  /** From now on the topic is read. */
  add(topic: string): void {
    this.#awaited.delete(topic)
    this.#found.push(topic)
  }

  /**
   * What to say where a topic that is being read is there no more, once that is sure; null otherwise. The client would look
   * for it for ever, and hold up all others.
   */
  gone(existing: ReadonlySet<string>): FactError | null {
    const topic = this.#found.find(name => !existing.has(name))
    this.#suspicions = topic === undefined ? 0 : this.#suspicions + 1
    if (this.#suspicions < SUSPICIONS) return null
    return new FactError(
      'unavailable',
      `Kafka topic ${topic} was deleted while it was being read. What was read of it is kept; start again to go on without ` +
        'it, or to wait for it.',
    )
  }
}
