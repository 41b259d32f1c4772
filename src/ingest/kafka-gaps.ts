import { FactError } from '../base/error.ts'
import { recordChecksum } from '../store/record-checksum.ts'
import { type KafkaConnection, kafkaClient, TOPIC_RESOURCE } from './kafka-client.ts'
import { anotherRecord, fewerPartitions, outOfRange, unanswered } from './kafka-fault.ts'
import { readRecords } from './kafka-records.ts'
import { TOPIC_SETTINGS, topicSettings } from './kafka-topics.ts'
import type { Gap, Position } from './source.ts'
import { within } from './within.ts'

/** What can no longer be read of one partition. */
export interface FoundGap extends Gap {
  /** Where it stood. */
  readonly from: bigint
  /** A sentence about it. */
  readonly detail: string
}

/**
 * What a Kafka source would stop a topic for: the partitions that can no longer be read on from their positions, and where they can.
 * Throws `not-found` where there is no such topic now or was none, `unavailable` where the brokers do not answer.
 */
export async function findGaps(
  connection: KafkaConnection,
  groupId: string,
  topic: string,
  positions: ReadonlyMap<string, Position>,
): Promise<FoundGap[]> {
  const admin = kafkaClient(connection, 4, () => {}).admin()
  try {
    await admin.connect()
    const stands = partitionsOf(topic, positions)
    if (stands.length === 0) throw new FactError('not-found', `nothing was ever read of a Kafka topic ${topic}`)
    if (!(await admin.listTopics()).includes(topic))
      throw new FactError('not-found', `Kafka has no topic ${topic} now, so there is nothing to go on with`)
    const ranges = await admin.fetchTopicOffsets(topic)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: TOPIC_SETTINGS }],
    })
    const { compacted } = topicSettings(resources[0]?.configEntries ?? [])
    const read = await readRecords(
      connection,
      groupId,
      stands.flatMap(({ partition, position: { last } }) => (last ? [{ topic, partition, offset: last.offset }] : [])),
    )
    const gaps: FoundGap[] = []
    const unsure: FoundGap[] = []
    for (const { partition, position } of stands) {
      const { name, next, last } = position
      const range = ranges.find(({ partition: number }) => number === partition)
      const low = BigInt(range?.low ?? 0)
      const high = BigInt(range?.high ?? 0)
      const record = last ? read.get(`${topic}/${partition}/${last.offset}`) : undefined
      const found = record && last ? { ...last, timestamp: record.timestamp, checksum: recordChecksum(record) } : null
      const same = found !== null && found.timestamp === last!.timestamp && found.checksum === last!.checksum
      const gone = found === null && last && last.offset >= low && !compacted
      const wrong =
        (range ? null : fewerPartitions(topic, ranges.length, [position])) ??
        outOfRange(topic, partition, next, low, high) ??
        (last && (gone || (found !== null && !same)) ? anotherRecord(topic, partition, last, found) : null)
      const gap = { name, from: next, next: low }
      if (wrong !== null) gaps.push({ ...gap, reason: wrong.reason, detail: wrong.detail })
      else if (!same && next > 0n)
        unsure.push({ ...gap, reason: 'topic-replaced', detail: `Partition ${partition} begins anew with its topic.` })
    }
    // a topic is replaced with all of its partitions; those whose last record still stands where it stood only lost nothing
    return gaps.some(({ reason }) => reason === 'topic-replaced') ? [...gaps, ...unsure] : gaps
  } catch (error) {
    throw unanswered(connection.brokers, error)
  } finally {
    await within(5000, admin.disconnect())
  }
}

function partitionsOf(topic: string, positions: ReadonlyMap<string, Position>) {
  return [...positions.values()].flatMap(position => {
    const [, of, number] = /^kafka:(.*)\/(\d+)$/.exec(position.name) ?? []
    return of === topic ? [{ partition: Number(number), position }] : []
  })
}
