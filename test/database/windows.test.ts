import { expect, test } from 'vitest'
import { inWindows } from '../../src/database/windows.ts'
import type { Answer } from '../../src/model/answer.ts'

/** What each window has, where an entity has so many rows from the window's first to its last that is known. */
function windows(extent: number, shards: number, rowsOf: (ordinal: number) => number, known = extent) {
  const seen: [number, number][] = []
  const parts = inWindows(extent, shards, ({ low, high }) => {
    seen.push([low, high])
    let rows = 0
    for (let i = low; i < Math.min(high, known); i += shards) rows += rowsOf(i)
    return { rows } as Answer
  })
  return { rows: [...parts].map(({ rows }) => rows), seen }
}

test('windows leave out nothing and nothing twice', () => {
  const { seen, rows } = windows(3_000_000, 3, () => 1)
  expect(seen[0][0]).toBe(0)
  for (let i = 1; i < seen.length; i++) expect(seen[i][0]).toBe(seen[i - 1][1])
  expect(seen.at(-1)![1]).toBeGreaterThanOrEqual(3_000_000)
  expect(rows.reduce((a, b) => a + b, 0)).toBe(1_000_000)
})

test('parts stay small where an entity has many rows, and grow where it has few', () => {
  expect(Math.max(...windows(1_000_000, 1, i => (i < 131_072 ? 1 : 20)).rows.slice(2))).toBeLessThan(400_000)
  expect(windows(10_000_000, 1, i => Number(i % 1000 === 0)).seen.length).toBeLessThan(12)
})

test('parts are the same when there are more entities by then', () => {
  const [before, after] = [1_000_000, 2_345_678].map(extent => windows(extent, 7, i => i % 5, 1_000_000).rows)
  expect(after).toEqual(before)
})
