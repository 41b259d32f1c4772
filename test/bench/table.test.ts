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
        'load      300     100      3.00x                    events/s (higher is better)',
        'on disk  40.0    20.0      0.50x   80.0      2.00x  MB (lower is better)         MISSED: goal 1x',
      ].join('\n'),
    )
  })
})
