import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nothingKept, placeOf, readOn, sourceOf, type TestKafka, testKafka, textOf, whyNoKafka } from './broker.ts'

const missing = whyNoKafka('the smoke test of Kafka')

describe.skipIf(missing !== null)('a real broker', () => {
  let kafka: TestKafka
  beforeAll(async () => {
    kafka = await testKafka()
  })
  afterAll(() => kafka?.close())

  test('is read from all partitions in order of time, and read on after a stop', async () => {
    await kafka.createTopic('smoke', 3)
    const message = (i: number) => ({
      key: `k${i}`,
      value: `v${i}`,
      timestamp: String(Date.UTC(2011, 0, 1) + i * 1000),
    })
    const send = async (from: number, to: number) => {
      for (let partition = 0; partition < 3; partition++) {
        const messages = []
        for (let i = from; i < to; i++) if (i % 3 === partition) messages.push(message(i))
        await kafka.send('smoke', partition, messages)
      }
    }
    const kept = nothingKept()
    await send(0, 300)
    await readOn(sourceOf(kafka, ['smoke']), kept, ({ caughtUp }) => caughtUp)
    await kafka.transact('smoke', 0, [{ value: 'never' }], 'abort')
    await send(300, 600)
    await readOn(sourceOf(kafka, ['smoke'], { positions: kept.positions }), kept, ({ caughtUp }) => caughtUp)

    expect(kept.records.map(({ value }) => textOf(value))).toEqual(Array.from({ length: 600 }, (_, i) => `v${i}`))
    expect(new Set(kept.records.map(placeOf)).size).toBe(600)
    expect(kept.positions.get('kafka:smoke/0')?.next).toBe(202n)
  })
})
