import type { WritableDatabase } from '../../database/database.ts'
import type { KafkaConnection } from '../../ingest/kafka-client.ts'
import type { AcceptedGap } from '../../serve/route.ts'

/**
 * Goes on with a Kafka topic whose events can no longer be read on from where they were read last, and notes for ever what is missing. Nothing
 * of it may be read meanwhile. Gives what was missing. Throws `not-found` for a topic that is not there, `unavailable` without brokers.
 */
export async function gapsAccepted(
  database: WritableDatabase,
  topic: string,
  connection: KafkaConnection,
): Promise<AcceptedGap[]> {
  // the client of Kafka is large, and most commands never need it
  const { findGaps } = await import('../../ingest/kafka-gaps.ts')
  const gaps = await findGaps(connection, `heartwood-${database.storeName}-gaps`, topic, database.positions())
  for (const { name, next, reason } of gaps) database.acceptGap(name, next, reason)
  await database.commit()
  return gaps.map(({ name, from, next, reason, detail }) => ({
    ...{ source: name, from: Number(from), to: Number(next), reason },
    detail: `${detail.split('. ')[0].replace(/\.$/, '')}.`,
  }))
}
