import { FactError } from '../base/error.ts'
import type { LastRead } from './source.ts'

/** Why nothing more is read of a topic. */
export type StopReason = 'retention' | 'topic-replaced' | 'deleted' | 'refusals'

/** A topic of which nothing more is read until somebody has looked; the others go on. Plain data. */
export interface StoppedTopic {
  readonly topic: string
  readonly reason: StopReason
  /** A sentence that says what is wrong, where, and what to do. */
  readonly detail: string
}

/** What Kafka holds of a partition. */
export interface Range {
  readonly partition: number
  readonly low: bigint
  /** The last stable offset: nothing from here on is committed yet. */
  readonly high: bigint
  /** How far the partition had been read when this was asked; what was read meanwhile may lie beyond `high`. */
  readonly read: bigint | undefined
}

const place = (topic: string, partition: number): string => `Partition ${partition} of Kafka topic ${topic}`

const accept = (topic: string): string =>
  `Nothing was skipped. The topic is not read until this gap is accepted: stop the service, then heartwood accept-gap ${topic}`

/**
 * Says what is wrong where `next` cannot be read from a partition that holds `low` up to `high`.
 * Neither can be mended by waiting: what is missing was deleted.
 */
export function outOfRange(
  topic: string,
  partition: number,
  next: bigint,
  low: bigint,
  high: bigint,
): StoppedTopic | null {
  if (next < low)
    return {
      topic,
      reason: 'retention',
      detail:
        `${place(topic, partition)} was read up to offset ${next}, but its retention has deleted everything before ` +
        `offset ${low}: ${low - next} offsets can no longer be read. ${accept(topic)}`,
    }
  if (next > high)
    return {
      topic,
      reason: 'topic-replaced',
      detail:
        `${place(topic, partition)} was read up to offset ${next}, but now ends at offset ${high}: the topic was deleted ` +
        `and created again, or its brokers lost data. ${accept(topic)}`,
    }
  return null
}

/** Partitions are never taken from a topic: a position in one that it does not have means that the topic is another one. */
export function fewerPartitions(
  topic: string,
  count: number,
  positions: Iterable<{ readonly name: string; readonly next: bigint }>,
): StoppedTopic | null {
  for (const { name, next } of positions) {
    const [, of, number] = /^kafka:(.*)\/(\d+)$/.exec(name) ?? []
    if (of === topic && Number(number) >= count && next > 0n) return outOfRange(topic, Number(number), next, 0n, 0n)
  }
  return null
}

/** The record that was read last is another one now, or gone although nothing may have deleted it: `found` stands in its place. */
export function anotherRecord(topic: string, partition: number, last: LastRead, found: LastRead | null): StoppedTopic {
  const now = found === null ? 'is gone' : `is another one, of ${new Date(found.timestamp).toISOString()}`
  return {
    topic,
    reason: 'topic-replaced',
    detail:
      `${place(topic, partition)} was read up to offset ${last.offset}, but the record of ` +
      `${new Date(last.timestamp).toISOString()} that stood there ${now}: the topic was deleted and created again, or its ` +
      `brokers lost data. ${accept(topic)}`,
  }
}

/** The topic is there no more. */
export const deletedTopic = (topic: string): StoppedTopic => ({
  topic,
  reason: 'deleted',
  detail:
    `Kafka topic ${topic} was deleted while it was being read. What was read of it is kept, and the others go on; start ` +
    'again to wait for it.',
})

/** So much of a topic was refused that somebody should look first. */
export const tooManyRefused = (topic: string, refused: number, of: number): StoppedTopic => ({
  topic,
  reason: 'refusals',
  detail:
    `${refused} of the last ${of} events of Kafka topic ${topic} were refused, which is more than is allowed: see heartwood ` +
    'dead-letters. The topic is not read until the service is started again; the others go on.',
})

/** The client ended and will not start again: words that tell why, the client's own error as `cause`. */
export function gaveUp(error: Error): FactError {
  const words = new FactError(
    'unavailable',
    `The Kafka client gave up: ${error.message}. Nothing more is read until this is mended and Heartwood started again.`,
  )
  words.cause = error
  return words
}

/** What was thrown while brokers were asked: ours as it is, and theirs in words. */
export function unanswered(brokers: readonly string[], error: unknown): FactError {
  if (error instanceof FactError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new FactError('unavailable', `Kafka at ${brokers.join(',')} does not answer: ${reason}`)
}
