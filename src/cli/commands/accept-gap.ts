import type { Command } from 'commander'
import type { AcceptedGap } from '../../serve/route.ts'
import { acceptGapRoute } from '../../serve/routes/accept-gap.ts'
import { liveHolder } from '../../store/lock.ts'
import type { Asked } from '../asking.ts'
import { EnvCommand } from '../env-command.ts'
import { NO } from '../exit.ts'
import { type KafkaOptions, reachingKafka, requiredConnection } from '../kafka-options.ts'
import { counted } from '../output.ts'
import { placeOf, reading } from '../setting.ts'
import { gapsAccepted } from '../writer/gap-work.ts'
import { writing } from '../writing.ts'

/** `heartwood accept-gap TOPIC` */
export const acceptGapCommand = (): Command =>
  reachingKafka(reading(new EnvCommand('accept-gap')), 'the brokers; a running service knows its own')
    .description('go on with a Kafka topic whose events can no longer be read on from where they were read last')
    .argument('<topic>')
    .action(async (topic: string, options: KafkaOptions & Asked) => {
      const served = options.url !== undefined || liveHolder(placeOf(options).data)?.collect !== undefined
      const connection = served ? null : requiredConnection(options)
      const { gaps } = await writing<{ readonly gaps: readonly AcceptedGap[] }>(
        options,
        async database => ({
          gaps: await gapsAccepted(database, topic, connection ?? requiredConnection(options)),
        }),
        { route: acceptGapRoute, body: { type: 'application/json', text: JSON.stringify({ topic }) } },
      )
      for (const { from, to, reason, detail } of gaps)
        console.log(`${detail}\n  accepted: it goes on at offset ${to}, after ${from} (${reason})`)
      console.log(
        gaps.length > 0
          ? `${counted(gaps.length, 'gap')} accepted, and noted in the log for ever; ${served ? 'the service goes on' : 'start the service again'}`
          : `nothing is missing of ${topic}: it goes on where it was read last`,
      )
      if (gaps.length === 0) process.exitCode = NO
    })
