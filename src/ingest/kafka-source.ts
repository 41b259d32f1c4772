import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import {
  type Admin,
  blockMemory,
  type Kafka,
  type KafkaConnection,
  kafkaClient,
  TOPIC_RESOURCE,
} from './kafka-client.ts'
import {
  deletedTopic,
  fewerPartitions,
  outOfRange,
  type Range,
  type StoppedTopic,
  tooManyRefused,
} from './kafka-fault.ts'
import { type Partition, partitionName } from './kafka-partition.ts'
import { Partitions } from './kafka-partitions.ts'
import { KafkaReader, LOOK_MS, SUSPICIONS } from './kafka-reader.ts'
import { type KafkaReport, Rate } from './kafka-report.ts'
import { TOPIC_SETTINGS, type TopicSettings, Topics, topicSettings } from './kafka-topics.ts'
import type { Batch, Gap, Position, Source, Start } from './source.ts'
import { TakenRecords } from './taken-records.ts'
import { within } from './within.ts'

/** Where a topic is read from that was never read: at its beginning, at its end, or from an instant on (milliseconds). */
export type StartAt = 'beginning' | 'end' | number

/** Where the log says that a partition stands. */
export interface LoggedPosition extends Position {
  /** Whether nothing was read since a gap was accepted: what is deleted meanwhile belongs to that gap. */
  readonly behindGap?: boolean
}

export interface KafkaSourceOptions extends KafkaConnection {
  /** All of their partitions are read. A topic that does not exist yet is waited for. */
  readonly topics: readonly string[]
  /** `heartwood-<store id>.<branch>` */
  readonly groupId: string
  /** Where the log says that each partition stands, by `Position.name`. */
  readonly positions: ReadonlyMap<string, LoggedPosition>
  /** Of topics without any position; `beginning` where absent. Partitions added later are read from their beginning. */
  readonly startAt?: StartAt
  readonly clock: Clock
  readonly log?: (level: 'info' | 'warn', line: string) => void
  /** Hears once a second how everything stands. */
  readonly report?: (report: KafkaReport) => void
}

/**
 * The records of Kafka topics, committed transactions only, all partitions merged by `known` (store rule 3).
 *
 * Positions are the log's: what a consumer group remembers is never read, only written, for dashboards that show lag.
 * Brokers that cannot be reached are tried again for ever. A topic that can no longer be read on from its position (retention,
 * made anew, deleted) is stopped, which the report says; the others go on. `batches` throws a `FactError` of kind `unavailable`
 * where the client gave up for good. While nothing happens, an empty batch that is caught up comes once a second.
 */
export function kafkaSource(options: KafkaSourceOptions): Source {
  assert(options.brokers.length > 0, 'a Kafka source has brokers')
  return new KafkaSource(options)
}

type Stamps = NonNullable<Batch['stamps']>[number]

/** Questions between two looks for topics that do not exist yet. */
const LOOKS_FOR_TOPICS = 3
/** An answer older than this no longer proves that a source was read to its end: time marks lie 2 s back (store rule 5). */
const FRESH_MS = 1500

class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions
  readonly #log: (level: 'info' | 'warn', line: string) => void
  readonly #partitions = new Partitions()
  readonly #stopping = new AbortController()
  readonly #reader: KafkaReader
  readonly #topics: Topics
  readonly #settings = new Map<string, TopicSettings>()
  /** Topics of which nothing more is read. */
  readonly #halted = new Map<string, StoppedTopic>()
  #admin: Admin | null = null
  /** Whether the admin client has heard of a partition that it does not know. */
  #adminIsStale = false
  /** Lines of the client since the brokers answered last. */
  readonly #said = new Set<string>()
  #lastError: KafkaReport['lastError'] = null
  /** Whether the brokers answered when they were asked last. */
  #reached = true
  #looks = 0
  /** When the last complete answer to where the partitions end was asked for, and that by the clock. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #lookedWhen: number | null = null
  /** Whether a caught-up batch has been told since; and ever, that the first ends were reached. */
  #told = false
  #toldReady = false
  /** What the next batch tells beside records. */
  readonly #stamps: Stamps[] = []
  readonly #starts: Start[] = []
  readonly #gaps: Gap[] = []
  #handed = 0
  readonly #rate = new Rate()
  #failure: Error | null = null
  #signal = Promise.withResolvers<void>()
  #started = false
  #watching: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | null = null
  #toCommit = new Map<string, { topic: string; partition: number; offset: string }>()
  #committing: Promise<void> | null = null

  constructor(options: KafkaSourceOptions) {
    this.#options = options
    this.#log = options.log ?? (() => {})
    this.#topics = new Topics(options.topics)
    this.#reader = new KafkaReader({
      client: () => this.#client(8),
      groupId: options.groupId,
      partitions: this.#partitions,
      clock: options.clock,
      rangeOf: async ({ topic, number }) => (await this.#ranges(topic)).find(({ partition }) => partition === number),
      compacted: topic => this.#settings.get(topic)?.compacted ?? false,
      onRead: () => this.#wake(),
      onUnknown: () => {
        this.#adminIsStale = true
      },
      onStop: fault => this.#halt(fault),
      onTrouble: words => this.#complain(words),
      onFailure: error => this.#fail(error),
    })
  }

  #complain(words: string): void {
    this.#lastError = { at: this.#options.clock.now(), words }
    this.#log('warn', words)
  }

  #client(retries: number): Kafka {
    // Each line of the client once while the brokers do not answer.
    return kafkaClient(this.#options, retries, message => {
      if (this.#said.has(message)) return
      this.#said.add(message)
      this.#complain(`Kafka client: ${message}`)
    })
  }

  async *batches(): AsyncGenerator<Batch> {
    assert(!this.#started, 'the batches of a source are read once')
    this.#started = true
    this.#watching = this.#watch()
    try {
      for (;;) {
        // The client's sockets get their turn even when whoever applies the batches never waits for anything.
        await breathe()
        if (this.#stopping.signal.aborted) return
        if (this.#failure !== null) throw this.#failure
        const batch = this.#next()
        if (batch !== null) yield batch
        else await this.#wait()
      }
    } finally {
      await this.stop()
    }
  }

  async acknowledge(batch: Batch): Promise<void> {
    for (const { name, next } of batch.positions) {
      const partition = this.#partitions.named(name)
      if (partition === undefined) continue
      this.#toCommit.set(name, { topic: partition.topic, partition: partition.number, offset: String(next) })
    }
    if (batch.records instanceof TakenRecords)
      for (const { bytes } of batch.records.finished) blockMemory.giveBack(bytes)
    this.#committing ??= this.#commitSoon()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  stopTopic(topic: string, refused: number, of: number): void {
    this.#halt(tooManyRefused(topic, refused, of))
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await within(1000, this.#commit())
    await this.#reader.stop()
    await within(5000, this.#admin?.disconnect())
    await within(5000, this.#watching)
  }

  // What is handed out

  #next(): Batch | null {
    const { records, positions, atEnd, reachedFirstEnds } = this.#partitions.take()
    for (const partition of this.#partitions.drained()) this.#reader.pause(partition, false)
    const fresh = performance.now() - this.#lookedAt < FRESH_MS
    const caughtUp = atEnd && fresh && this.#halted.size === 0
    const ready = reachedFirstEnds && this.#lookedWhen !== null
    const stamps = this.#stamps.splice(0)
    const starts = this.#starts.splice(0)
    const gaps = this.#gaps.splice(0)
    const nothing = [records, positions, stamps, starts, gaps].every(({ length }) => length === 0)
    if (nothing && (!caughtUp || this.#told) && (!ready || this.#toldReady)) return null
    this.#told = caughtUp
    this.#toldReady = ready
    this.#handed += records.length
    return { records, positions, caughtUp, ready, stamps, starts, gaps }
  }

  /** Until something new may have come; counts the time for which the merge waits for partitions that lag. */
  async #wait(): Promise<void> {
    const since = performance.now()
    await within(100, this.#signal.promise)
    this.#signal = Promise.withResolvers()
    // A process that was itself held up waited for nobody.
    this.#partitions.waited(Math.min(performance.now() - since, 250))
  }

  #wake(): void {
    this.#signal.resolve()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }

  /** Reads no more of a topic. */
  #halt(fault: StoppedTopic): void {
    const { topic, detail } = fault
    if (this.#halted.has(topic)) return
    this.#halted.set(topic, fault)
    this.#partitions.stop(topic)
    for (const partition of this.#partitions.all())
      if (partition.topic === topic) this.#reader.pause(partition, partition.paused)
    this.#log('warn', detail)
    this.#report()
    this.#wake()
  }

  // What is looked at, once a second

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted && this.#failure === null) {
      try {
        await this.#look()
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof FactError) return this.#fail(error)
        const reason = error instanceof Error ? error.message : String(error)
        if (this.#reached)
          this.#complain(`Kafka at ${this.#options.brokers.join(',')} does not answer (${reason}); trying again`)
        this.#reached = false
      }
      this.#report()
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    if (this.#admin === null || this.#adminIsStale) await this.#connect()
    if (this.#topics.awaited.length > 0 && this.#looks++ % LOOKS_FOR_TOPICS === 0) await this.#findTopics()
    const asked = performance.now()
    const when = this.#options.clock.now()
    try {
      await Promise.all(this.#topics.found.map(topic => this.#lookAt(topic)))
    } catch (error) {
      const gone = this.#topics.gone(await this.#listTopics())
      if (gone.length === 0) throw error
      for (const topic of gone) {
        this.#topics.drop(topic)
        this.#halt(deletedTopic(topic))
      }
      // The clients would go on looking for them, each with all others.
      this.#adminIsStale = true
      await this.#reader.read(this.#topics.found)
      return
    }
    this.#lookedAt = asked
    this.#lookedWhen = when
    this.#told = false
    if (!this.#reached) this.#log('info', `Kafka at ${this.#options.brokers.join(',')} answers again`)
    this.#reached = true
    this.#said.clear()
    await this.#reader.read(this.#topics.found)
    this.#wake()
  }

  async #connect(): Promise<void> {
    const before = this.#admin
    const admin = this.#client(2).admin()
    try {
      await admin.connect()
    } catch (error) {
      await within(5000, admin.disconnect())
      throw error
    }
    this.#admin = admin
    this.#adminIsStale = false
    if (this.#stopping.signal.aborted) await within(5000, admin.disconnect())
    await within(5000, before?.disconnect())
  }

  async #findTopics(): Promise<void> {
    for (const topic of this.#topics.among(await this.#listTopics(), line => this.#log('info', line))) {
      // Its positions are checked before anything is read, so that nothing is silently left behind.
      await this.#askSettings(topic)
      await this.#begin(topic)
      await this.#lookAt(topic, true)
      this.#topics.add(topic)
    }
  }

  /** Asks for the settings of a topic. Where that may not be asked they stay unknown. */
  async #askSettings(topic: string): Promise<void> {
    assert(this.#admin, 'topics are asked about when connected')
    try {
      const { resources } = await this.#admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: TOPIC_SETTINGS }],
      })
      const settings = topicSettings(resources[0]?.configEntries ?? [])
      this.#settings.set(topic, settings)
      if (settings.stamps !== null) this.#stamps.push({ topic, by: settings.stamps })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log('info', `Kafka does not say how topic ${topic} is set up (${reason})`)
    }
  }

  /** Finds where the partitions of a topic begin that was never read. */
  async #begin(topic: string): Promise<void> {
    assert(this.#admin, 'topics begin when connected')
    const { positions, startAt = 'beginning' } = this.#options
    if (startAt === 'beginning') return
    for (const name of positions.keys()) if (name.replace(/\/\d+$/, '') === `kafka:${topic}`) return
    const offsets =
      startAt === 'end'
        ? (await this.#ranges(topic)).map(({ partition, high }) => ({ partition, offset: String(high) }))
        : await this.#admin.fetchTopicOffsetsByTimestamp(topic, startAt)
    for (const { partition, offset } of offsets) this.#adopt(topic, partition, BigInt(offset))
  }

  async #listTopics(): Promise<Set<string>> {
    assert(this.#admin, 'topics are looked for when connected')
    return new Set(await this.#admin.listTopics())
  }

  /** Asks where the partitions of a topic end, adopts those that are new, and stops it where its positions cannot be read any more. */
  async #lookAt(topic: string, patiently = false): Promise<void> {
    const ranges = await this.#ranges(topic)
    for (const { partition: number, low, high, read } of ranges) {
      const partition = this.#partitions.get(topic, number) ?? this.#adopt(topic, number, low)
      partition.low = low
      partition.end = high
      if (this.#halted.has(topic)) continue
      const stood = partition.read <= high ? partition.read : (read ?? partition.read)
      const wrong = outOfRange(topic, number, stood, low, high)
      if (wrong === null) partition.suspicions = 0
      else if (partition.read < low || ++partition.suspicions === SUSPICIONS) return this.#halt(wrong)
      else if (patiently) return sleep(LOOK_MS).then(() => this.#lookAt(topic, true))
    }
    const other = fewerPartitions(topic, ranges.length, this.#options.positions.values())
    if (other !== null) this.#halt(other)
  }

  /** Takes up a partition where the log says that it stands; one that was never read, at offset `start`. */
  #adopt(topic: string, number: number, start: bigint): Partition {
    const name = partitionName(topic, number)
    let position = this.#options.positions.get(name)
    if (position === undefined) this.#starts.push({ topic, partition: number, next: start })
    else if (position.behindGap && position.next < start) {
      position = { ...position, next: start }
      this.#gaps.push({ name, next: start, reason: 'retention' })
    }
    const partition = this.#partitions.add(topic, number, position, start)
    partition.low = start
    partition.stopped = this.#halted.has(topic)
    this.#reader.adopt(partition)
    return partition
  }

  async #ranges(topic: string): Promise<Range[]> {
    assert(this.#admin, 'ranges are asked for when connected')
    const before = this.#partitions.reads(topic)
    const offsets = await this.#admin.fetchTopicOffsets(topic)
    return offsets.map(({ partition, low, high }) => ({
      partition,
      low: BigInt(low),
      high: BigInt(high),
      read: before.get(partition),
    }))
  }

  // What others are told

  #report(): void {
    const { report, clock } = this.#options
    if (report === undefined) return
    this.#rate.add(clock.now(), this.#handed)
    report({
      at: this.#lookedWhen,
      reached: this.#reached,
      partitions: [...this.#partitions.all()].map(({ name, topic, number, low, end }) => ({
        ...{ name, topic, partition: number, low: Number(low), end: Number(end) },
      })),
      stopped: [...this.#halted.values()],
      awaited: this.#topics.awaited,
      retention: Object.fromEntries([...this.#settings].map(([topic, { retention }]) => [topic, retention])),
      rate: this.#rate.perSecond,
      lastError: this.#lastError,
    })
  }

  async #commitSoon(): Promise<void> {
    await sleep(LOOK_MS, undefined, { signal: this.#stopping.signal }).catch(() => {})
    this.#committing = null
    await this.#commit()
  }

  async #commit(): Promise<void> {
    const offsets = [...this.#toCommit.values()]
    this.#toCommit.clear()
    await this.#reader.commit(offsets)
  }
}
