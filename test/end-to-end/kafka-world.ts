import { afterAll, beforeAll } from 'vitest'
import { type TestKafka, testKafka } from '../ingest/broker.ts'
import { removeFolders, type Service, startService } from '../service.ts'

export interface KafkaWorld {
  readonly kafka: TestKafka
  /** A service that reads from the broker, with further options. */
  start(data: string, project: string, ...more: string[]): Promise<Service>
}

/** A broker of its own for the tests of a block, and services beside it; all of them are gone afterwards. */
export function kafkaWorld(): KafkaWorld {
  const services: Service[] = []
  const world: { kafka?: TestKafka } & Pick<KafkaWorld, 'start'> = {
    async start(data, project, ...more) {
      const at = ['--data', data, '--project', project, '--kafka', world.kafka!.broker.address]
      const service = await startService([...at, ...more])
      services.push(service)
      return service
    },
  }
  beforeAll(async () => {
    world.kafka = await testKafka()
  })
  afterAll(async () => {
    for (const service of services) await service.end('SIGKILL')
    await world.kafka?.close()
    removeFolders()
  })
  return world as KafkaWorld
}
