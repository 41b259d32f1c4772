import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PackedNumbers } from '../../src/store/packed-numbers.ts'

const packed = (numbers: readonly number[], bits?: number): PackedNumbers => {
  const column = new PackedNumbers(bits)
  for (const number of numbers) column.push(number)
  return column
}

const read = (column: PackedNumbers): number[] => Array.from({ length: column.length }, (_, row) => column.at(row))

describe('packed numbers', () => {
  test('are what was pushed, for every width and at every border of a block', () => {
    const base = fc.constantFrom(0, -1, 1_700_000_000_000, -(2 ** 53) + 1, 2 ** 53 - 1 - 2 ** 33)
    const step = fc.constantFrom(0, 1, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 33)
    const numbers = fc.oneof(
      fc.tuple(base, fc.array(step, { maxLength: 40 })).map(([base, steps]) => steps.map(step => base + step)),
      fc.array(fc.oneof(fc.maxSafeInteger(), fc.constant(Number.NaN), fc.double({ noDefaultInfinity: true })), {
        maxLength: 40,
      }),
      fc.array(fc.constantFrom(Number.NaN, 7), { maxLength: 40 }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), numbers, (bits, numbers) => {
        // zero has one sign here
        expect(read(packed(numbers, bits)).map(n => n + 0)).toEqual(numbers.map(n => n + 0))
      }),
      { numRuns: 1000 },
    )
  })

  test('take the room of what differs within a block, and none where nothing does', () => {
    const rows = Array.from({ length: 4 * 1024 + 1 }, (_, i) => i)
    const open = packed([0], 10).bytes
    const room = (numbers: readonly number[]) => packed(numbers, 10).bytes - open
    expect(room(rows.map(() => 1_700_000_000_123))).toBe(0)
    expect(room(rows.map(() => Number.NaN))).toBe(0)
    expect(room(rows.map(i => 2 ** 52 + (i % 256)))).toBe(4 * 1024)
    expect(room(rows)).toBe(4 * 1024 * 2)
    expect(room(rows.map(i => i * 1_000_000))).toBe(4 * 1024 * 4)
    expect(room(rows.map(i => i / 2))).toBe(4 * 1024 * 8)
  })
})
