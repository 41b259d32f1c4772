import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Schema } from '../../src/model/schema.ts'
import { ANY, DOUBLE, LONG, STRING } from '../../src/model/type.ts'
import type { Value } from '../../src/model/value.ts'
import { keyText } from '../../src/query/columns/numbering.ts'
import { Memory } from '../../src/query/columns/pace.ts'
import { QueryStrings } from '../../src/query/columns/query-strings.ts'
import type { Relation, Run } from '../../src/query/columns/relation.ts'
import { boxed, vectorFrom } from '../../src/query/columns/vector.ts'
import { PairSet } from '../../src/query/operators/pair-set.ts'
import { RowSet } from '../../src/query/operators/row-set.ts'
import { runBlock } from '../../src/query/operators/step.ts'

const strings = new QueryStrings({ code: () => -1, text: () => '', size: 0 })
const newRun = (): Run => {
  const memory = new Memory(Number.POSITIVE_INFINITY)
  return { strings, schema: new Schema(), stop: () => {}, reserve: bytes => memory.reserve(bytes), memory }
}

test('pairs are new once, as bits and, beyond what bits may take, hashed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(300), fc.oneof(fc.nat(300), fc.nat(5000))), { maxLength: 400 }),
      fc.constantFrom(256, 4096, 1 << 24),
      (pairs, most) => {
        const set = new PairSet(most)
        const seen = new Set<string>()
        for (const [a, b] of pairs) {
          expect(set.add(a, b)).toBe(!seen.has(`${a} ${b}`))
          seen.add(`${a} ${b}`)
        }
        expect(set.bytes).toBeLessThan(Math.max(most, 256) + 48 * 400 * 4)
      },
    ),
    { numRuns: 150 },
  )
})

const KINDS = [
  { type: LONG, value: (n: number): Value => BigInt(n) },
  { type: LONG, value: (n: number): Value => BigInt(n) * 2n ** 60n },
  { type: DOUBLE, value: (n: number): Value => n },
  { type: STRING, value: (n: number): Value => `t${n}` },
  { type: ANY, value: (n: number): Value => (n % 2 === 0 ? `t${n}` : BigInt(n)) },
]

test('rows are kept once whatever their types, and found again by some of their columns', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.tuple(fc.nat(4), fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)), { maxLength: 60 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (width, batches) => {
        const run = newRun()
        const set = new RowSet(Array.from({ length: width }, () => LONG))
        const rows = new Map<string, string[]>()
        for (const [kind, list] of batches) {
          const { type, value } = KINDS[kind]
          const values = list.map(row => row.slice(0, width).map(value))
          const vectors = Array.from({ length: width }, (_, i) =>
            vectorFrom(
              type,
              values.map(row => row[i]),
              run,
            ),
          )
          const before = rows.size
          for (const row of values) rows.set(row.map(keyText).join(), row.map(keyText))
          expect(set.add(vectors, list.length, run)).toBe(rows.size - before)
          const found = set.part(0, set.rows, run).map(vector => boxed(vector, set.rows, run).map(keyText))
          expect(new Set(found[0].map((_, row) => found.map(column => column[row]).join()))).toEqual(
            new Set(rows.keys()),
          )
          // by the last column alone
          const pairs = set.probe([width - 1], [vectors[width - 1]], list.length, run)
          if (pairs === undefined) continue
          const met = [...pairs.left].map((row, i) => `${row} ${found.map(column => column[pairs.right[i]]).join()}`)
          const expected = values.flatMap((row, i) =>
            [...rows.values()]
              .filter(other => other[width - 1] === keyText(row[width - 1]))
              .map(other => `${i} ${other.join()}`),
          )
          expect(met.sort()).toEqual(expected.sort())
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('what the steps of a nested list take is free after it, and what lies around it is not', () => {
  const run = newRun()
  const eight = (rows: number): Relation => ({
    rows,
    columns: new Map([['?x', { type: LONG, as: 'f64', values: new Float64Array(rows) }]]),
    key: null,
  })
  const step = (work: (input: Relation) => Relation) => ({
    op: '',
    detail: '',
    estimatedRows: 1,
    nested: [],
    run: work,
  })
  const block = (...steps: ReturnType<typeof step>[]) => ({ steps, rows: 1, cost: 1, crosses: [], order: [] })
  const held: number[] = []
  const inner = block(
    step(() => {
      run.reserve(500)
      return eight(2)
    }),
    step(input => {
      held.push(run.memory.held)
      return input
    }),
  )
  const outer = block(
    step(() => eight(10)),
    step(input => {
      runBlock(inner, input, run)
      held.push(run.memory.held)
      return input
    }),
  )
  runBlock(outer, eight(0), run)
  expect(held).toEqual([80 + 16, 80])
  expect(run.memory.held).toBe(0)
})
