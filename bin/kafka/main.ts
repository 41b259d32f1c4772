import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kafkaClient } from '../../src/ingest/kafka-client.ts'
import { liveEvents, SAMPLE_TOPICS } from '../../src/sample/bank.ts'
import { type Broker, findKafka, kafkaFolder, startBroker } from './broker.ts'
import { createTopics, produce } from './live.ts'

const USAGE = `npm run kafka [-- --port 9092] [--topic NAME …]

Starts a real Apache Kafka on this machine and goes on producing the sample's events in real time,
where the sample's file ends. --topic creates further topics. It keeps its data in .kafka/data.`

function wrongUse(words: string): never {
  console.error(`${words}\n\n${USAGE}`)
  process.exit(2)
}

function options(): { port: number; topics: string[] } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '9092' },
        topic: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      wrongUse(`--port must be from 1 to 65535, not ${values.port}.`)
    return { port, topics: values.topic }
  } catch (error) {
    return wrongUse((error as Error).message)
  }
}

/** Every fifth of a second at most, and only for a person. */
function counter(): (count: number) => void {
  let shown = 0
  return count => {
    if (!process.stderr.isTTY || performance.now() - shown < 200) return
    shown = performance.now()
    process.stderr.write(`\r${count.toLocaleString('en')} events produced`)
  }
}

async function main(): Promise<void> {
  const { port, topics } = options()
  const kafka = findKafka()
  if (!kafka.found) throw new Error(kafka.missing)

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  const folder = join(kafkaFolder, 'data')
  console.log('Starting Apache Kafka …')
  const broker: Broker = await startBroker({ port, folder, log: console.log })
  try {
    const client = kafkaClient({ brokers: [broker.address] }, 10, line => !stop.signal.aborted && console.error(line))
    await createTopics(client, [...SAMPLE_TOPICS, ...topics])
    console.log(`Kafka serves at ${broker.address}; topics: ${[...SAMPLE_TOPICS, ...topics].join(', ')}
The bank of the sample goes on where its file ends, in real time. Watch its events arrive:

  npx heartwood serve --kafka ${broker.address}

Ctrl-C stops producer and broker.`)
    await produce(client, liveEvents(Date.now()), stop.signal, counter())
  } finally {
    console.log('\nStopping …')
    await broker.close()
  }
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 4
})
