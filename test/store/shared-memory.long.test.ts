import { expect, test } from 'vitest'
import { Budget } from '../../src/store/budget.ts'
import { Memory } from '../../src/store/memory.ts'
import { OneColumn } from '../../src/store/one-column.ts'
import { attributeOf } from './shared/history.ts'

test('store rule 20: a thousand segments closed under load leave memory flat, but for what they hold', () => {
  const memory = new Memory()
  // without value order, which keeps a posting for each change
  const column = new OneColumn(attributeOf(0, false), new Budget(1 << 20), undefined, memory)
  const reader = new Memory(memory.share())
  let t = 0
  const entities = 2000
  for (; t < entities; ) column.begin(t, t % 100, ++t)
  /** Bytes beyond the segments themselves. */
  const beside = () => memory.bytes - column.bytes
  const at: number[] = []
  for (let round = 0; round < 10; round++) {
    for (const before = column.checkpoints; column.checkpoints < before + 100; ) {
      // a reader that begins and ends all the time, as those of a pool do
      if (t % 5000 === 0) {
        if (t > entities) reader.end()
        reader.begin()
      } else if (t === entities) reader.begin()
      column.begin((Math.imul(t, 0x9e3779b1) >>> 7) % entities, t % 100, ++t)
    }
    at.push(beside())
  }
  expect(column.checkpoints).toBeGreaterThanOrEqual(1000)
  expect(Math.max(...at.slice(1)) - at[0]).toBeLessThan(200_000)
})
