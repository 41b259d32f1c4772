import { throughKafka } from './through-kafka.ts'

/** Seeds where in the stream the service is killed. */
throughKafka(
  { events: 60_000, partitions: 8, kills: 6, restarts: 2 },
  Number(process.env['HEARTWOOD_SEED'] ?? 20_101_201),
)
