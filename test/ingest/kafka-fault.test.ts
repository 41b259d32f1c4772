import { describe, expect, test } from 'vitest'
import { fewerPartitions, gaveUp, outOfRange } from '../../src/ingest/kafka-fault.ts'

describe('out of range', () => {
  test('tells retention from a topic made anew, and neither at the edges', () => {
    expect(outOfRange('t', 1, 4n, 5n, 9n)?.detail).toContain('deleted everything before offset 5: 1 offsets')
    expect(outOfRange('t', 1, 10n, 5n, 9n)?.detail).toContain('now ends at offset 9')
    expect(outOfRange('t', 1, 5n, 5n, 9n)).toBeNull()
    expect(outOfRange('t', 1, 9n, 5n, 9n)).toBeNull()
  })
})

test('fewer partitions than were read mean another topic', () => {
  const at = (name: string, next: bigint) => ({ name, next, known: 0, digest: null })
  const positions = [at('kafka:a/3', 7n), at('kafka:b/9', 1n), at('kafka:a/5', 0n), at('file:x', 3n)]
  expect(fewerPartitions('a', 4, positions)).toBeNull()
  expect(fewerPartitions('a', 3, positions)?.detail).toMatch(/^Partition 3 of Kafka topic a was read up to offset 7/)
})

test('a client that gave up says why, and keeps its own error', () => {
  const cause = new TypeError('no codec')
  expect(gaveUp(cause)).toMatchObject({ kind: 'unavailable', cause })
  expect(gaveUp(cause).message).toContain('no codec')
})
