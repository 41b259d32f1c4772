import type { Command } from 'commander'
import { machineClock } from '../../base/clock.ts'
import { openDatabase } from '../../database/database.ts'
import { findGaps } from '../../ingest/kafka-gaps.ts'
import { EnvCommand } from '../env-command.ts'
import { NO } from '../exit.ts'
import { type KafkaOptions, reachingKafka, requiredConnection } from '../kafka-options.ts'
import { counted } from '../output.ts'
import { dataOption, placeOf, projectOption } from '../setting.ts'

/** `heartwood accept-gap TOPIC` */
export const acceptGapCommand = (): Command =>
  reachingKafka(new EnvCommand('accept-gap'), 'the brokers')
    .description('go on with a Kafka topic whose events can no longer be read on from where they were read last')
    .argument('<topic>')
    .addOption(dataOption())
    .addOption(projectOption())
    .action(async (topic: string, options: KafkaOptions & { data: string; project?: string }) => {
      const connection = requiredConnection(options)
      const database = await openDatabase({ ...placeOf(options), clock: machineClock, readOnly: false })
      try {
        const groupId = `heartwood-${database.storeName}-gaps`
        const gaps = await findGaps(connection, groupId, topic, database.positions())
        for (const { name, from, next, reason, detail } of gaps) {
          database.acceptGap(name, next, reason)
          console.log(`${detail.split('. ')[0]}.\n  accepted: it goes on at offset ${next}, after ${from} (${reason})`)
        }
        await database.commit()
        console.log(
          gaps.length > 0
            ? `${counted(gaps.length, 'gap')} accepted, and noted in the log for ever; start the service again`
            : `nothing is missing of ${topic}: it goes on where it was read last`,
        )
        if (gaps.length === 0) process.exitCode = NO
      } finally {
        await database.close()
      }
    })
