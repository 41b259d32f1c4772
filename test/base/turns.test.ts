import { expect, test } from 'vitest'
import { Turns } from '../../src/base/turns.ts'

test('a turn is over after half a millisecond, and others have theirs before the next', async () => {
  const turns = new Turns()
  const order: string[] = []
  setImmediate(() => order.push('other'))
  const end = performance.now() + 1
  while (performance.now() < end);
  expect(turns.over).toBe(true)
  await turns.give()
  order.push('mine')
  expect(order).toEqual(['other', 'mine'])
})
