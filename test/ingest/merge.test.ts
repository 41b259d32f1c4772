import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { knownOf, type Lane, Merge } from '../../src/ingest/merge.ts'

type Item = { lane: number; at: number; known: number }

/** Lanes of timestamps, as partitions deliver them, with `known` by rule 1. */
function items(lanes: readonly (readonly number[])[], now: number): Item[][] {
  return lanes.map((timestamps, lane) => {
    let known = 0
    return timestamps.map((timestamp, at) => {
      known = knownOf(known, timestamp, now)
      return { lane, at, known }
    })
  })
}

const byKnown = (a: Item, b: Item) => a.known - b.known || a.lane - b.lane || a.at - b.at
const anyLanes = fc.array(fc.array(fc.nat(30), { maxLength: 40 }), { minLength: 1, maxLength: 9 })

describe('known', () => {
  test('follows the timestamp, never runs ahead of now and never falls', () => {
    expect(knownOf(10, 20, 100)).toBe(20)
    expect(knownOf(10, 5, 100)).toBe(10)
    expect(knownOf(10, 500, 100)).toBe(100)
    expect(knownOf(150, 500, 100)).toBe(150)
  })
})

describe('merge', () => {
  test('equals a sort by known, then lane, then order, in bites of any size', () => {
    fc.assert(
      fc.property(anyLanes, fc.nat(40), fc.integer({ min: 1, max: 7 }), (timestamps, now, bite) => {
        const all = items(timestamps, now)
        const merge = new Merge<number, Item>((a, b) => a - b)
        // Added backwards: the order of keys decides, not that of adding.
        for (let i = all.length - 1; i >= 0; i--) {
          const lane = merge.add(i, 0)
          for (const item of all[i]) lane.push(item, item.known, 1)
          lane.open = false
        }
        const merged: Item[] = []
        for (let taken = merge.take(bite, 1e9); taken.length > 0; taken = merge.take(bite, 1e9)) {
          expect(taken.length).toBeLessThanOrEqual(bite)
          merged.push(...taken)
        }
        expect(merged).toEqual(all.flat().sort(byKnown))
        expect(merge.size).toBe(0)
      }),
    )
  })

  test('lanes that are filled little by little and closed at their end merge as if all had been there', () => {
    fc.assert(
      fc.property(anyLanes, fc.array(fc.nat(8), { maxLength: 200 }), (timestamps, turns) => {
        const all = items(timestamps, 30)
        const merge = new Merge<number, Item>((a, b) => a - b)
        const lanes = all.map((_, i) => merge.add(i, 0))
        const merged: Item[] = []
        const step = (i: number) => {
          const item = all[i][lanes[i].size + merged.filter(({ lane }) => lane === i).length]
          if (item === undefined) lanes[i].open = false
          else lanes[i].push(item, item.known, 1)
          merged.push(...merge.take(3, 1e9))
        }
        for (const turn of turns) step(turn % lanes.length)
        for (let left = true; left; ) {
          left = false
          for (let i = 0; i < lanes.length; i++) {
            if (lanes[i].open || lanes[i].size > 0) left = true
            step(i)
          }
        }
        expect(merged).toEqual(all.flat().sort(byKnown))
      }),
    )
  })

  test('waits for an open lane that holds nothing, and no longer once that is closed', () => {
    const merge = new Merge<string, string>((a, b) => (a < b ? -1 : 1))
    const full = merge.add('full', 0)
    const empty = merge.add('empty', 0)
    full.push('a', 5, 1)
    expect(merge.take(10, 1e9)).toEqual([])
    empty.push('b', 7, 1)
    expect(merge.take(10, 1e9)).toEqual(['a'])
    full.open = false
    expect(merge.take(10, 1e9)).toEqual(['b'])
    expect(merge.take(10, 1e9)).toEqual([])
  })

  test('stops when the bytes are reached, and counts what is held', () => {
    const merge = new Merge<number, number>((a, b) => a - b)
    const lane = merge.add(0, 0)
    lane.open = false
    for (let i = 0; i < 10; i++) lane.push(i, i, 100)
    expect(lane.bytes).toBe(1000)
    expect(merge.take(100, 250)).toEqual([0, 1, 2])
    expect(lane.bytes).toBe(700)
    expect([lane.last, lane.known, lane.size]).toEqual([2, 2, 7])
  })

  test('a lane keeps its order and its weight through many thousand records', () => {
    const merge = new Merge<number, number>((a, b) => a - b)
    const lane: Lane<number> = merge.add(0, 0)
    let pushed = 0
    let taken = 0
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 1000; i++) lane.push(pushed, pushed++, 3)
      for (const record of merge.take(700, 1e9)) expect(record).toBe(taken++)
    }
    expect(lane.size).toBe(pushed - taken)
    expect(lane.bytes).toBe(3 * lane.size)
  })

  test('a known that falls within a lane is a bug of whoever pushes', () => {
    const lane = new Merge<number, number>((a, b) => a - b).add(0, 10)
    expect(() => lane.push(1, 9, 1)).toThrow('bug')
  })
})
