import { expect, test } from 'vitest'
import { Partitions } from '../../src/ingest/kafka-partitions.ts'

const message = (offset: number, timestamp: number, bytes = 1) => ({
  offset: String(offset),
  timestamp: String(timestamp),
  key: null,
  value: Buffer.alloc(bytes),
})

function two() {
  const partitions = new Partitions()
  const a = partitions.add('a', 0, undefined, 0n)
  const b = partitions.add('b', 0, { name: 'kafka:b/0', next: 4n, known: 50, digest: null }, 0n)
  return { partitions, a, b }
}

test('waits for a partition that is behind, for five seconds of patience, which any progress renews', () => {
  const { partitions, a, b } = two()
  a.end = 2n
  b.end = 6n
  a.add([message(0, 10), message(1, 20)], 2n, 1000)
  partitions.waited(4999)
  expect(partitions.take().records).toEqual([])
  b.add([message(4, 5)], 5n, 1000)
  // What b was known at before holds its record back behind those of a; then a is at its end, and b is behind again.
  expect(partitions.take()).toMatchObject({ records: { length: 3 }, atEnd: false })
  b.moveTo(6n)
  expect(partitions.take()).toMatchObject({ positions: [{ name: 'kafka:b/0', next: 6n, known: 50 }], atEnd: true })
  b.end = 7n
  a.add([message(2, 60)], 3n, 1000)
  partitions.waited(4999)
  expect(partitions.take().records).toEqual([])
  partitions.waited(1)
  expect(partitions.take().records.length).toBe(1)
})

test('nobody loses patience while there is nothing to hand out', () => {
  const { partitions, a, b } = two()
  b.end = 6n
  partitions.waited(60_000)
  a.add([message(0, 10)], 1n, 1000)
  expect(partitions.take().records).toEqual([])
})

test('a partition that holds 4 MB is full, and has room again at half of that', () => {
  const { partitions, a } = two()
  for (let i = 0; i < 4; i++) a.add([message(i, i, 1 << 20)], BigInt(i + 1), 1000)
  expect(partitions.full(a)).toBe(true)
  a.paused = true
  expect(partitions.drained()).toEqual([])
  expect(partitions.take().records.length).toBe(4)
  expect(partitions.drained()).toEqual([a])
  expect(partitions.full(a)).toBe(false)
})
