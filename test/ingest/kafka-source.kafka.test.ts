import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import kafkajs, { type Message } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/base/clock.ts'
import { FactError } from '../../src/base/error.ts'
import { seeded } from '../../src/base/random.ts'
import type { StartAt } from '../../src/ingest/kafka-source.ts'
import { knownOf } from '../../src/ingest/merge.ts'
import type { Batch, Gap, LastRead, Position } from '../../src/ingest/source.ts'
import type { RawRecord } from '../../src/model/transaction.ts'
import { recordChecksum } from '../../src/store/record-checksum.ts'
import { until } from '../end-to-end/orders.ts'
import {
  type Kept,
  nothingKept,
  placeOf,
  readOn,
  sourceOf,
  stopOf,
  type TestKafka,
  testKafka,
  textOf,
  whyNoKafka,
} from './broker.ts'

const missing = whyNoKafka('all tests of the Kafka source')
const caughtUp = (batch: Batch) => batch.caughtUp
const position = (name: string, next: bigint, last: LastRead | null = null): ReadonlyMap<string, Position> =>
  new Map([[name, { name, next, known: 0, digest: null, last }]])

async function failureOf(work: Promise<unknown>): Promise<FactError> {
  const error = await work.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(error instanceof FactError)) throw new Error(`a FactError was expected, not ${error}`)
  return error
}

/** Places in the order of store rules 1 and 3, computed the slow way: everything sorted at once. */
function inOrder(records: readonly RawRecord[], now: number): string[] {
  const known = new Map<string, number>()
  const parts = (record: RawRecord) => {
    if (!('offset' in record.origin)) throw new Error('of Kafka')
    return record.origin
  }
  return records
    .map(record => ({ record, ...parts(record) }))
    .sort((a, b) => Number(a.offset - b.offset))
    .map(item => {
      const name = `${item.topic}/${item.partition}`
      known.set(name, knownOf(known.get(name) ?? 0, item.record.timestamp, now))
      return { ...item, known: known.get(name)! }
    })
    .sort(
      (a, b) =>
        a.known - b.known ||
        (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) ||
        a.partition - b.partition ||
        Number(a.offset - b.offset),
    )
    .map(({ record }) => placeOf(record))
}

describe.skipIf(missing !== null)('Kafka source', () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await testKafka()
  })
  afterAll(() => kafka?.close())

  /** `count` messages `<label>-<i>` with random old timestamps, some of them out of order. */
  const messages = (label: string, count: number, seed: number): Message[] => {
    const random = seeded(seed)
    let at = Date.UTC(2010, 11, 1)
    return Array.from({ length: count }, (_, i) => {
      at += random.below(5000) - 500
      return { key: `${label}-${i}`, value: `{"label":"${label}","i":${i}}`, timestamp: String(at) }
    })
  }

  test('delivers every committed record once, in the order of rule 3, with all that it holds', async () => {
    const { GZIP, LZ4, None, Snappy, ZSTD } = kafkajs.CompressionTypes
    const now = Date.UTC(2010, 11, 1, 0, 10)
    await kafka.createTopic('all.a', 6)
    await kafka.createTopic('all.b', 6)
    const sent = new Set<string>()
    for (const [t, topic] of ['all.a', 'all.b'].entries())
      for (let partition = 0; partition < 6; partition++) {
        const list = messages(`${topic}/${partition}`, 500, 10 * t + partition)
        // Partition 5 is left empty in one topic.
        if (topic === 'all.b' && partition === 5) continue
        for (const { key } of list) sent.add(String(key))
        for (const [part, compression] of [None, GZIP, Snappy, LZ4, ZSTD].entries())
          await kafka.send(topic, partition, list.slice(part * 80, part * 80 + 80), compression)
        await kafka.transact(topic, partition, messages('aborted', 30, 1), 'abort')
        await kafka.transact(topic, partition, list.slice(400, 450), 'commit')
        await kafka.transact(topic, partition, messages('aborted', 5, 2), 'abort')
        await kafka.send(topic, partition, list.slice(450))
        if (partition === 3) await kafka.transact(topic, partition, messages('aborted', 3, 3), 'abort')
      }
    const kept = nothingKept()
    await readOn(sourceOf(kafka, ['all.a', 'all.b'], { clock: new ManualClock(now) }), kept, caughtUp)

    expect(new Set(kept.records.map(({ key }) => textOf(key)))).toEqual(sent)
    expect(kept.records.length).toBe(sent.size)
    for (const { key, value } of kept.records) {
      const { label, i } = JSON.parse(textOf(value)!)
      expect(textOf(key)).toBe(`${label}-${i}`)
    }
    expect(kept.records.map(placeOf)).toEqual(inOrder(kept.records, now))
    // The clock stands in the middle of them: both branches of rule 1 were taken.
    expect(kept.records.some(({ timestamp }) => timestamp > now)).toBe(true)
    expect(kept.records.some(({ timestamp }) => timestamp < now)).toBe(true)
    for (const topic of ['all.a', 'all.b'])
      for (const { partition, high } of await kafka.admin.fetchTopicOffsets(topic)) {
        const stands = kept.positions.get(`kafka:${topic}/${partition}`)
        expect(stands?.next ?? 0n, `${topic}/${partition}`).toBe(BigInt(high))
        if (stands !== undefined) expect(stands.known).toBe(now)
      }
    await expect(committed(kafka, 'heartwood-all.a-all.b', 'all.a', 3)).resolves.toBe(
      kept.positions.get('kafka:all.a/3')?.next,
    )
  })

  test('keeps bytes, headers, tombstones and absent keys as they are', async () => {
    await kafka.createTopic('shape', 1)
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    await kafka.send('shape', 0, [
      { key: bytes, value: bytes, timestamp: '1234567890123' },
      { key: 'gone', value: null, timestamp: '1234567890124' },
      { value: '', timestamp: '1234567890125', headers: { contract: 'a/b/1.0', twice: ['first', 'last ü'] } },
      { key: '', value: 'x', timestamp: '1234567890000' },
    ])
    const kept = nothingKept()
    await readOn(sourceOf(kafka, ['shape']), kept, caughtUp)
    const [binary, tombstone, headed, empty] = kept.records
    expect(Buffer.compare(binary.key!, bytes)).toBe(0)
    expect(Buffer.compare(binary.value!, bytes)).toBe(0)
    expect(binary.origin).toEqual({ topic: 'shape', partition: 0, offset: 0n })
    expect(binary.timestamp).toBe(1234567890123)
    expect(textOf(tombstone.key)).toBe('gone')
    expect(tombstone.value).toBeNull()
    expect(headed.key).toBeNull()
    expect(headed.value?.length).toBe(0)
    expect(headed.headers).toEqual({ contract: 'a/b/1.0', twice: 'last ü' })
    expect([empty.key?.length, empty.timestamp, empty.headers]).toEqual([0, 1234567890000, {}])
    expect(kept.positions.get('kafka:shape/0')).toEqual({
      name: 'kafka:shape/0',
      next: 4n,
      known: 1234567890125,
      digest: null,
      last: { offset: 3n, timestamp: 1234567890000, checksum: recordChecksum(empty) },
    })
  })

  test('goes on from its own positions whatever Kafka remembers, without loss or doubling', async () => {
    const topics = ['go.a', 'go.b']
    for (const topic of topics) {
      await kafka.createTopic(topic, 6)
      for (let partition = 0; partition < 6; partition++)
        await kafka.send(topic, partition, messages(topic, 1500, partition))
    }
    const kept = nothingKept()
    for (let round = 0; round < 3; round++) {
      const batches = round === 2 ? 2 : 1
      let seen = 0
      // What was read beyond the last batch is forgotten, as when the process dies.
      await readOn(
        sourceOf(kafka, topics, { positions: kept.positions, groupId: 'heartwood-go' }),
        kept,
        ({ records }) => records.length > 0 && ++seen === batches,
      )
      // A position of the consumer group that would skip everything.
      const partitions = Array.from({ length: 6 }, (_, partition) => ({ partition, offset: '1500' }))
      if (round === 0) await kafka.admin.setOffsets({ groupId: 'heartwood-go', topic: 'go.a', partitions })
    }
    expect(kept.records.length).toBeLessThan(18_000)
    await readOn(sourceOf(kafka, topics, { positions: kept.positions, groupId: 'heartwood-go' }), kept, caughtUp)
    expect(new Set(kept.records.map(placeOf)).size).toBe(18_000)
    expect(kept.records.map(placeOf)).toEqual(inOrder(kept.records, Date.now()))
  })

  test('reads up to the last stable offset, and on when the transaction ends', async () => {
    await kafka.createTopic('open', 2)
    await kafka.send('open', 0, [{ value: 'before' }])
    const transaction = await kafka.openTransaction('open', 0, [{ value: 'inside' }])
    await kafka.send('open', 0, [{ value: 'after' }])
    const kept = nothingKept()
    let phase = 0
    await readOn(sourceOf(kafka, ['open']), kept, async batch => {
      if (!batch.caughtUp) return false
      if (phase++ === 0) {
        expect(kept.records.map(({ value }) => textOf(value))).toEqual(['before'])
        expect(kept.positions.get('kafka:open/0')?.next).toBe(1n)
        await transaction.abort()
      }
      return kept.records.length === 2
    })
    expect(kept.records.map(({ value }) => textOf(value))).toEqual(['before', 'after'])
    await kafka.transact('open', 1, [{ value: 'never' }], 'abort')
    await readOn(sourceOf(kafka, ['open'], { positions: kept.positions }), kept, caughtUp)
    expect(kept.records.length).toBe(2)
    // The marker of the aborted transaction is passed over too.
    expect([kept.positions.get('kafka:open/0')?.next, kept.positions.get('kafka:open/1')?.next]).toEqual([4n, 2n])
  })

  test('begins a topic at its end, or at an instant, as told; what is added to it later, at its beginning', async () => {
    await kafka.createTopic('begun', 2)
    const at = (ms: number) => ({ value: String(ms), timestamp: String(ms) })
    await kafka.send('begun', 0, [at(1000), at(2000), at(3000)])
    await kafka.send('begun', 1, [at(1000)])
    const starts = async (startAt: StartAt, positions: ReadonlyMap<string, Position> = new Map()) => {
      const kept = nothingKept()
      const told: string[] = []
      await readOn(sourceOf(kafka, ['begun'], { startAt, positions }), kept, batch => {
        for (const { topic, partition, next } of batch.starts ?? []) told.push(`${topic}/${partition} ${next}`)
        return batch.caughtUp
      })
      return { told: told.sort(), read: kept.records.map(placeOf) }
    }
    expect(await starts('beginning')).toEqual({
      told: ['begun/0 0', 'begun/1 0'],
      read: ['begun/0/0', 'begun/1/0', 'begun/0/1', 'begun/0/2'],
    })
    expect(await starts('end')).toEqual({ told: ['begun/0 3', 'begun/1 1'], read: [] })
    expect(await starts(1500)).toEqual({ told: ['begun/0 1', 'begun/1 1'], read: ['begun/0/1', 'begun/0/2'] })
    // a topic that was read once has a position, and a partition without one was added to it
    const known = position('kafka:begun/0', 2n)
    expect(await starts('end', known)).toEqual({ told: ['begun/1 0'], read: ['begun/1/0', 'begun/0/2'] })
  })

  test('waits for topics that do not exist, and reads the others meanwhile; finds new partitions', async () => {
    await kafka.createTopic('here', 1)
    await kafka.send('here', 0, [{ value: 'first' }])
    const said: string[] = []
    const kept = nothingKept()
    const done = new Set<string>()
    const step = async (name: string, work: () => Promise<void>) => {
      if (done.has(name)) return
      done.add(name)
      await work()
    }
    const source = sourceOf(kafka, ['absent', 'here'], { log: (_, line) => said.push(line) })
    await readOn(source, kept, async batch => {
      const values = kept.records.map(({ value }) => textOf(value))
      if (batch.caughtUp && values.length === 1)
        await step('create', async () => {
          await kafka.createTopic('absent', 2)
          await kafka.send('absent', 1, [{ value: 'second' }])
        })
      if (batch.caughtUp && values.length === 2)
        await step('widen', async () => {
          await kafka.admin.createPartitions({ topicPartitions: [{ topic: 'here', count: 3 }] })
          await sleep(500)
          await kafka.sendAfresh('here', 2, [{ value: 'third' }])
        })
      return values.length === 3
    })
    expect(kept.records.map(placeOf)).toEqual(['here/0/0', 'absent/1/0', 'here/2/0'])
    expect(said.filter(line => line.includes('does not exist yet'))).toEqual([
      'Kafka topic absent does not exist yet; waiting for it',
    ])
  })

  test('holds a bounded amount while nobody asks, and then delivers everything', async () => {
    await kafka.createTopic('big', 2)
    const value = Buffer.alloc(10_000, 'x')
    for (let partition = 0; partition < 2; partition++)
      for (let i = 0; i < 50; i++)
        await kafka.send(
          'big',
          partition,
          Array.from({ length: 80 }, () => ({ value })),
        )
    collect()
    const before = process.memoryUsage().arrayBuffers
    let highest = 0
    let first = true
    let records = 0
    const source = sourceOf(kafka, ['big'])
    for await (const batch of source.batches()) {
      records += batch.records.length
      if (first && batch.records.length > 0) {
        first = false
        for (let i = 0; i < 30; i++) {
          await sleep(100)
          collect()
          highest = Math.max(highest, process.memoryUsage().arrayBuffers - before)
        }
      }
      if (batch.caughtUp) break
    }
    expect(records).toBe(8000)
    // 80 MB lie in the topic; 4 MB a partition may wait, beside what the client has under way.
    expect(highest).toBeLessThan(40e6)
  })

  describe('stops a topic that cannot be read any more, and no other', () => {
    const read = (topic: string, positions: ReadonlyMap<string, Position>, kept: Kept = nothingKept()) =>
      stopOf(kafka, [topic], { positions }, kept)

    test('retention has passed the position', async () => {
      await kafka.createTopic('short', 2)
      await kafka.send('short', 1, messages('short', 100, 1))
      await kafka.admin.fetchTopicOffsets('short')
      await kafka.admin.deleteTopicRecords({ topic: 'short', partitions: [{ partition: 1, offset: '60' }] })
      const kept = nothingKept()
      const stopped = await read('short', position('kafka:short/1', 40n), kept)
      expect(stopped.reason).toBe('retention')
      expect(stopped.detail).toMatch(
        /^Partition 1 of Kafka topic short was read up to offset 40, .* before offset 60: 20 /,
      )
      expect(kept.records).toEqual([])
      // At the edge nothing is missing, also not the record that was read last; and who never read it begins where it begins.
      const last = { offset: 59n, timestamp: 1, checksum: 2 }
      const edges = [position('kafka:short/1', 60n), position('kafka:short/1', 60n, last), new Map()]
      for (const positions of edges) {
        const edge = nothingKept()
        await readOn(sourceOf(kafka, ['short'], { positions }), edge, caughtUp)
        expect(edge.records.map(placeOf)).toEqual(Array.from({ length: 40 }, (_, i) => `short/1/${60 + i}`))
      }
      // A gap that was accepted may have grown; that is told, and nobody is asked again.
      const gaps: Gap[] = []
      const accepted = new Map([
        ['kafka:short/1', { name: 'kafka:short/1', next: 50n, known: 0, digest: null, behindGap: true }],
      ])
      await readOn(sourceOf(kafka, ['short'], { positions: accepted }), kept, batch => {
        gaps.push(...(batch.gaps ?? []))
        return batch.caughtUp
      })
      expect(gaps).toEqual([{ name: 'kafka:short/1', next: 60n, reason: 'retention' }])
      expect(kept.records.length).toBe(40)
    })

    test('the topic is another one: it ends earlier, or has fewer partitions', async () => {
      await kafka.createTopic('anew', 1)
      await kafka.send('anew', 0, messages('anew', 10, 1))
      const [shorter, narrower] = await Promise.all([
        read('anew', position('kafka:anew/0', 11n)),
        stopOf(kafka, ['anew'], { positions: position('kafka:anew/4', 3n), groupId: 'narrow' }),
      ])
      expect(shorter.reason).toBe('topic-replaced')
      expect(shorter.detail).toMatch(
        /^Partition 0 of Kafka topic anew was read up to offset 11, but now ends at offset 10/,
      )
      expect(narrower.detail).toMatch(/^Partition 4 of Kafka topic anew was read up to offset 3/)
    })

    test('the topic is another one that has grown past the position: its last record differs, or is gone', async () => {
      await kafka.createTopic('grown', 1)
      await kafka.createTopic('beside', 1)
      await kafka.sendAfresh('grown', 0, messages('grown', 20, 1))
      await kafka.send('beside', 0, messages('beside', 5, 1))
      const kept = nothingKept()
      await readOn(sourceOf(kafka, ['grown', 'beside']), kept, caughtUp)
      expect(kept.records.length).toBe(25)
      const again = nothingKept()
      // the same one goes on, and hands out nothing twice
      await kafka.sendAfresh('grown', 0, messages('more', 3, 1))
      await readOn(sourceOf(kafka, ['grown', 'beside'], { positions: kept.positions }), again, caughtUp)
      expect(again.records.map(placeOf)).toEqual([20, 21, 22].map(offset => `grown/0/${offset}`))

      await kafka.admin.deleteTopics({ topics: ['grown'] })
      await sleep(500)
      await kafka.createTopic('grown', 1)
      await kafka.sendAfresh('grown', 0, messages('other', 50, 2))
      await kafka.send('beside', 0, messages('later', 5, 2))
      const beside = nothingKept()
      const stopped = await stopOf(kafka, ['grown', 'beside'], { positions: kept.positions }, beside, 5)
      expect(stopped).toMatchObject({ topic: 'grown', reason: 'topic-replaced' })
      expect(stopped.detail).toMatch(
        /^Partition 0 of Kafka topic grown was read up to offset 19, but the record of 2010-.* is another one/,
      )
      expect(beside.records.map(placeOf)).toEqual([5, 6, 7, 8, 9].map(offset => `beside/0/${offset}`))
      // where everything but the value is as it was, that is seen too
      const last = kept.positions.get('kafka:grown/0')!.last!
      for (const wrong of [{ checksum: last.checksum ^ 1 }, { timestamp: last.timestamp + 1 }]) {
        const positions = position('kafka:beside/0', 5n, { ...kept.positions.get('kafka:beside/0')!.last!, ...wrong })
        expect(await read('beside', positions)).toMatchObject({ reason: 'topic-replaced' })
      }
    })

    test('a record that is gone means another topic, but not where a topic is compacted', async () => {
      for (const [topic, policy] of [
        ['whole', 'delete'],
        ['compacted', 'compact,delete'],
      ]) {
        await kafka.createTopic(topic, 1, { 'cleanup.policy': policy })
        await kafka.transact(topic, 0, [{ key: 'a', value: 'x' }], 'commit')
        // the broker says that the transaction has ended before its marker is there
        await until(async () => (await kafka.admin.fetchTopicOffsets(topic))[0].high === '2')
        await kafka.send(topic, 0, [{ key: 'b', value: 'y' }])
      }
      // at offset 1 there is only the marker of the transaction
      const at = (topic: string) => position(`kafka:${topic}/0`, 2n, { offset: 1n, timestamp: 1, checksum: 2 })
      const stopped = await read('whole', at('whole'))
      expect(stopped.detail).toMatch(/that stood there is gone/)
      const kept = nothingKept()
      await readOn(sourceOf(kafka, ['compacted'], { positions: at('compacted') }), kept, caughtUp)
      expect(kept.records.map(placeOf)).toEqual(['compacted/0/2'])
    })

    test('records are deleted, or the topic is made anew, while it is read', async () => {
      const overtaken = async (topic: string, meanwhile: () => Promise<void>) => {
        await kafka.createTopic(topic, 1)
        await kafka.sendAfresh(topic, 0, messages(topic, 200, 1))
        let once = false
        const kept = nothingKept()
        const stopped = await stopOf(kafka, [topic], {}, kept, 0, async batch => {
          if (!batch.caughtUp || once) return
          once = true
          await meanwhile()
        })
        expect(kept.records.length).toBe(200)
        return stopped
      }
      const [remade, deleted] = await Promise.all([
        overtaken('remade', async () => {
          await kafka.admin.deleteTopics({ topics: ['remade'] })
          await sleep(300)
          await kafka.createTopic('remade', 1)
          await kafka.sendAfresh('remade', 0, messages('other', 20, 1))
        }),
        overtaken('deleted', () => kafka.admin.deleteTopics({ topics: ['deleted'] })),
      ])
      expect(remade.detail).toMatch(
        /^Partition 0 of Kafka topic remade was read up to offset 200, but now ends at offset 20/,
      )
      expect(deleted.detail).toMatch(/^Kafka topic deleted was deleted while it was being read/)
    })

    test('a deleted topic holds up no other', async () => {
      await kafka.createTopic('leaves', 1)
      await kafka.createTopic('stays', 1)
      await kafka.sendAfresh('leaves', 0, messages('leaves', 10, 1))
      await kafka.send('stays', 0, messages('stays', 10, 1))
      let deleted: Promise<void> | null = null
      const kept = nothingKept()
      const stopped = await stopOf(kafka, ['leaves', 'stays'], {}, kept, 30, async batch => {
        if (batch.caughtUp)
          deleted ??= (async () => {
            await kafka.admin.deleteTopics({ topics: ['leaves'] })
            await sleep(6000)
            await kafka.send('stays', 0, messages('later', 10, 1))
          })()
      })
      await deleted
      expect(stopped).toMatchObject({ topic: 'leaves', reason: 'deleted' })
      expect(kept.records.length).toBe(30)
    })

    test('a compression that the client does not know ends it with words, not with silence', async () => {
      const { GZIP } = kafkajs.CompressionTypes
      await kafka.createTopic('packed', 1)
      await kafka.send('packed', 0, [{ value: 'x' }], GZIP)
      const codec = kafkajs.CompressionCodecs[GZIP]
      kafkajs.CompressionCodecs[GZIP] = () => {
        throw new TypeError('no such compression')
      }
      try {
        const error = await failureOf(readOn(sourceOf(kafka, ['packed']), nothingKept(), () => false))
        expect(error.kind).toBe('unavailable')
        expect(error.message).toMatch(/^The Kafka client gave up: .*no such compression/)
      } finally {
        kafkajs.CompressionCodecs[GZIP] = codec
      }
    })
  })

  test('lives through a broker that is killed, with nothing lost and nothing twice', async () => {
    await kafka.createTopic('killed', 6)
    for (let partition = 0; partition < 6; partition++)
      await kafka.send('killed', partition, messages('before', 500, partition))
    const kept = nothingKept()
    let after: Promise<void> | null = null
    let sentAll = false
    const restart = async () => {
      await kafka.broker.kill()
      await sleep(1500)
      await kafka.broker.start()
      for (let partition = 0; partition < 6; partition++)
        await kafka.send('killed', partition, messages('after', 500, partition))
      sentAll = true
    }
    const said: string[] = []
    await readOn(sourceOf(kafka, ['killed'], { log: (_, line) => said.push(line) }), kept, batch => {
      if (kept.records.length >= 1000) after ??= restart()
      return sentAll && batch.caughtUp && kept.records.length >= 6000
    })
    await after
    expect(kept.records.length).toBe(6000)
    expect(new Set(kept.records.map(placeOf)).size).toBe(6000)
    // It is said that the broker is away, but not over and over.
    expect(said.length).toBeGreaterThan(0)
    expect(said.length).toBeLessThan(20)
  })

  test('rule 6: learns whose clock the timestamps of each topic are, and tells it with a batch', async () => {
    await kafka.createTopic('stamped.by-producer', 1)
    await kafka.createTopic('stamped.by-broker', 1, { 'message.timestamp.type': 'LogAppendTime' })
    const told = new Map<string, string>()
    const before = Date.now()
    await kafka.send('stamped.by-broker', 0, [{ value: 'x', timestamp: '1000' }])
    await kafka.send('stamped.by-producer', 0, [{ value: 'x', timestamp: '1000' }])
    const kept = nothingKept()
    await readOn(sourceOf(kafka, ['stamped.by-producer', 'stamped.by-broker']), kept, batch => {
      for (const { topic, by } of batch.stamps ?? []) told.set(topic, by)
      return batch.caughtUp
    })
    expect(Object.fromEntries(told)).toEqual({ 'stamped.by-producer': 'producer', 'stamped.by-broker': 'broker' })
    // and so it is: the producer may claim anything
    const [claimed, stamped] = kept.records
    expect(claimed.timestamp).toBe(1000)
    expect(stamped.timestamp).toBeGreaterThanOrEqual(before - 1000)
  })

  test('stops at once where no broker is, and says that it waits for one', async () => {
    const said: string[] = []
    const source = sourceOf(kafka, ['x'], { brokers: ['127.0.0.1:1'], log: (_, line) => said.push(line) })
    const reading = readOn(source, nothingKept(), () => false)
    while (!said.some(line => line.includes('does not answer'))) await sleep(50)
    const before = Date.now()
    await source.stop()
    await reading
    expect(Date.now() - before).toBeLessThan(5000)
  })
})

/** Collects garbage now, so that what is measured is what is held. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

async function committed(kafka: TestKafka, groupId: string, topic: string, partition: number): Promise<bigint> {
  const [found] = await kafka.admin.fetchOffsets({ groupId, topics: [topic] })
  return BigInt(found.partitions.find(({ partition: number }) => number === partition)!.offset)
}
