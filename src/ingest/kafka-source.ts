import { createRequire } from 'node:module'
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type Consumer, type EachBatchPayload, type Kafka, type PartitionAssigner } from 'kafkajs'
import { assert } from '../base/assert.ts'
import type { Clock } from '../base/clock.ts'
import { FactError } from '../base/error.ts'
import { lz4, snappy, zstd } from './kafka-codec.ts'
import { fewerPartitions, gaveUp, outOfRange, type Range } from './kafka-fault.ts'
import { type Partition, partitionName } from './kafka-partition.ts'
import { Partitions } from './kafka-partitions.ts'
import { calmRequestQueue } from './kafka-request-queue.ts'
import { TIMESTAMP_TYPE, Topics, whoStamps } from './kafka-topics.ts'
import type { Batch, Position, Source } from './source.ts'
import { within } from './within.ts'

export interface KafkaSourceOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[]
  /** All of their partitions are read. A topic that does not exist yet is waited for. */
  readonly topics: readonly string[]
  /** `heartwood-<store id>.<branch>` */
  readonly groupId: string
  /** Where the log says that each partition stands, by `Position.name`. A partition without one is read from its beginning. */
  readonly positions: ReadonlyMap<string, Position>
  readonly clock: Clock
  readonly log?: (level: 'info' | 'warn', line: string) => void
}

/**
 * The records of Kafka topics, committed transactions only, all partitions merged by `known` (store rule 3).
 *
 * Positions are the log's: what a consumer group remembers is never read, only written, for dashboards that show lag.
 * Brokers that cannot be reached are tried again for ever; `batches` throws a `FactError` of kind `unavailable` where a
 * position can no longer be read (retention, a topic made anew or deleted) or the client gave up for good.
 * While nothing happens, an empty batch that is caught up comes once a second.
 */
export function kafkaSource(options: KafkaSourceOptions): Source {
  assert(options.brokers.length > 0, 'a Kafka source has brokers')
  return new KafkaSource(options)
}

/** A client that tries `retries` times to reach a broker (`host:port`) before it says that it cannot, and writes nothing to the terminal. */
export function kafkaClient(brokers: readonly string[], retries: number, log: (line: string) => void): Kafka {
  return new kafkajs.Kafka({
    clientId: 'heartwood',
    brokers: [...brokers],
    connectionTimeout: 3000,
    retry: { retries, initialRetryTime: 200, maxRetryTime: 5000 },
    logLevel: kafkajs.logLevel.ERROR,
    // A refusal of one request is tried again or thrown; its line helps nobody.
    logCreator:
      () =>
      ({ log: { message } }) =>
        message.startsWith('Response ') || log(message),
  })
}

type Stamps = NonNullable<Batch['stamps']>[number]

/** Milliseconds between two questions for where the partitions end. */
const LOOK_MS = 1000
/** Questions between two looks for topics that do not exist yet. */
const LOOKS_FOR_TOPICS = 3
/** An answer older than this no longer proves that a source was read to its end: time marks lie 2 s back (store rule 5). */
const FRESH_MS = 1500
/** A partition that ends before what was read is asked this often before that is believed: a broker that has just started may not know better. */
const SUSPICIONS = 3

class KafkaSource implements Source {
  readonly #options: KafkaSourceOptions
  readonly #log: (level: 'info' | 'warn', line: string) => void
  readonly #partitions = new Partitions()
  readonly #stopping = new AbortController()
  #admin: Admin | null = null
  /** Whether the admin client has heard of a partition that it does not know. */
  #adminIsStale = false
  #consumer: Consumer | null = null
  /** How many of `topics` the consumer reads. */
  #subscribed = 0
  readonly #topics: Topics
  /** Lines of the client since the brokers answered last. */
  readonly #said = new Set<string>()
  /** Whether the brokers answered when they were asked last. */
  #reached = true
  #looks = 0
  /** When the last complete answer to where the partitions end was asked for. */
  #lookedAt = Number.NEGATIVE_INFINITY
  /** Whether a caught-up batch has been told since. */
  #told = false
  /** Whose clock the timestamps of topics are, where nobody was told yet. */
  readonly #stamps: Stamps[] = []
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
  }

  /** Passes on what the client logs, each line once while the brokers do not answer. */
  #pass(message: string): void {
    if (this.#said.has(message)) return
    this.#said.add(message)
    this.#log('warn', `Kafka client: ${message}`)
  }

  #client(retries: number): Kafka {
    return kafkaClient(this.#options.brokers, retries, message => this.#pass(message))
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
    this.#committing ??= this.#commitSoon()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await within(1000, this.#commit())
    await within(10_000, this.#consumer?.disconnect())
    await within(5000, this.#admin?.disconnect())
    await within(5000, this.#watching)
  }

  // What is handed out

  #next(): Batch | null {
    const { records, positions, atEnd } = this.#partitions.take()
    for (const partition of this.#partitions.drained()) this.#pause(partition, false)
    const caughtUp = atEnd && performance.now() - this.#lookedAt < FRESH_MS
    const stamps = this.#stamps.splice(0)
    const nothing = records.length === 0 && positions.length === 0 && stamps.length === 0
    if (nothing && (!caughtUp || this.#told)) return null
    this.#told = caughtUp
    return { records, positions, caughtUp, stamps }
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

  // What is read

  /** Tells Kafka to send no more of a partition, or more again. Where no consumer runs just now, its next join does. */
  #pause(partition: Partition, paused: boolean): void {
    partition.paused = paused
    const which = [{ topic: partition.topic, partitions: [partition.number] }]
    try {
      if (paused) this.#consumer?.pause(which)
      else this.#consumer?.resume(which)
    } catch {
      // Not running just now.
    }
  }

  async #consume(topics: readonly string[]): Promise<void> {
    const before = this.#consumer
    this.#consumer = null
    await within(10_000, before?.disconnect())
    if (this.#stopping.signal.aborted) return
    const consumer = this.#client(8).consumer({
      groupId: this.#options.groupId,
      partitionAssigners: [everythingToEveryMember],
      // A process that was killed keeps its place in the group for this long, and the next one waits for it.
      sessionTimeout: 6000,
      heartbeatInterval: 1000,
      rebalanceTimeout: 15_000,
      metadataMaxAge: 10_000,
      maxWaitTimeInMs: 250,
      maxBytesPerPartition: 256 << 10,
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
      if (this.#consumer !== consumer || this.#stopping.signal.aborted) return
      if (payload.restart) this.#log('warn', `Kafka cannot be read just now (${payload.error.message}); trying again`)
      else this.#fail(gaveUp(payload.error))
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...topics], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async batch => {
          if (this.#consumer === consumer) await this.#read(batch)
        },
      })
    } catch (error) {
      this.#consumer = null
      await within(5000, consumer.disconnect())
      throw error
    }
    this.#subscribed = topics.length
    if (this.#stopping.signal.aborted) await within(10_000, consumer.disconnect())
  }

  /** The client forgets positions and pauses at every join, so they are given to it here, before it fetches anything. */
  #joined(consumer: Consumer, assignment: Readonly<Record<string, number[]>>): void {
    try {
      for (const [topic, numbers] of Object.entries(assignment))
        for (const number of numbers) {
          const partition = this.#partitions.get(topic, number)
          // One without a position was added to its topic a moment ago; the next look learns where it begins.
          if (partition === undefined) this.#adminIsStale = true
          else {
            consumer.seek({ topic, partition: number, offset: String(partition.read) })
            partition.waited = 0
          }
          if (partition === undefined || partition.paused) consumer.pause([{ topic, partitions: [number] }])
        }
    } catch {
      // Thrown only by a consumer that is ending: it fetches nothing. An error from here would keep it from starting again.
    }
  }

  async #read({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const partition = this.#partitions.get(batch.topic, batch.partition)
    const first = batch.firstOffset()
    if (partition === undefined || first === null || !isRunning() || isStale()) return
    // The client starts anywhere else only after a gap in a compacted topic, or because the position was out of range,
    // which it does not tell.
    if (BigInt(first) !== partition.read && !(await this.#readable(partition))) return
    if (!isRunning() || isStale()) return
    partition.add(batch.messages, BigInt(batch.lastOffset()) + 1n, this.#options.clock.now())
    resolveOffset(batch.lastOffset())
    if (this.#partitions.full(partition)) this.#pause(partition, true)
    this.#wake()
  }

  /** What a fetch brought was only markers, or aborted: nothing to read, but the position moves. */
  #passed(batch: { topic: string; partition: number; firstOffset: string | null; lastOffset: string }): void {
    const partition = this.#partitions.get(batch.topic, batch.partition)
    if (partition === undefined || batch.lastOffset === null) return
    const next = BigInt(batch.lastOffset) + 1n
    const move = () => {
      partition.moveTo(next)
      this.#wake()
    }
    if (batch.firstOffset === null || BigInt(batch.firstOffset) === partition.read) move()
    else
      this.#readable(partition).then(
        readable => readable && move(),
        // The next batch starts where this one ended, and asks again.
        () => {},
      )
  }

  /** Whether the position of a partition still lies in what Kafka holds of it; fails the source where not. */
  async #readable(partition: Partition): Promise<boolean> {
    for (let suspicions = 1; ; suspicions++) {
      const ranges = await this.#ranges(partition.topic)
      const range = ranges.find(({ partition: number }) => number === partition.number)
      if (range?.read === undefined) return false
      const wrong = outOfRange(partition.topic, partition.number, range.read, range.low, range.high)
      if (wrong === null) return true
      if (range.read < range.low || suspicions === SUSPICIONS) {
        this.#fail(wrong)
        return false
      }
      await sleep(LOOK_MS)
    }
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
          this.#log('warn', `Kafka at ${this.#options.brokers.join(',')} does not answer (${reason}); trying again`)
        this.#reached = false
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    if (this.#admin === null || this.#adminIsStale) await this.#connect()
    if (this.#topics.awaited && this.#looks++ % LOOKS_FOR_TOPICS === 0) await this.#findTopics()
    const { found } = this.#topics
    const asked = performance.now()
    try {
      await Promise.all(found.map(topic => this.#lookAt(topic)))
    } catch (error) {
      throw this.#topics.gone(await this.#listTopics()) ?? error
    }
    this.#lookedAt = asked
    this.#told = false
    if (!this.#reached) this.#log('info', `Kafka at ${this.#options.brokers.join(',')} answers again`)
    this.#reached = true
    this.#said.clear()
    if (found.length > 0 && (this.#consumer === null || this.#subscribed < found.length)) await this.#consume(found)
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
      await this.#lookAt(topic, true)
      await this.#askWhoStamps(topic)
      this.#topics.add(topic)
    }
  }

  /** Asks whose clock the timestamps of a topic are. Where that may not be asked it stays unknown. */
  async #askWhoStamps(topic: string): Promise<void> {
    assert(this.#admin, 'topics are asked about when connected')
    try {
      const { resources } = await this.#admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [TIMESTAMP_TYPE] }],
      })
      const by = whoStamps(resources[0]?.configEntries ?? [])
      if (by !== null) this.#stamps.push({ topic, by })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log('info', `Kafka does not say whose the timestamps of topic ${topic} are (${reason})`)
    }
  }

  async #listTopics(): Promise<Set<string>> {
    assert(this.#admin, 'topics are looked for when connected')
    return new Set(await this.#admin.listTopics())
  }

  /** Asks where the partitions of a topic end, adopts those that are new, and makes sure that all positions can still be read. */
  async #lookAt(topic: string, patiently = false): Promise<void> {
    const ranges = await this.#ranges(topic)
    for (const { partition: number, low, high, read } of ranges) {
      const partition = this.#partitions.get(topic, number) ?? this.#adopt(topic, number, low)
      partition.end = high
      const stood = partition.read <= high ? partition.read : (read ?? partition.read)
      const wrong = outOfRange(topic, number, stood, low, high)
      if (wrong === null) partition.suspicions = 0
      else if (partition.read < low || ++partition.suspicions === SUSPICIONS) throw wrong
      else if (patiently) return sleep(LOOK_MS).then(() => this.#lookAt(topic, true))
    }
    const other = fewerPartitions(topic, ranges.length, this.#options.positions.values())
    if (other !== null) throw other
  }

  #adopt(topic: string, number: number, low: bigint): Partition {
    const partition = this.#partitions.add(
      topic,
      number,
      this.#options.positions.get(partitionName(topic, number)),
      low,
    )
    try {
      // A consumer that has met it before has paused it.
      this.#consumer?.seek({ topic, partition: number, offset: String(partition.read) })
      this.#consumer?.resume([{ topic, partitions: [number] }])
    } catch {
      // Not running just now: its next join seeks.
    }
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

  // What Kafka is told, for dashboards

  async #commitSoon(): Promise<void> {
    await sleep(LOOK_MS, undefined, { signal: this.#stopping.signal }).catch(() => {})
    this.#committing = null
    await this.#commit()
  }

  async #commit(): Promise<void> {
    const offsets = [...this.#toCommit.values()]
    this.#toCommit.clear()
    if (offsets.length === 0 || this.#consumer === null) return
    await this.#consumer.commitOffsets(offsets).catch(() => {})
  }
}

/** Kafka only knows the group for its dashboards, so a member that is about to be expelled cannot take partitions from the one that lives. */
const everythingToEveryMember: PartitionAssigner = ({ cluster }) => ({
  name: 'heartwood-everything',
  version: 1,
  protocol({ topics }) {
    const metadata = kafkajs.AssignerProtocol.MemberMetadata.encode({
      version: this.version,
      topics,
      userData: Buffer.alloc(0),
    })
    return { name: this.name, metadata }
  },
  async assign({ members, topics }) {
    const assignment = Object.fromEntries(
      topics.map(topic => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)]),
    )
    const memberAssignment = kafkajs.AssignerProtocol.MemberAssignment.encode({
      version: this.version,
      assignment,
      userData: Buffer.alloc(0),
    })
    return members.map(({ memberId }) => ({ memberId, memberAssignment }))
  },
})

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = snappy
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = lz4
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = zstd

const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { prototype: object }
calmRequestQueue(queue.prototype)
