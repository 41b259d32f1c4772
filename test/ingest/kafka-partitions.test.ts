import { expect, test } from 'vitest'
import { blockOf } from '../../src/ingest/kafka-message.ts'
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
  a.add([blockOf([message(0, 10), message(1, 20)])], 2n, 1000)
  partitions.waited(4999)
  expect(partitions.take().records.length).toBe(0)
  b.add([blockOf([message(4, 5)])], 5n, 1000)
  // What b was known at before holds its record back behind those of a; then a is at its end, and b is behind again.
  expect(partitions.take()).toMatchObject({ records: { length: 3 }, atEnd: false })
  b.moveTo(6n)
  expect(partitions.take()).toMatchObject({ positions: [{ name: 'kafka:b/0', next: 6n, known: 50 }], atEnd: true })
  b.end = 7n
  a.add([blockOf([message(2, 60)])], 3n, 1000)
  partitions.waited(4999)
  expect(partitions.take().records.length).toBe(0)
  partitions.waited(1)
  expect(partitions.take().records.length).toBe(1)
})

test('nobody loses patience while there is nothing to hand out', () => {
  const { partitions, a, b } = two()
  b.end = 6n
  partitions.waited(60_000)
  a.add([blockOf([message(0, 10)])], 1n, 1000)
  expect(partitions.take().records.length).toBe(0)
})

test('a partition that holds 2 MB is full, and has room again at half of that', () => {
  const { partitions, a, b } = two()
  for (let i = 0; i < 2; i++) a.add([blockOf([message(i, i, 1 << 20)])], BigInt(i + 1), 1000)
  expect(partitions.full(a)).toBe(true)
  expect(partitions.allFull).toBe(false)
  a.paused = true
  b.paused = true
  expect(partitions.allFull).toBe(true)
  b.paused = false
  expect(partitions.drained()).toEqual([])
  expect(partitions.take().records.length).toBe(2)
  expect(partitions.drained()).toEqual([a])
  expect(partitions.full(a)).toBe(false)
})

test('where all together hold 32 MB, a partition is full as soon as it holds anything', () => {
  const partitions = new Partitions()
  const all = Array.from({ length: 17 }, (_, i) => partitions.add('a', i, undefined, 0n))
  const [last] = all.splice(16)
  for (const partition of all) {
    expect(partitions.full(partition)).toBe(false)
    partition.add([blockOf([message(0, 1, 2 << 20)])], 1n, 1000)
  }
  expect(partitions.full(last)).toBe(false)
  last.add([blockOf([message(0, 1)])], 1n, 1000)
  expect(partitions.full(last)).toBe(true)
  last.paused = true
  expect(partitions.drained()).toEqual([])
  expect(partitions.take().records.length).toBe(2)
  expect(partitions.drained()).toEqual([last])
})
