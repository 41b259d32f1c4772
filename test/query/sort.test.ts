import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONG } from '../../src/model/type.ts'
import { Memory } from '../../src/query/columns/pace.ts'
import type { Run } from '../../src/query/columns/relation.ts'
import { type Keys, sortByKeys } from '../../src/query/columns/sort.ts'
import { sortedRows } from '../../src/query/operators/order.ts'

const run = { stop: () => {}, reserve: () => {}, memory: new Memory(Number.POSITIVE_INFINITY) } as unknown as Run

/** Lists short and long, of numbers close together, far apart, broken, and negative: each kind is sorted in another way. */
const lists = fc
  .record({
    length: fc.constantFrom(1, 10, 24, 25, 300, 5_000, 20_000),
    kind: fc.constantFrom('close', 'far', 'broken', 'zeros', 'wide'),
    seed: fc.integer(),
  })
  .map(({ length, kind, seed }): Keys => {
    let x = seed | 0
    const next = () => {
      x = (Math.imul(x, 1664525) + 1013904223) | 0
      return x
    }
    const numbers = Array.from({ length }, next)
    if (kind === 'wide') return BigInt64Array.from(numbers, n => BigInt(n) * 3_000_000_000n)
    if (kind === 'close') return Int32Array.from(numbers, n => n % 50)
    if (kind === 'zeros') return Float64Array.from(numbers, n => [0, -0, 0.5, -0.5][n & 3])
    return Float64Array.from(numbers, n => (kind === 'far' ? n * 1_000_003 : n / 1_000_003))
  })

test('row numbers by their keys, those of equal keys in the order in which they were', () => {
  fc.assert(
    fc.property(lists, fc.boolean(), (keys, turned) => {
      const order = Int32Array.from({ length: keys.length }, (_, i) => (turned ? keys.length - 1 - i : i))
      const before = [...order]
      const place = new Map(before.map((row, i) => [row, i]))
      const expected = before.sort((a, b) =>
        keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : (place.get(a) as number) - (place.get(b) as number),
      )
      sortByKeys(keys, order, run)
      expect(order).toEqual(Int32Array.from(expected))
    }),
    { numRuns: 60 },
  )
})

test('rows by several columns, the first one first', () => {
  const column = (rows: number) =>
    fc.oneof(
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: rows, maxLength: rows }),
      fc.array(fc.constantFrom(-0.5, 0, 0.5, 1e12), { minLength: rows, maxLength: rows }),
    )
  fc.assert(
    fc.property(
      fc.constantFrom(2, 40, 200).chain(rows => fc.tuple(column(rows), column(rows), column(rows), fc.nat(7))),
      ([a, b, c, ways]) => {
        const columns = [a, b, c].map((values, i) => ({
          vector: { type: LONG, as: 'f64', values: Float64Array.from(values) } as const,
          descending: ((ways >> i) & 1) === 1,
        }))
        const order = sortedRows(columns, a.length, run) ?? Int32Array.from(a, (_, i) => i)
        const text = (row: number) => [a[row], b[row], c[row]].map(x => x + 0).join()
        const expected = a
          .map((_, i) => i)
          .sort((x, y) => {
            for (const { vector, descending } of columns) {
              const difference = vector.values[x] - vector.values[y]
              if (difference !== 0) return descending ? -difference : difference
            }
            return 0
          })
        expect([...order].map(text)).toEqual(expected.map(text))
        expect(new Set(order).size).toBe(a.length)
      },
    ),
    { numRuns: 200 },
  )
})
