import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Memory } from '../../src/store/memory.ts'
import { ValueIndex } from '../../src/store/value-index.ts'

test('value order gives every slot that ever held a value, whatever the table had to grow', () => {
  const values = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat(), fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)))
  const steps = fc.array(fc.record({ value: values, slot: fc.nat(20) }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, fc.nat(200), fc.nat(200), (steps, reserved, together) => {
      const index = new ValueIndex(new Memory())
      if (reserved > 100) index.reserve(reserved)
      const expected = new Map<number, number[]>()
      const last = steps.slice(-together)
      for (const [i, { value, slot }] of steps.entries()) {
        if (i < steps.length - last.length) index.add(value, slot)
        expected.set(value, [...(expected.get(value) ?? []), slot])
      }
      const [values, slots] = [last.map(({ value }) => value), last.map(({ slot }) => slot)]
      index.addAll(Float64Array.from(values), Int32Array.from(slots), last.length)
      for (const [value, slots] of expected) {
        const set = [...new Set(slots)].sort((a, b) => a - b)
        expect([...(index.slots(value, 1000) ?? [])]).toEqual(set)
        expect(index.count(value)).toBeGreaterThanOrEqual(set.length)
        expect(index.count(value)).toBeLessThanOrEqual(slots.length)
        expect(index.slots(value, index.count(value) - 1)).toBeNull()
      }
      expect([...(index.slots(4242, 0) ?? [])]).toEqual(expected.has(4242) ? [0] : [])
      expect(index.count(4243)).toBe(expected.get(4243)?.length ?? 0)
    }),
    { numRuns: 300 },
  )
})

test('a slot that holds the same value again takes no room', () => {
  const index = new ValueIndex(new Memory())
  for (let i = 0; i < 1000; i++) index.add(7, 3)
  expect(index.count(7)).toBe(1)
})
