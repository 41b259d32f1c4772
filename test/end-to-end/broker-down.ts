import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { whyNoKafka } from '../ingest/broker.ts'
import { newFolder } from '../service.ts'
import { kafkaWorld } from './kafka-world.ts'
import { order, ordersProject, reachedT, until } from './orders.ts'

/** A broker is killed, stays away for so many milliseconds, and comes back. */
export function brokerDown(ms: number): void {
  const missing = whyNoKafka('a broker that is down')
  describe.skipIf(missing !== null)(`a broker that is down for ${ms / 1000} s`, () => {
    const world = kafkaWorld()
    const orders = (label: string, count: number) => Array.from({ length: count }, (_, i) => order(`${label}-${i}`))

    test('is waited for, and said to be away', async () => {
      const { project } = ordersProject('trouble.down')
      await world.kafka.createTopic('trouble.down', 2)
      for (const partition of [0, 1]) await world.kafka.send('trouble.down', partition, orders(`a${partition}`, 100))
      const service = await world.start(newFolder(), project)
      await reachedT(service, 200)
      await world.kafka.broker.kill()
      await until(async () => !((await service.json('/status'))['kafka'] as { reached: boolean }).reached)
      const metrics = await (await fetch(`${service.url}/metrics`)).text()
      expect(metrics).toContain('heartwood_kafka_reached 0')
      await sleep(ms)
      await world.kafka.broker.start()
      for (const partition of [0, 1]) await world.kafka.send('trouble.down', partition, orders(`b${partition}`, 100))
      await reachedT(service, 400)
      const places = (await service.query({
        query: '[:find ?p ?o :where [?tx :tx/partition ?p] [?tx :tx/offset ?o]]',
      })) as [number, number][]
      expect(new Set(places.map(([p, o]) => `${p}/${o}`)).size).toBe(400)
      await until(async () => ((await service.json('/status'))['kafka'] as { reached: boolean }).reached)
      await service.end('SIGTERM')
    })
  })
}
