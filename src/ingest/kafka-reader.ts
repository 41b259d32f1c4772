import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { type Consumer, type EachBatchPayload, everythingToEveryMember, type Kafka } from './kafka-client.ts'
import { anotherRecord, gaveUp, outOfRange, type Range, type StoppedTopic } from './kafka-fault.ts'
import { readingBlocks } from './kafka-fetch.ts'
import { blocksOf, firstFrom } from './kafka-message.ts'
import type { Partition } from './kafka-partition.ts'
import type { Partitions } from './kafka-partitions.ts'
import type { RecordCursor } from './record-block.ts'
import { within } from './within.ts'

export interface ReaderOptions {
  readonly client: () => Kafka
  readonly groupId: string
  /** Where what was read goes. */
  readonly partitions: Partitions
  readonly clock: Clock
  /** What Kafka holds of a partition, asked now; undefined where it knows nothing of it. */
  readonly rangeOf: (partition: Partition) => Promise<Range | undefined>
  /** Whether records may go from the middle of a topic. */
  readonly compacted: (topic: string) => boolean
  /** Something was read. */
  readonly onRead: () => void
  /** The client was given a partition that nobody has heard of. */
  readonly onUnknown: () => void
  readonly onStop: (fault: StoppedTopic) => void
  /** It goes on trying. */
  readonly onTrouble: (words: string) => void
  /** It does not. */
  readonly onFailure: (error: Error) => void
}

/** A partition that ends before what was read is asked this often before that is believed: a broker that has just started may not know better. */
export const SUSPICIONS = 3
/** Milliseconds between two questions for where the partitions end. */
export const LOOK_MS = 1000

/** What a batch is, as the client tells of one that holds nothing to read. */
interface Passed {
  readonly topic: string
  readonly partition: number
  readonly firstOffset: string | null
  readonly lastOffset: string
}

/**
 * Reads the partitions of topics through a consumer of Kafka, from where they stand. After each join it first asks for the record
 * that was read last, and compares: where another one stands there, the topic is another one, and nothing of it gets any further.
 */
export class KafkaReader {
  readonly #options: ReaderOptions
  #consumer: Consumer | null = null
  #subscribed: ReadonlySet<string> = new Set()
  #stopped = false
  /** Settled when a partition has room again. */
  #room = Promise.withResolvers<void>()

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Reads exactly these topics from now on. */
  async read(topics: readonly string[]): Promise<void> {
    const same = topics.length === this.#subscribed.size && topics.every(topic => this.#subscribed.has(topic))
    if (same && (topics.length === 0 || this.#consumer !== null)) return
    const before = this.#consumer
    this.#consumer = null
    await within(10_000, before?.disconnect())
    this.#subscribed = new Set(topics)
    if (!this.#stopped && topics.length > 0) await this.#consume(topics)
  }

  /** Tells Kafka to send no more of a partition, or more again. Where no consumer runs just now, its next join does. */
  pause(partition: Partition, paused: boolean): void {
    partition.paused = paused
    if (!paused) this.#room.resolve()
    const which = [{ topic: partition.topic, partitions: [partition.number] }]
    try {
      if (paused || partition.stopped) this.#consumer?.pause(which)
      else this.#consumer?.resume(which)
    } catch {
      // Not running just now.
    }
  }

  /** Reads a partition that the consumer may have met, and paused, before anybody knew where it begins. */
  adopt(partition: Partition): void {
    const { topic, number } = partition
    try {
      this.#consumer?.seek({ topic, partition: number, offset: String(partition.rejoined()) })
      this.#consumer?.resume([{ topic, partitions: [number] }])
    } catch {
      // Not running just now: its next join seeks.
    }
  }

  /** Tells Kafka how far partitions were read, for its dashboards. */
  async commit(offsets: { topic: string; partition: number; offset: string }[]): Promise<void> {
    if (offsets.length > 0) await this.#consumer?.commitOffsets(offsets).catch(() => {})
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#room.resolve()
    await within(10_000, this.#consumer?.disconnect())
  }

  async #consume(topics: readonly string[]): Promise<void> {
    const { client, groupId, onTrouble, onFailure } = this.#options
    const consumer = client().consumer({
      groupId,
      partitionAssigners: [everythingToEveryMember],
      // A process that was killed keeps its place in the group for this long, and the next one waits for it.
      sessionTimeout: 6000,
      heartbeatInterval: 1000,
      rebalanceTimeout: 15_000,
      metadataMaxAge: 10_000,
      maxWaitTimeInMs: 250,
      // what producers send at once, at most, unless somebody changed that: of a batch that is larger than this, only one comes with each fetch
      maxBytesPerPartition: 1 << 20,
      maxBytes: 8 << 20,
      readUncommitted: false,
      retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 5000, restartOnFailure: async () => true },
    })
    this.#consumer = consumer
    const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (this.#consumer === consumer) this.#joined(consumer, payload.memberAssignment)
    })
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (this.#consumer === consumer && payload.batchSize === 0) this.#passed(payload)
    })
    consumer.on(CRASH, ({ payload }) => {
      if (this.#consumer !== consumer || this.#stopped) return
      if (payload.restart) onTrouble(`Kafka cannot be read just now (${payload.error.message}); trying again`)
      else onFailure(gaveUp(payload.error))
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...topics], fromBeginning: true })
      await readingBlocks(() =>
        consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: async batch => {
            if (this.#consumer === consumer) await this.#read(batch)
          },
        }),
      )
    } catch (error) {
      if (this.#consumer === consumer) this.#consumer = null
      await within(5000, consumer.disconnect())
      throw error
    }
    if (this.#stopped) await within(10_000, consumer.disconnect())
  }

  /** The client forgets positions and pauses at every join, so they are given to it here, before it fetches anything. */
  #joined(consumer: Consumer, assignment: Readonly<Record<string, number[]>>): void {
    const { partitions, onUnknown } = this.#options
    try {
      for (const [topic, numbers] of Object.entries(assignment))
        for (const number of numbers) {
          const partition = partitions.get(topic, number)
          // One without a position was added to its topic a moment ago; the next look learns where it begins.
          if (partition === undefined) onUnknown()
          else consumer.seek({ topic, partition: number, offset: String(partition.rejoined()) })
          if (partition === undefined || partition.paused || partition.stopped)
            consumer.pause([{ topic, partitions: [number] }])
        }
    } catch {
      // Thrown only by a consumer that is ending: it fetches nothing. An error from here would keep it from starting again.
    }
  }

  async #read({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const partition = this.#options.partitions.get(batch.topic, batch.partition)
    const first = batch.firstOffset()
    if (partition === undefined || partition.stopped || first === null || !isRunning() || isStale()) return
    const blocks = blocksOf(batch.messages)
    if (partition.verifying) {
      if (!(await this.#verified(partition, firstFrom(blocks, partition.last!.offset)))) return
    }
    // The client starts anywhere else only after a gap in a compacted topic, or because the position was out of range,
    // which it does not tell.
    else if (BigInt(first) !== partition.read && !(await this.#readable(partition))) return
    if (!isRunning() || isStale()) return
    partition.add(blocks, BigInt(batch.lastOffset()) + 1n, this.#options.clock.now())
    resolveOffset(batch.lastOffset())
    if (this.#options.partitions.full(partition)) this.pause(partition, true)
    this.#options.onRead()
    // the client would look for room four times a second only, and by then nothing might be left to hand out
    while (this.#options.partitions.allFull && !this.#stopped && isRunning()) {
      this.#room = Promise.withResolvers()
      await within(LOOK_MS, this.#room.promise)
      await heartbeat()
    }
  }

  /** What a fetch brought was only markers, or aborted: nothing to read, but the position moves. */
  #passed(batch: Passed): void {
    const partition = this.#options.partitions.get(batch.topic, batch.partition)
    if (partition === undefined || partition.stopped || batch.lastOffset === null) return
    const next = BigInt(batch.lastOffset) + 1n
    const move = () => {
      partition.moveTo(next)
      this.#options.onRead()
    }
    const looked = partition.verifying
      ? this.#verified(partition, null)
      : batch.firstOffset === null || BigInt(batch.firstOffset) === partition.read || this.#readable(partition)
    if (looked === true) move()
    else
      looked.then(
        readable => readable && move(),
        // The next batch starts where this one ended, and asks again.
        () => {},
      )
  }

  /** Whether a partition is still the one that was read; stops its topic where not. `record` is what it now shows first, from its last record on. */
  async #verified(partition: Partition, record: RecordCursor | null): Promise<boolean> {
    const { topic, number, last } = partition
    if (last === null) return true
    const differs = record === null ? { found: null, gone: true } : partition.differs(record)
    if (differs !== null && (!differs.gone || !(await this.#mayBeGone(partition, last.offset)))) {
      this.#options.onStop(anotherRecord(topic, number, last, differs.gone ? null : differs.found))
      return false
    }
    partition.verifying = false
    return this.#readable(partition)
  }

  /** Whether a record may have been deleted from its partition although the topic is the same. */
  async #mayBeGone(partition: Partition, offset: bigint): Promise<boolean> {
    if (this.#options.compacted(partition.topic)) return true
    const range = await this.#options.rangeOf(partition)
    return range === undefined || offset < range.low
  }

  /** Whether the position of a partition still lies in what Kafka holds of it; stops its topic where not. */
  async #readable(partition: Partition): Promise<boolean> {
    for (let suspicions = 1; ; suspicions++) {
      const range = await this.#options.rangeOf(partition)
      if (range?.read === undefined) return false
      const wrong = outOfRange(partition.topic, partition.number, range.read, range.low, range.high)
      if (wrong === null) return true
      if (range.read < range.low || suspicions === SUSPICIONS) {
        this.#options.onStop(wrong)
        return false
      }
      await sleep(LOOK_MS)
    }
  }
}
