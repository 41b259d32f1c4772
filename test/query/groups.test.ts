import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Schema } from '../../src/model/schema.ts'
import { STRING } from '../../src/model/type.ts'
import { gridOf } from '../../src/query/aggregates/grid.ts'
import { groupsOf } from '../../src/query/aggregates/grouping.ts'
import { mergeSets } from '../../src/query/columns/merge.ts'
import { Memory } from '../../src/query/columns/pace.ts'
import { QueryStrings } from '../../src/query/columns/query-strings.ts'
import type { Run } from '../../src/query/columns/relation.ts'
import type { Vector } from '../../src/query/columns/vector.ts'

const memory = new Memory(Number.POSITIVE_INFINITY)
const run: Run = {
  strings: new QueryStrings({ code: () => -1, text: () => '', size: 0 }),
  schema: new Schema(),
  stop: () => {},
  reserve: () => {},
  memory,
}
const codes = (values: readonly number[]): Vector => ({ type: STRING, as: 'i32', values: Int32Array.from(values) })

const keyed = fc
  .record({
    rows: fc.integer({ min: 0, max: 700 }),
    low: fc.nat(1000),
    spread: fc.integer({ min: 1, max: 40 }),
    keys: fc.integer({ min: 1, max: 2 }),
  })
  .chain(({ rows, low, spread, keys }) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.array(fc.array(fc.integer({ min: low, max: low + spread }), { minLength: rows, maxLength: rows }), {
        minLength: keys,
        maxLength: keys,
      }),
      values: fc.array(
        fc.oneof({ weight: 50, arbitrary: fc.integer() }, { weight: 1, arbitrary: fc.maxSafeInteger() }),
        { minLength: rows, maxLength: rows },
      ),
      sizesFirst: fc.boolean(),
    }),
  )

test('groups by codes, laid out in a grid or numbered, are those of a table of texts', () => {
  let grids = 0
  fc.assert(
    fc.property(keyed, ({ rows, columns, values, sizesFirst }) => {
      const keys = columns.map(codes)
      if (gridOf(keys, rows, run) !== undefined) grids++
      const groups = groupsOf(keys, rows, run)
      const expected = new Map<string, { size: number; sum: bigint; first: number }>()
      let size = 0n
      for (let i = 0; i < rows; i++) {
        const key = columns.map(column => column[i]).join()
        const known = expected.get(key) ?? { size: 0, sum: 0n, first: i }
        size += BigInt(Math.abs(values[i]))
        expected.set(key, { ...known, size: known.size + 1, sum: known.sum + BigInt(values[i]) })
      }
      if (sizesFirst) groups.sizes(run)
      const sums = groups.sums(Float64Array.from(values), run)
      expect(groups.count).toBe(expected.size)
      expect(sums === undefined).toBe(size > BigInt(Number.MAX_SAFE_INTEGER))
      for (let group = 0; group < groups.count; group++) {
        const key = columns.map(column => column[groups.first[group]]).join()
        const own = expected.get(key)
        expect({ size: groups.sizes(run)[group], first: groups.first[group] }).toEqual({
          size: own?.size,
          first: own?.first,
        })
        if (sums !== undefined) expect(BigInt(sums[group])).toBe(own?.sum)
      }
      for (let i = 0; i < rows; i++) {
        const first = groups.first[groups.ids[i]]
        expect(columns.map(column => column[first])).toEqual(columns.map(column => column[i]))
      }
    }),
    { numRuns: 60 },
  )
  expect(grids).toBeGreaterThan(0)
})

test('two sets in order become one', () => {
  const set = fc
    .uniqueArray(fc.integer({ min: -50, max: 9000 }), { maxLength: 5000, size: 'max' })
    .map(values => Int32Array.from(values).sort())
  fc.assert(
    fc.property(set, set, (a, b) => {
      expect([...mergeSets(a, b, run)]).toEqual([...new Set([...a, ...b])].sort((x, y) => x - y))
    }),
    { numRuns: 60 },
  )
})
