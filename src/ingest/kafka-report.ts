import type { StoppedTopic } from './kafka-fault.ts'

/** How a Kafka source stands, once a second. Plain data, so that it can be sent to another thread. */
export interface KafkaReport {
  /** When the brokers last said where the partitions end, milliseconds since 1970; null where they never did. */
  readonly at: number | null
  /** Whether they answered when they were asked last. */
  readonly reached: boolean
  readonly partitions: readonly PartitionReport[]
  /** Topics of which nothing more is read, and why. */
  readonly stopped: readonly StoppedTopic[]
  /** Topics that do not exist yet. */
  readonly awaited: readonly string[]
  /** Of each topic how long Kafka keeps a record, milliseconds; null for ever, absent where that may not be asked. */
  readonly retention: Readonly<Record<string, number | null>>
  /** Records handed out a second, over about ten seconds. */
  readonly rate: number
  /** What the client complained of last. */
  readonly lastError: { readonly at: number; readonly words: string } | null
}

export interface PartitionReport {
  /** As its source is called: `kafka:<topic>/<partition>`. */
  readonly name: string
  readonly topic: string
  readonly partition: number
  /** The first offset that Kafka still holds. */
  readonly low: number
  /** The last stable offset: everything before it can be read. */
  readonly end: number
}

/** Counts a second over the last looks. */
export class Rate {
  readonly #seen: { readonly at: number; readonly count: number }[] = []

  /** `count` grows; `at` in milliseconds. */
  add(at: number, count: number): void {
    this.#seen.push({ at, count })
    if (this.#seen.length > 11) this.#seen.shift()
  }

  get perSecond(): number {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return ((last.count - first.count) * 1000) / (last.at - first.at)
  }
}
