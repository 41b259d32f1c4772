import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { whyNoKafka } from '../ingest/broker.ts'
import { heartwood, newFolder, type Service } from '../service.ts'
import { kafkaWorld } from './kafka-world.ts'
import { order, ordersProject, reachedT, stateOf, statusOf, until } from './orders.ts'

const missing = whyNoKafka('gaps in Kafka topics')

describe.skipIf(missing !== null)('a topic that cannot be read on', () => {
  const world = kafkaWorld()
  const orders = (label: string, count: number) => Array.from({ length: count }, (_, i) => order(`${label}-${i}`))
  const idsOf = async (service: Service) =>
    ((await service.query({ query: '[:find [?id ...] :where [_ :order/id ?id]]' })) as string[]).sort()

  test('made anew and grown past our position: it stops, the other goes on, and accept-gap lets it continue for ever', async () => {
    const { project } = ordersProject('gap.anew', 'gap.beside')
    const data = newFolder()
    await world.kafka.createTopic('gap.anew', 2)
    await world.kafka.createTopic('gap.beside', 1)
    for (const partition of [0, 1]) await world.kafka.sendAfresh('gap.anew', partition, orders(`old-${partition}`, 10))
    await world.kafka.send('gap.beside', 0, orders('beside', 5))
    let service = await world.start(data, project)
    await reachedT(service, 25)
    await until(async () => (await statusOf(service)).sources.every(({ end, lag }) => end > 0 && lag === 0))
    await service.end('SIGTERM')

    await world.kafka.admin.deleteTopics({ topics: ['gap.anew'] })
    await sleep(1000)
    await world.kafka.createTopic('gap.anew', 2)
    for (const partition of [0, 1]) await world.kafka.sendAfresh('gap.anew', partition, orders(`new-${partition}`, 20))
    await world.kafka.send('gap.beside', 0, orders('later', 5))
    service = await world.start(data, project)
    await reachedT(service, 30)
    await until(async () => (await stateOf(service, 'gap.anew')) === 'topic-replaced')
    expect(await stateOf(service, 'gap.beside')).toBe('reading')
    // others are ready, and what is known stays readable
    await until(async () => (await fetch(`${service.url}/ready`)).ok)
    expect((await idsOf(service)).some(id => id.startsWith('new'))).toBe(false)
    const shown = heartwood(['status', '--data', data]).stdout
    expect(shown).toMatch(
      /gap\.anew is stopped \(topic-replaced\): Partition \d of Kafka topic gap\.anew was read up to offset 9/,
    )
    expect(shown).toMatch(/kafka:gap\.beside\/0: next 10 of 10,/)
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    expect(metrics).toContain('heartwood_kafka_stopped{topic="gap.anew",reason="topic-replaced"} 1')
    expect(metrics).toContain('heartwood_kafka_position{topic="gap.beside",partition="0"} 10')
    expect(metrics).toContain('heartwood_kafka_lag_records{topic="gap.beside",partition="0"} 0')
    const accept = () =>
      heartwood(['accept-gap', 'gap.anew', '--data', data, '--project', project, '--kafka', world.kafka.broker.address])
    // a service holds the folder
    expect(accept()).toMatchObject({ status: 4 })
    await service.end('SIGTERM')

    const accepted = accept()
    expect(accepted.stderr).toBe('')
    expect(accepted).toMatchObject({ status: 0 })
    expect(accepted.stdout).toMatch(
      /accepted: it goes on at offset 0, after 10 \(topic-replaced\)[\s\S]*2 gaps accepted/,
    )
    expect(accept()).toMatchObject({ status: 1 })
    for (const _ of [1, 2]) {
      service = await world.start(data, project)
      await reachedT(service, 70)
      expect(Number((await service.json('/t'))['t'])).toBe(70)
      expect((await idsOf(service)).filter(id => id.startsWith('new')).length).toBe(40)
      expect((await statusOf(service)).gaps).toMatchObject([
        { source: 'kafka:gap.anew/0', from: 10, to: 0, reason: 'topic-replaced' },
        { source: 'kafka:gap.anew/1', from: 10, to: 0, reason: 'topic-replaced' },
      ])
      await service.end('SIGKILL')
    }
    expect(heartwood(['verify', '--data', data])).toMatchObject({ status: 0 })
  })

  test('retention has passed our position: what is deleted after acceptance belongs to the gap too', async () => {
    const { project } = ordersProject('gap.short')
    const data = newFolder()
    await world.kafka.createTopic('gap.short', 1)
    await world.kafka.send('gap.short', 0, orders('a', 10))
    let service = await world.start(data, project)
    await reachedT(service, 10)
    await service.end('SIGTERM')
    await world.kafka.send('gap.short', 0, orders('b', 30))
    const deleteTo = (offset: string) =>
      world.kafka.admin.deleteTopicRecords({ topic: 'gap.short', partitions: [{ partition: 0, offset }] })
    await world.kafka.admin.fetchTopicOffsets('gap.short')
    await deleteTo('20')
    service = await world.start(data, project)
    await until(async () => (await stateOf(service, 'gap.short')) === 'retention')
    await service.end('SIGTERM')
    const accepted = heartwood([
      'accept-gap',
      'gap.short',
      '--data',
      data,
      '--project',
      project,
      '--kafka',
      world.kafka.broker.address,
    ])
    expect(accepted).toMatchObject({ status: 0 })
    expect(accepted.stdout).toContain('10 offsets can no longer be read')
    await deleteTo('25')
    service = await world.start(data, project)
    await reachedT(service, 25)
    expect((await statusOf(service)).gaps).toMatchObject([
      { from: 10, to: 20, reason: 'retention' },
      { from: 20, to: 25, reason: 'retention' },
    ])
    expect((await idsOf(service)).filter(id => id.startsWith('b')).length).toBe(15)
    await service.end('SIGTERM')
  })

  test('beside a service its port for that takes it, and the service goes on', async () => {
    const { project } = ordersProject('gap.live', 'gap.other')
    const data = newFolder()
    for (const topic of ['gap.live', 'gap.other']) {
      await world.kafka.createTopic(topic, 1)
      await world.kafka.send(topic, 0, orders(topic, 10))
    }
    let service = await world.start(data, project)
    await reachedT(service, 20)
    await service.end('SIGTERM')
    await world.kafka.send('gap.live', 0, orders('b', 30))
    await world.kafka.admin.fetchTopicOffsets('gap.live')
    await world.kafka.admin.deleteTopicRecords({ topic: 'gap.live', partitions: [{ partition: 0, offset: '20' }] })
    service = await world.start(data, project, '--collect', '0')
    await until(async () => (await stateOf(service, 'gap.live')) === 'retention')
    await until(async () => service.output().includes('What is to be written goes to'))
    const accept = () => heartwood(['accept-gap', 'gap.live', '--data', data])
    const accepted = accept()
    expect([accepted.stderr, accepted.status]).toEqual(['', 0])
    expect(accepted.stdout).toMatch(
      /goes on at offset 20, after 10 \(retention\)\n1 gap accepted.+the service goes on\n/,
    )
    await reachedT(service, 40)
    await world.kafka.send('gap.other', 0, orders('later', 5))
    await reachedT(service, 45)
    expect((await idsOf(service)).filter(id => id.startsWith('b')).length).toBe(20)
    expect(await stateOf(service, 'gap.live')).toBe('reading')
    expect(accept()).toMatchObject({ status: 1, stdout: expect.stringContaining('nothing is missing of gap.live') })
    await world.kafka.send('gap.live', 0, orders('last', 1))
    await reachedT(service, 46)
    await service.end('SIGTERM')
    expect(heartwood(['verify', '--data', data])).toMatchObject({ status: 0 })
  })

  test('begins at the end where it was never read, and stays there through restarts', async () => {
    const { project } = ordersProject('gap.end')
    const data = newFolder()
    await world.kafka.createTopic('gap.end', 1)
    await world.kafka.send('gap.end', 0, orders('before', 10))
    let service = await world.start(data, project, '--kafka-start', 'end')
    await until(async () => (await fetch(`${service.url}/ready`)).ok)
    await until(async () => (await statusOf(service)).sources.some(({ next }) => next === 10))
    await service.end('SIGKILL')
    await world.kafka.send('gap.end', 0, orders('meanwhile', 10))
    service = await world.start(data, project, '--kafka-start', 'end')
    await reachedT(service, 10)
    expect((await idsOf(service)).every(id => id.startsWith('meanwhile'))).toBe(true)
    await service.end('SIGTERM')
  })
})
