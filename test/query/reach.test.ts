import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Schema } from '../../src/model/schema.ts'
import { Memory } from '../../src/query/columns/pace.ts'
import { QueryStrings } from '../../src/query/columns/query-strings.ts'
import { reachAll } from '../../src/query/columns/reach.ts'
import type { Run } from '../../src/query/columns/relation.ts'
import { Edges } from '../../src/query/columns/walk.ts'

const NODES = 90
const strings = new QueryStrings({ code: () => -1, text: () => '', size: 0 })
const limited = (memory: Memory): Run => ({
  strings,
  schema: new Schema(),
  stop: () => {},
  reserve: bytes => memory.reserve(bytes),
  memory,
})
const run = limited(new Memory(Number.POSITIVE_INFINITY))

type Edge = readonly [number, number]

const laid = (edges: readonly Edge[]) => {
  const all = new Edges()
  all.add(
    Int32Array.from(edges, ([a]) => a),
    Int32Array.from(edges, ([, b]) => b),
    edges.length,
  )
  return all.laid(NODES)
}

/** Step by step from each node, with plain sets. */
function walked(steps: readonly Edge[], bases: readonly Edge[]): [number, number][] {
  return Array.from({ length: NODES }, (_, origin) => origin).flatMap(origin => {
    const seen = new Set([origin])
    // a set goes on over what is added to it
    for (const node of seen) for (const [a, b] of steps) if (a === node) seen.add(b)
    const found = new Set(bases.flatMap(([a, b]) => (seen.has(a) ? [b] : [])))
    return [...found].sort((a, b) => a - b).map((end): [number, number] => [origin, end])
  })
}

const node = fc.nat(NODES - 1)
const edges = (ends: fc.Arbitrary<number>) => fc.array(fc.tuple(node, ends), { maxLength: 130, size: 'max' })
/** Steps that only go up make no circle. */
const steps = fc
  .tuple(edges(node), fc.boolean())
  .map(([list, up]) => (up ? list.map(([a, b]): Edge => [Math.min(a, b), Math.max(a, b)]) : list))

test('what nodes reach, circles and all, is what walking from each of them finds, in order', () => {
  fc.assert(
    fc.property(steps, edges(fc.nat(5000)), fc.boolean(), (over, apart, same) => {
      const bases = same ? over : apart
      const found = reachAll(laid(over), laid(bases), NODES, same ? NODES : 5001, run)
      expect(found === null ? null : Array.from(found.left, (a, i) => [a, found.right[i]])).toEqual(walked(over, bases))
    }),
    { numRuns: 150 },
  )
})

test('where the results of all nodes would take too much room nothing is found, and memory is asked for', () => {
  // results far from each other have a word each: 90 nodes reach 45 of them on average
  const chain = Array.from({ length: NODES - 1 }, (_, i): Edge => [i, i + 1])
  const apart = Array.from({ length: NODES }, (_, i): Edge => [i, 700 * i])
  const find = (most: number, given = run) => reachAll(laid(chain), laid(apart), NODES, 65_536, given, most)
  expect(find(4096)).toBeNull()
  expect(find(8192)?.left.length).toBe((NODES * (NODES + 1)) / 2)
  expect(() => find(8192, limited(new Memory(30_000)))).toThrow('the query needs more')
  expect(reachAll(laid(chain), laid(apart), NODES, 65_537, run)).toBeNull()
})
