import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { machineClock } from '../../src/base/clock.ts'
import { openDatabase } from '../../src/database/database.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import { MemoryDisk } from '../../src/store/memory-disk.ts'
import { sourceOf, whyNoKafka } from '../ingest/broker.ts'
import { heartwood, newFolder, type Service } from '../service.ts'
import { brokerDown } from './broker-down.ts'
import { kafkaWorld } from './kafka-world.ts'
import { order, ordersProject, reachedT, statusOf, until } from './orders.ts'

const missing = whyNoKafka('trouble with a real broker')

brokerDown(12_000)

describe.skipIf(missing !== null)('trouble with a real broker', () => {
  const world = kafkaWorld()
  const orders = (label: string, count: number) => Array.from({ length: count }, (_, i) => order(`${label}-${i}`))
  const offsetsOf = async (service: Service) =>
    (
      (await service.query({
        query: '[:find ?p ?o :where [?tx :tx/partition ?p] [?tx :tx/offset ?o]]',
      })) as [number, number][]
    )
      .map(([p, o]) => `${p}/${o}`)
      .sort()
  const all = (partitions: number, count: number) =>
    Array.from({ length: partitions }, (_, p) => Array.from({ length: count }, (_, o) => `${p}/${o}`))
      .flat()
      .sort()

  test('a zombie goes on where it was, and meanwhile nobody takes its folder', async () => {
    const { project } = ordersProject('trouble.zombie')
    const data = newFolder()
    await world.kafka.createTopic('trouble.zombie', 2)
    for (const partition of [0, 1]) await world.kafka.send('trouble.zombie', partition, orders(`a${partition}`, 500))
    const zombie = await world.start(data, project)
    await reachedT(zombie, 1000)
    zombie.process.kill('SIGSTOP')
    const began = performance.now()
    for (const partition of [0, 1]) await world.kafka.send('trouble.zombie', partition, orders(`b${partition}`, 500))
    const refused = heartwood(['serve', '--port', '0', '--data', data, '--project', project])
    expect(refused).toMatchObject({ status: 4 })
    expect(refused.stderr).toMatch(/is being written to by process \d+/)
    // longer than the group keeps the place of a member that says nothing
    await sleep(Math.max(0, 9000 - (performance.now() - began)))
    zombie.process.kill('SIGCONT')
    await reachedT(zombie, 2000)
    for (const partition of [0, 1]) await world.kafka.send('trouble.zombie', partition, orders(`c${partition}`, 500))
    await reachedT(zombie, 3000)
    expect(await offsetsOf(zombie)).toEqual(all(2, 1500))
    expect(await zombie.end('SIGTERM')).toBe(0)
  })

  test('a disk that is full holds up everything and loses nothing', async () => {
    const { project } = ordersProject('trouble.full')
    await world.kafka.createTopic('trouble.full', 4)
    for (let partition = 0; partition < 4; partition++)
      await world.kafka.send('trouble.full', partition, orders(`a${partition}`, 2000))
    const disk = new MemoryDisk()
    const database = await openDatabase({ data: 'data', project, clock: machineClock, readOnly: false, disk })
    const enough = new AbortController()
    const waits: (string | null)[] = []
    disk.faults.room = 20_000
    await ingest(
      database,
      sourceOf(world.kafka, ['trouble.full'], { positions: database.positions(), groupId: 'full' }),
      {
        signal: enough.signal,
        onWaiting(waiting) {
          waits.push(waiting?.kind ?? null)
          // nothing is visible that is not durable
          if (waiting) setTimeout(() => delete disk.faults.room, 1500)
        },
        onProgress: ({ applied }) => applied === 8000 && enough.abort(),
      },
    )
    expect(waits).toEqual(['disk-full', null])
    await database.close()
    const again = await openDatabase({ data: 'data', project, clock: machineClock, readOnly: true, disk })
    const places = again
      .transactions(1, 10_000, 10_000)
      .map(({ origin }) => ('offset' in origin ? `${origin.partition}/${origin.offset}` : ''))
      .sort()
    expect(places).toEqual(all(4, 2000))
    expect([...again.positions().values()].map(({ next }) => next)).toEqual([2000n, 2000n, 2000n, 2000n])
    await again.close()
  })

  test("partitions are added, and Kafka's own tool sees our positions", async () => {
    const { project } = ordersProject('trouble.wider')
    await world.kafka.createTopic('trouble.wider', 1)
    await world.kafka.send('trouble.wider', 0, orders('a', 100))
    const service = await world.start(newFolder(), project)
    await reachedT(service, 100)
    await world.kafka.admin.createPartitions({ topicPartitions: [{ topic: 'trouble.wider', count: 3 }] })
    await sleep(500)
    for (const partition of [1, 2])
      await world.kafka.sendAfresh('trouble.wider', partition, orders(`b${partition}`, 100))
    await reachedT(service, 300)
    expect(await offsetsOf(service)).toEqual(all(3, 100))
    await until(async () => (await statusOf(service)).sources.every(({ lag }) => lag === 0))
    const { store } = (await service.json('/status')) as { store: string }
    const lag = await until(async () => {
      const lines = world.kafka.broker.lagOf(`heartwood-${store}`).filter(({ topic }) => topic === 'trouble.wider')
      return lines.length === 3 && lines.every(({ committed }) => committed === 100) && lines
    }, 120_000)
    expect(lag.map(({ partition, end, lag }) => [partition, end, lag]).sort()).toEqual([
      [0, 100, 0],
      [1, 100, 0],
      [2, 100, 0],
    ])
    await service.end('SIGTERM')
  })
})
