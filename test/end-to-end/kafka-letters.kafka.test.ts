import { describe, expect, test } from 'vitest'
import { whyNoKafka } from '../ingest/broker.ts'
import { heartwood, newFolder, type Service } from '../service.ts'
import { kafkaWorld } from './kafka-world.ts'
import { order, ordersProject, reachedT, stateOf, statusOf, until } from './orders.ts'

const missing = whyNoKafka('dead letters of Kafka')

/** How one in twenty is broken, and why it must be refused, of which the fix of the project mends one. */
const FAULTS: readonly { reason: string; spoil: (id: string) => Record<string, unknown> }[] = [
  { reason: 'not-json', spoil: id => ({ value: `{"id": "${id}", ` }) },
  { reason: 'not-json', spoil: () => ({ value: '' }) },
  { reason: 'tombstone', spoil: () => ({ value: null }) },
  { reason: 'invalid-event', spoil: id => order(id, 'sent') },
  { reason: 'invalid-event', spoil: id => order(id, 'new', '1.234') },
  { reason: 'invalid-event', spoil: id => ({ value: JSON.stringify({ id, state: 'new' }) }) },
  { reason: 'invalid-event', spoil: id => ({ value: JSON.stringify({ id, state: 'new', amount: 1, colour: 'red' }) }) },
  { reason: 'invalid-event', spoil: id => ({ value: JSON.stringify({ id, state: 'new', amount: 1, at: 'noon' }) }) },
  { reason: 'invalid-event', spoil: id => ({ value: `{"id":"${id}","state":"new","state":"paid","amount":"1"}` }) },
  { reason: 'unknown-contract', spoil: id => ({ ...order(id), headers: { contract: 'shop/none/1.0' } }) },
]
const GOOD = 1900

describe.skipIf(missing !== null)('dead letters from a real broker', () => {
  const world = kafkaWorld()

  /** Sends 2,000 orders to four partitions, one in twenty of them broken; gives the reasons by place. */
  async function produce(topic: string): Promise<Map<string, string>> {
    await world.kafka.createTopic(topic, 4)
    const expected = new Map<string, string>()
    const partitions: Record<string, unknown>[][] = [[], [], [], []]
    for (let i = 0; i < 2000; i++) {
      const list = partitions[i % 4]
      const fault = i % 20 === 7 ? FAULTS[Math.floor(i / 20) % FAULTS.length] : undefined
      if (fault) expected.set(`${i % 4}/${list.length}`, fault.reason)
      const message = fault ? { key: `k${i}`, ...fault.spoil(`o${i}`) } : order(`o${i}`)
      list.push({ timestamp: String(Date.now() - 100_000 + i), ...message })
    }
    for (const [partition, messages] of partitions.entries())
      await world.kafka.send(topic, partition, messages as never)
    return expected
  }

  const listed = async (service: Service, state = 'waiting') => {
    const { items, counts } = (await service.json(`/dead-letters?limit=1000&state=${state}`)) as {
      items: {
        id: number
        reason: string
        origin: { partition: number; offset: number }
        value: string | null
        detail: string
      }[]
      counts: Record<string, number>
    }
    return {
      items,
      counts,
      reasons: new Map(items.map(({ origin, reason }) => [`${origin.partition}/${origin.offset}`, reason])),
    }
  }

  test.each([
    ['with their bytes', '64'],
    ['of which only the place is kept', '0'],
  ])('5%% of ten kinds, %s: all listed, the good applied, a fix replayed once', async (_, megabytes) => {
    const topic = `letters.kept-${megabytes}`
    const { project, fix } = ordersProject(topic)
    const data = newFolder()
    const expected = await produce(topic)
    const more = ['--dead-letter-mb', megabytes]
    let service = await world.start(data, project, ...more)
    await reachedT(service, GOOD)
    await until(async () => (await fetch(`${service.url}/ready`)).ok)
    const before = await listed(service)
    expect(before.reasons).toEqual(expected)
    expect(before.items.every(({ value }) => value === null)).toBe(megabytes === '0')
    await service.end('SIGTERM')

    fix(topic)
    const replay = (...args: string[]) =>
      heartwood([
        'dead-letters',
        'replay',
        ...args,
        '--data',
        data,
        '--project',
        project,
        '--kafka',
        world.kafka.broker.address,
      ])
    const mended = before.items.filter(
      ({ origin }) => expected.get(`${origin.partition}/${origin.offset}`) === 'invalid-event',
    )
    // half of them by id, then all of that reason, then everything: nothing is applied twice
    const half = mended.slice(0, 25).map(({ id }) => String(id))
    const first = replay(...half)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    const second = replay('--reason', 'invalid-event')
    const third = replay('--all')
    const applied = [first, second, third].map(({ stdout }) => Number(/^([\d,]+) applied/.exec(stdout)?.[1]))
    expect(applied.reduce((sum, each) => sum + each)).toBe(10)
    expect(applied[2]).toBe(0)
    expect(third.stdout).toMatch(/90 refused again/)
    expect(replay(...half).stdout).toMatch(new RegExp(`^0 applied, .* ${applied[0]} were dealt with before`))
    expect(
      heartwood([
        'dead-letters',
        'discard',
        '--reason',
        'tombstone',
        '--why',
        'not wanted',
        '--data',
        data,
        '--project',
        project,
      ]),
    ).toMatchObject({
      status: 0,
      stdout: '10 dead letters discarded: not wanted\n',
    })
    service = await world.start(data, project, ...more)
    const without = '[:find [?id ...] :where [?o :order/id ?id] [(missing? $ ?o :order/amount)]]'
    expect(((await service.query({ query: without })) as string[]).length).toBe(10)
    expect(Number((await service.json('/t'))['t'])).toBe(GOOD + 10)
    expect((await listed(service)).items.length).toBe(80)
    expect((await listed(service, 'applied')).items.length).toBe(10)
    expect((await listed(service, 'discarded')).items.length).toBe(10)
    // the origin of a replayed event is its own
    const origins = (await service.query({
      query:
        '[:find ?p ?o :where [?order :order/id _ ?tx] [(missing? $ ?order :order/amount)] [?tx :tx/partition ?p] [?tx :tx/offset ?o]]',
    })) as [number, number][]
    expect(origins.length).toBe(10)
    expect(origins.every(([p, o]) => expected.has(`${p}/${o}`))).toBe(true)
    await service.end('SIGTERM')
    expect(heartwood(['verify', '--data', data])).toMatchObject({ status: 0 })
  })

  test('status warns before retention takes what is kept nowhere else', async () => {
    const { project } = ordersProject('letters.short')
    await world.kafka.createTopic('letters.short', 1, { 'retention.ms': '3600000' })
    await world.kafka.send('letters.short', 0, [
      { value: '{', timestamp: String(Date.now() - 3_000_000) },
      order('fine'),
    ])
    const service = await world.start(newFolder(), project, '--dead-letter-mb', '0')
    await reachedT(service, 1)
    const [warning] = await until(async () => {
      const { warnings } = await statusOf(service)
      return warnings.length > 0 && warnings
    })
    expect(warning).toMatch(
      /^1 dead letter of letters\.short, of which only the place is kept: Kafka deletes the oldest about /,
    )
    await service.end('SIGTERM')
  })

  test('they are published to a topic, each with its headers, also those of before a kill -9', async () => {
    const { project } = ordersProject('letters.out')
    const data = newFolder()
    await world.kafka.createTopic('letters.out', 1)
    const more = ['--dead-letter-topic', 'letters.dead']
    await world.kafka.send('letters.out', 0, [{ key: 'k', value: 'no', headers: { trace: '7' } }, order('fine')])
    const service = await world.start(data, project, ...more)
    await reachedT(service, 1)
    // the topic is not there yet, which holds up nothing
    await service.end('SIGKILL')
    await world.kafka.createTopic('letters.dead', 2)
    await world.kafka.send('letters.out', 0, [order('x', 'lost')])
    await world.start(data, project, ...more)
    const consumer = world.kafka.client.consumer({ groupId: 'reads-letters' })
    const found: { key: string | null; value: string | null; headers: Record<string, string> }[] = []
    await consumer.connect()
    await consumer.subscribe({ topics: ['letters.dead'], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers = {} } }) => {
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)])
        found.push({ key: key && String(key), value: value && String(value), headers: Object.fromEntries(texts) })
      },
    })
    await until(async () => found.length >= 2)
    await consumer.disconnect()
    found.sort((a, b) => Number(a.headers['heartwood-id']) - Number(b.headers['heartwood-id']))
    expect(found[0]).toMatchObject({
      key: 'k',
      value: 'no',
      headers: {
        trace: '7',
        'heartwood-id': '1',
        'heartwood-reason': 'not-json',
        'heartwood-topic': 'letters.out',
        'heartwood-partition': '0',
        'heartwood-offset': '0',
      },
    })
    expect(found[1]).toMatchObject({
      value: order('x', 'lost').value,
      headers: {
        'heartwood-reason': 'invalid-event',
        'heartwood-contract': 'shop/letters_out/1.0',
        'heartwood-path': '/state',
      },
    })
  })

  test('a topic of which too much is refused is stopped, and no other', async () => {
    const { project } = ordersProject('letters.bad', 'letters.good')
    for (const topic of ['letters.bad', 'letters.good']) await world.kafka.createTopic(topic, 1)
    const bad = (i: number) => (i % 3 ? order(`bad-${i}`, 'lost') : order(`bad-${i}`))
    await world.kafka.send(
      'letters.bad',
      0,
      Array.from({ length: 300 }, (_, i) => bad(i)),
    )
    await world.kafka.send(
      'letters.good',
      0,
      Array.from({ length: 300 }, (_, i) => order(`good-${i}`)),
    )
    const service = await world.start(newFolder(), project, '--most-refused', '0.5')
    await until(async () => (await stateOf(service, 'letters.bad')) === 'refusals')
    await world.kafka.send(
      'letters.bad',
      0,
      Array.from({ length: 10 }, (_, i) => order(`after-${i}`)),
    )
    await world.kafka.send(
      'letters.good',
      0,
      Array.from({ length: 10 }, (_, i) => order(`more-${i}`)),
    )
    await reachedT(service, 410)
    expect(await stateOf(service, 'letters.good')).toBe('reading')
    await until(async () =>
      (await statusOf(service)).sources.some(({ name, lag }) => name === 'kafka:letters.bad/0' && lag === 10),
    )
    await service.end('SIGTERM')
  })
})
