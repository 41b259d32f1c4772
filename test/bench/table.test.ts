import { describe, expect, it } from 'vitest'
import { type Row, ratio, reached, table } from '../../bench/table.ts'

const load: Row = { what: 'load', ours: 300, peers: { SQLite: 100 }, unit: 'events/s', better: 'higher', goal: 1 }
const disk: Row = { what: 'on disk', ours: 40, peers: { SQLite: 20, other: 80 }, unit: 'MB', better: 'lower', goal: 1 }

describe('a benchmark table', () => {
  it('says how many times as good ours is, whichever way is better', () => {
    expect(ratio(load, 'SQLite')).toBe(3)
    expect(ratio(disk, 'SQLite')).toBe(0.5)
    expect(ratio(disk, 'other')).toBe(2)
  })

  it('keeps a goal against every peer, and never by a number that is none', () => {
    expect(reached(load)).toBe(true)
    expect(reached(disk)).toBe(false)
    expect(reached({ ...disk, goal: 0.5 })).toBe(true)
    expect(reached({ ...load, ours: Number.NaN })).toBe(false)
  })

  it('aligns its columns and marks what is missed', () => {
    expect(table([load, disk])).toBe(
      [
        '         ours  SQLite  better by  other  better by  unit',
        'load      300     100      3.00x                    events/s (higher is better)  met',
        'on disk  40.0    20.0      0.50x   80.0      2.00x  MB (lower is better)         MISSED: goal 1x',
      ].join('\n'),
    )
  })

  it('says what ours must not exceed, and where it does', () => {
    const q1: Row = { what: 'q1', ours: 0.06, peers: {}, unit: 'ms', better: 'lower', most: 0.1 }
    const q2: Row = { ...q1, what: 'q2', ours: 0.2 }
    expect([reached(q1), reached(q2), reached({ ...q1, ours: Number.NaN })]).toEqual([true, false, false])
    expect(table([q1, q2])).toBe(
      [
        '     ours  at most  unit',
        'q1  0.060    0.100  ms (lower is better)  met',
        'q2  0.200    0.100  ms (lower is better)  MISSED: at most 0.100',
      ].join('\n'),
    )
  })
})
