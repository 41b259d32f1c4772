import { expect, test } from 'vitest'
import { FairQueue } from '../../../src/serve/readers/fair-queue.ts'

const drained = (queue: FairQueue<string>): string[] => {
  const all: string[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next)
  return all
}

test('clients have their turns, and each its own order', () => {
  const queue = new FairQueue<string>()
  for (let i = 1; i <= 4; i++) queue.push('a', `a${i}`)
  queue.push('b', 'b1')
  queue.push('b', 'b2')
  queue.push('c', 'c1')
  expect(queue.length).toBe(7)
  expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  expect(queue.length).toBe(0)
})

test('who comes back waits behind those who are there', () => {
  const queue = new FairQueue<string>()
  queue.push('a', 'a1')
  queue.push('b', 'b1')
  expect(queue.shift()).toBe('a1')
  queue.push('a', 'a2')
  expect(drained(queue)).toEqual(['b1', 'a2'])
})

test('who no longer waits is taken out, once', () => {
  const queue = new FairQueue<string>()
  queue.push('a', 'a1')
  queue.push('a', 'a2')
  expect([queue.remove('a', 'a1'), queue.remove('a', 'a1'), queue.remove('b', 'a2')]).toEqual([true, false, false])
  expect([queue.length, [...queue], drained(queue)]).toEqual([1, ['a2'], ['a2']])
})
