import { brokerDown } from './broker-down.ts'
import { throughKafka } from './through-kafka.ts'

/** Seeds where in the stream the service is killed. */
const seed = Number(process.env['HEARTWOOD_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

throughKafka({ events: 1_000_000, partitions: 8, kills: 30, restarts: 6 }, seed)
brokerDown(120_000)
