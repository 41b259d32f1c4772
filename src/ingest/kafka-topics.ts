/** A topic that cannot be found is asked for this often before it counts as deleted: a broker that has just started may not know it yet. */
const SUSPICIONS = 3

/** What a topic is asked for: whose clock its timestamps are, whether records go from its middle, and how long it keeps them. */
export const TOPIC_SETTINGS = ['message.timestamp.type', 'cleanup.policy', 'retention.ms']

/** What matters of the settings of a topic. */
export interface TopicSettings {
  /** Whose clock its timestamps are; null where nobody says. */
  readonly stamps: 'producer' | 'broker' | null
  readonly compacted: boolean
  /** Milliseconds for which Kafka keeps a record; null for ever. */
  readonly retention: number | null
}

/** Reads the settings of a topic as Kafka gives them. */
export function topicSettings(
  entries: readonly { readonly configName: string; readonly configValue: string }[],
): TopicSettings {
  const [stamps, policy = '', retention] = TOPIC_SETTINGS.map(
    name => entries.find(({ configName }) => configName === name)?.configValue,
  )
  const ms = Number(retention ?? -1)
  return {
    stamps: stamps === 'CreateTime' ? 'producer' : stamps === 'LogAppendTime' ? 'broker' : null,
    compacted: policy.includes('compact'),
    retention: ms < 0 || !policy.includes('delete') ? null : ms,
  }
}

/** The topics that a Kafka source wants: those that are being read, and those that do not exist yet. */
export class Topics {
  readonly #found: string[] = []
  readonly #awaited: Set<string>
  /** Awaited ones of which that was said. */
  readonly #announced = new Set<string>()
  readonly #suspicions = new Map<string, number>()

  constructor(wanted: readonly string[]) {
    this.#awaited = new Set(wanted)
  }

  get found(): readonly string[] {
    return this.#found
  }

  get awaited(): readonly string[] {
    return [...this.#awaited]
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

  /** It is not read any more. */
  drop(topic: string): void {
    this.#found.splice(this.#found.indexOf(topic), 1)
  }

  /**
   * Topics that were being read and are there no more, once that is sure. The client would look for them for ever, and hold up
   * all others.
   */
  gone(existing: ReadonlySet<string>): string[] {
    for (const topic of this.#found)
      this.#suspicions.set(topic, existing.has(topic) ? 0 : (this.#suspicions.get(topic) ?? 0) + 1)
    return this.#found.filter(topic => this.#suspicions.get(topic)! >= SUSPICIONS)
  }
}
