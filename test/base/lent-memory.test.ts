import { expect, test } from 'vitest'
import { LentMemory } from '../../src/base/lent-memory.ts'

test('pieces are different ones until they are given back, and then the same again', () => {
  const memory = new LentMemory()
  const first = [10, 200_000, 0].map(memory.take)
  expect(new Set(first).size).toBe(3)
  for (const [i, bytes] of [10, 200_000, 0].entries()) expect(first[i].byteLength).toBeGreaterThanOrEqual(bytes)
  memory.begin()
  // one that has become longer is made anew, and the others stay
  const second = [11, 300_000, 1].map(memory.take)
  expect(second[0]).toBe(first[0])
  expect(second[1]).not.toBe(first[1])
  expect(second[1].byteLength).toBeGreaterThanOrEqual(300_000)
  expect(memory.bytes).toBe(second.reduce((sum, { byteLength }) => sum + byteLength, 0))
})
