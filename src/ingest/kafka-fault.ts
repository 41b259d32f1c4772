import { FactError } from '../base/error.ts'
import type { Position } from './source.ts'

/** What Kafka holds of a partition. */
export interface Range {
  readonly partition: number
  readonly low: bigint
  /** The last stable offset: nothing from here on is committed yet. */
  readonly high: bigint
  /** How far the partition had been read when this was asked; what was read meanwhile may lie beyond `high`. */
  readonly read: bigint | undefined
}

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
): FactError | null {
  const place = `Partition ${partition} of Kafka topic ${topic}`
  if (next < low)
    return new FactError(
      'unavailable',
      `${place} was read up to offset ${next}, but its retention has deleted everything before offset ${low}: ` +
        `${low - next} offsets can no longer be read. Nothing was skipped; reading stops until this gap is accepted.`,
    )
  if (next > high)
    return new FactError(
      'unavailable',
      `${place} was read up to offset ${next}, but now ends at offset ${high}: the topic was deleted and created again, ` +
        'or its brokers lost data. Nothing was read from the new one; reading stops until this gap is accepted.',
    )
  return null
}

/** Partitions are never taken from a topic: a position in one that it does not have means that the topic is another one. */
export function fewerPartitions(topic: string, count: number, positions: Iterable<Position>): FactError | null {
  for (const { name, next } of positions) {
    const [, of, number] = /^kafka:(.*)\/(\d+)$/.exec(name) ?? []
    if (of === topic && Number(number) >= count && next > 0n) return outOfRange(topic, Number(number), next, 0n, 0n)
  }
  return null
}

/** The client ended and will not start again: words that tell why, the client's own error as `cause`. */
export function gaveUp(error: Error): FactError {
  const words = new FactError(
    'unavailable',
    `The Kafka client gave up: ${error.message}. Nothing more is read until this is mended and Heartwood started again.`,
  )
  words.cause = error
  return words
}
