import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LentMemory } from '../../src/base/lent-memory.ts'
import type { FactColumn } from '../../src/model/fact-view.ts'
import { visible } from '../../src/model/fact-view.ts'
import { type Attribute, Schema } from '../../src/model/schema.ts'
import { decimalOf, LONG, STRING, type ValueType } from '../../src/model/type.ts'
import { Budget } from '../../src/store/budget.ts'
import { ManyColumn } from '../../src/store/many-column.ts'
import { Memory } from '../../src/store/memory.ts'
import { OneColumn } from '../../src/store/one-column.ts'
import type { RawValue } from '../../src/store/raw-value.ts'
import type { Pace } from '../../src/store/slot-block.ts'
import { rawAt } from '../../src/store/value-array.ts'

/*
 * Columns against a plain list of intervals, with blocks of a few slots and checkpoints after a few changes, so that
 * random histories cross every boundary many times.
 */

interface Interval {
  readonly ordinal: number
  readonly value: RawValue
  readonly from: number
  to: number
}

function attributeOf(type: ValueType, many: boolean, index = true): Attribute {
  const schema = new Schema()
  schema.addKind('a', STRING)
  schema.addAttribute({
    ident: ':a/x',
    kind: 'a',
    type,
    many,
    // codes have value order
    index,
    component: false,
    restated: false,
    identity: false,
    doc: '',
  })
  return schema.attribute(':a/x')
}

const VALUES: Record<string, readonly RawValue[]> = {
  codes: [0, 1, 2, 3],
  longs: [0, -7, 41, 5, 2n ** 53n + 1n],
  decimals: [1, 2, 3, 2n ** 60n, 2n ** 100n],
}
const TYPES: Record<string, ValueType> = { codes: STRING, longs: LONG, decimals: decimalOf(2) }

const paces: fc.Arbitrary<Pace> = fc.record({
  blockBits: fc.integer({ min: 0, max: 3 }),
  share: fc.constantFrom(1 / 2, 1 / 4),
  least: fc.integer({ min: 1, max: 5 }),
})

/** Mostly begins; `jump` says whether the transaction before is over. */
const changes = fc.array(
  fc.record({
    jump: fc.constantFrom(0, 1, 1, 3),
    ends: fc.constantFrom(false, false, false, true),
    ordinal: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 11 })),
    value: fc.nat(),
    /** Where in history to ask, and how much of the answer to read at once. */
    ask: fc.option(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), read: fc.nat({ max: 7 }) }), {
      freq: 3,
    }),
  }),
  { maxLength: 80, size: 'max' },
)

/** Begins that come in order of entity, as most do. */
const births = (count: number) => Array.from({ length: count }, (_, ordinal) => ordinal)

const settings = fc.record({
  pace: paces,
  values: fc.constantFrom('codes', 'longs', 'decimals'),
  budget: fc.constantFrom(0, 2000, 1 << 20),
  first: fc.integer({ min: 0, max: 12 }),
})

const shown = (facts: Iterable<Interval>) =>
  [...facts].map(({ ordinal, value, from }) => `${ordinal} ${BigInt(value)} ${from}`).sort()

const heldAt = (facts: readonly Interval[], t: number) =>
  facts.filter(({ from, to }) => from <= t && (to === 0 || to > t))
const visibleIn = (facts: readonly Interval[], t: number) => shown(heldAt(facts, t))

/** Reads a column; throws where rows are out of order, or what it says about itself is not so. */
function read(column: FactColumn): string[] {
  const found: Interval[] = []
  let last = -1
  const presence = column.presence ?? column.from
  for (let row = 0; row < column.length; row++) {
    const here = visible(column.from[row], column.t)
    const ordinal = column.e ? column.e[row] : row
    // no `expect` for each row: it takes longer than all the rest
    if (visible(presence[row], column.t) !== here) throw new Error(`row ${row} is present or not, by its two columns`)
    if (ordinal < last) throw new Error(`row ${row} is out of order`)
    last = ordinal
    if (here) found.push({ ordinal, value: rawAt(column.v, row), from: column.from[row], to: 0 })
  }
  expect(column.count).toBe(found.length)
  return shown(found)
}

/** The same, entity by entity. */
function pointsOf(column: OneColumn | ManyColumn, at: number): string[] {
  const points: Interval[] = []
  for (let ordinal = 0; ordinal < 13; ordinal++) {
    const found = column.at(ordinal, at)
    for (const fact of found === undefined ? [] : Array.isArray(found) ? found : [found])
      points.push({ ordinal, ...fact, to: 0 })
  }
  return shown(points)
}

/** What is found of one column without reading all of it, beside all of it. */
function compareSeeks(column: FactColumn, expected: readonly Interval[], values: readonly RawValue[]): void {
  const { seek, t } = column
  if (seek === undefined) throw new Error('the columns of a store find facts')
  // no `expect` for each: it takes longer than all the rest
  const compare = (what: string, found: FactColumn | null, facts: readonly Interval[]) => {
    if (found === null) return
    const rows = Array.from({ length: found.length }, (_, row) => ({
      ordinal: found.e![row],
      value: rawAt(found.v, row),
      from: found.from[row],
      to: 0,
    }))
    if (found.count !== rows.length || shown(rows).join() !== shown(facts).join())
      throw new Error(`${what} as of ${t}: ${shown(rows)}, and not ${shown(facts)}`)
  }
  const ordinal = (t % 14) - 1
  const of = expected.filter(fact => fact.ordinal === ordinal)
  compare(`facts of ${ordinal}`, seek.of(Int32Array.of(ordinal)), of)
  if (seek.most(0) === undefined) return
  const value = [...(values as number[]), 77][t % (values.length + 1)]
  const facts = expected.filter(fact => fact.value === value)
  const found = seek.holding(Int32Array.of(value))
  if (found === null) throw new Error('so few are found one by one')
  compare(`facts that hold ${value}`, found, facts)
  if (!(seek.most(value)! >= facts.length)) throw new Error(`${value} has ${facts.length} facts, and not so many`)
  const either = expected.filter(({ value }) => value === 0 || value === 2)
  compare('facts that hold 0 or 2', seek.holding(Int32Array.of(2, 0, 2)), either)
}

const lent = new LentMemory()

/** Every so many slots of one column, read alone, beside all of it. */
function compareEvery({ seek, t }: FactColumn, expected: readonly Interval[]): void {
  const [first, step, rows] = [t % 5, 1 + (t % 4), 1 + (t % 13)]
  const column = seek?.every?.(first, step, rows)
  if (!column) return
  const asked = Array.from({ length: rows }, (_, i) => first + i * step)
  expect(column.run).toEqual({ first, step })
  expect(Array.from(column.e!)).toEqual(asked.slice(0, column.length))
  const wanted = shown(expected.filter(({ ordinal }) => asked.includes(ordinal)))
  expect(read(column)).toEqual(wanted)
  // in memory that was used before
  lent.begin()
  expect(read(seek!.every!(first, step, rows, lent.take)!)).toEqual(wanted)
}

/** Runs a history against a column, asking while it grows; gives its last t. */
function compare(
  column: OneColumn | ManyColumn,
  history: readonly {
    jump: number
    ends: boolean
    ordinal: number
    value: number
    ask: null | { at: number; read: number }
  }[],
  values: readonly RawValue[],
): void {
  const facts: Interval[] = []
  const held: { column: FactColumn; expected: string[] }[] = []
  const live = (ordinal: number) => facts.filter(fact => fact.to === 0 && fact.ordinal === ordinal)
  let t = 1
  let complete = 0

  const check = (at: number) => {
    const expected = visibleIn(facts, at)
    expect(column.countAt(at)).toBe(expected.length)
    const facts_ = column.factsAt(at)
    expect(facts_.t).toBe(at)
    compareEvery(facts_, heldAt(facts, at))
    expect(read(facts_)).toEqual(expected)
    compareSeeks(facts_, heldAt(facts, at), values)
    expect(pointsOf(column, at)).toEqual(expected)
  }

  for (const { jump, ends, ordinal, value, ask } of history) {
    if (jump > 0) {
      complete = t
      if (ask) {
        const at = Math.min(complete, Math.floor(ask.at * (complete + 1)))
        const asked = column.factsAt(at)
        const expected = visibleIn(facts, at)
        expect(asked.count).toBe(expected.length)
        if (ask.read === 0) compareSeeks(asked, heldAt(facts, at), values)
        compareEvery(asked, heldAt(facts, at))
        // some arrays are read now, the others when much has changed
        if (ask.read & 1) expect(rawAt(asked.v, 0)).toBe(rawAt(asked.v, 0))
        if (ask.read & 2) expect(asked.from.length).toBeGreaterThanOrEqual(asked.length)
        if (ask.read & 4) expect((asked.presence ?? asked.from).length).toBeGreaterThanOrEqual(asked.length)
        held.push({ column: asked, expected })
        const points = column.at(ordinal, at)
        const found = points === undefined ? [] : Array.isArray(points) ? points : [points]
        expect(shown(found.map(fact => ({ ordinal, ...fact, to: 0 })))).toEqual(
          visibleIn(
            facts.filter(fact => fact.ordinal === ordinal),
            at,
          ),
        )
      }
      t += jump
    }
    const raw = values[value % values.length]
    const now = live(ordinal)
    if (ends) {
      const fact = column instanceof ManyColumn ? now.find(fact => fact.value === raw) : now[0]
      // no interval is empty
      if (!fact || fact.from === t) continue
      fact.to = t
      if (column instanceof ManyColumn) column.end(ordinal, raw, t)
      else column.end(ordinal, t)
    } else {
      const replaced = column instanceof ManyColumn ? now.filter(fact => fact.value === raw) : now
      if (replaced.some(fact => fact.from === t)) continue
      // a fact that ended in this transaction does not begin again in it
      if (facts.some(fact => fact.to === t && fact.ordinal === ordinal && fact.value === raw)) continue
      for (const fact of replaced) fact.to = t
      facts.push({ ordinal, value: raw, from: t, to: 0 })
      column.begin(ordinal, raw, t)
    }
    const after = live(ordinal)
    expect([column.holds(ordinal), ...values.map(other => column.holdsValue(ordinal, other))]).toEqual([
      after.length > 0,
      ...values.map(other => after.some(fact => fact.value === other)),
    ])
    if (column instanceof ManyColumn)
      expect(column.current(ordinal).map(BigInt).sort()).toEqual(
        live(ordinal)
          .map(fact => BigInt(fact.value))
          .sort(),
      )
    else if (live(ordinal).length > 0) expect(BigInt(column.latest(ordinal))).toBe(BigInt(live(ordinal)[0].value))
  }

  expect([column.live, column.ended]).toEqual([
    facts.filter(fact => fact.to === 0).length,
    facts.filter(fact => fact.to !== 0).length,
  ])
  for (let at = 0; at <= t + 1; at++) check(at)
  for (const { column: asked, expected } of held) expect(read(asked)).toEqual(expected)
  // so many look-ups of one moment that it gets a snapshot
  for (const at of [t >> 1, t])
    for (let round = 0; round < 8; round++) expect(pointsOf(column, at)).toEqual(visibleIn(facts, at))
  for (const [at, after] of [
    [t, 0],
    [t >> 1, 0],
    [t, t >> 1],
    [t - (t >> 2), t >> 2],
  ]) {
    const { length, e, v, from, to } = column.intervalsAt(at, after)
    const found = Array.from({ length }, (_, row) => `${e[row]} ${BigInt(rawAt(v, row))} ${from[row]} ${to[row]}`)
    const endedSince = (fact: Interval) => fact.to > after && fact.to <= at
    const expected = facts.filter(fact => fact.from <= at && (fact.from > after || endedSince(fact)))
    expect(found.sort()).toEqual(
      expected.map(fact => `${fact.ordinal} ${BigInt(fact.value)} ${fact.from} ${fact.to > at ? 0 : fact.to}`).sort(),
    )
  }
  for (let ordinal = 0; ordinal < 13; ordinal++) {
    const own = facts.filter(fact => fact.ordinal === ordinal)
    const froms = own.map(fact => fact.from)
    const show = (interval: Omit<Interval, 'ordinal'>) => `${BigInt(interval.value)} ${interval.from} ${interval.to}`
    expect(column.intervalsOf(ordinal).map(show).sort()).toEqual(own.map(show).sort())
    expect(column.firstFrom(ordinal)).toBe(froms.length === 0 ? undefined : Math.min(...froms))
  }
}

/** Makes V8 collect what it can. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    // what the first found has been given back before the second begins
    collect()
  }
}

// memory that is not cleared holds moments at which everything would be visible
beforeEach(() => {
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(size => Buffer.alloc(size, Uint8Array.of(1, 0, 0, 0)))
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('store rules 17, 19 and 21: any moment, from checkpoints and what ended since', () => {
  for (const many of [false, true])
    test(`cardinality ${many ? 'many' : 'one'}: any history gives what a list of intervals gives, at every moment`, () => {
      let checkpoints = 0
      fc.assert(
        fc.property(settings, changes, ({ pace, values, budget, first }, history) => {
          const attribute = attributeOf(TYPES[values], many)
          const column = new (many ? ManyColumn : OneColumn)(attribute, new Budget(budget), pace)
          const begun = births(first).map(ordinal => ({ jump: 1, ends: false, ordinal, value: ordinal, ask: null }))
          compare(column, [...begun, ...history], VALUES[values])
          checkpoints += column.checkpoints
        }),
        { numRuns: 400 },
      )
      // the histories do reach what they are there for
      expect(checkpoints).toBeGreaterThan(800)
    })

  test('rule 21: a checkpoint comes when half as many facts changed as hold, or held at the last one', () => {
    const pace = { blockBits: 10, share: 1 / 2, least: 10 }
    const column = new OneColumn(attributeOf(LONG, false), new Budget(0), pace)
    let t = 0
    for (let ordinal = 0; ordinal < 100; ordinal++) column.begin(ordinal, ordinal, ++t)
    // nothing held at the last one, so only `least` counts; then each takes 50 changes
    const checkpoints = (changes: number) => {
      for (let i = 0; i < changes; i++) column.begin((7 * ++t) % 100, t, t)
      return column.checkpoints
    }
    expect([10, 1, 48, 1, 1, 50].map(checkpoints)).toEqual([0, 1, 1, 1, 2, 3])
    // with fewer that hold it comes earlier
    for (let ordinal = 40; ordinal < 100; ordinal++) column.end(ordinal, ++t)
    const before = column.checkpoints
    for (let i = 0; i < 200; i++) column.begin(++t % 40, t, t)
    expect(column.checkpoints - before).toBeGreaterThanOrEqual(9)
  })

  test('rule 22: history with its checkpoints takes at most 40 bytes a fact', () => {
    for (const type of [STRING, LONG]) {
      const column = new OneColumn(attributeOf(type, false, false), new Budget(0))
      const entities = 3000
      let t = 0
      for (; t < entities * 60; ) column.begin((Math.imul(++t, 0x9e3779b1) >>> 7) % entities, t % 1000, t)
      expect(column.bytes / (column.live + column.ended)).toBeLessThan(40)
    }
  })

  test('what was read lately is kept within the budget, and the rest is forgotten', () => {
    const budget = new Budget(1_000_000)
    const column = new OneColumn(attributeOf(LONG, false), budget)
    let t = 0
    for (; t < 5000; ) column.begin(++t % 1000, t, t)
    const first = column.factsAt(4000)
    const values = first.v
    expect(column.factsAt(4000)).toBe(first)
    const largest: number[] = []
    for (let at = 1000; at < 4000; at += 20) {
      expect(column.factsAt(at).v.values.length).toBe(1000)
      largest.push(budget.bytes)
    }
    expect(Math.max(...largest)).toBeLessThanOrEqual(1_000_000)
    expect(Math.max(...largest)).toBeGreaterThan(800_000)
    // forgotten, but whoever has it keeps it as it was
    const again = column.factsAt(4000)
    expect(again).not.toBe(first)
    expect(again.v).toEqual(values)
  })

  test('a few small arrays that are kept do not keep the memory of all that was read beside them', () => {
    // a mock remembers what it gave
    vi.restoreAllMocks()
    const budget = new Budget(4_000_000)
    const [small, large] = [97, 20_000].map(() => new OneColumn(attributeOf(LONG, false), budget))
    const moments = 1000
    for (let t = 1; t <= 20_000; t++) large.begin(t - 1, t, t)
    for (let t = 1; t <= moments; t++) small.begin(t % 97, t, t)
    const collect = collector()
    collect()
    const before = process.memoryUsage().arrayBuffers
    for (let t = 1; t <= moments; t++) {
      expect(small.factsAt(t).v.values[t % 97]).toBe(t)
      // what follows replaces what was read of a column that only grew
      large.begin(20_000 + t, t, 20_000 + t)
      expect(large.factsAt(20_000 + t).v.values[0]).toBe(1)
    }
    collect()
    const kept = process.memoryUsage().arrayBuffers - before
    expect(kept).toBeLessThan(3 * budget.limit)
    expect(kept).toBeGreaterThanOrEqual(budget.bytes / 2)
  })

  test('moments between which nothing changed share their arrays, and count for themselves', () => {
    const column = new OneColumn(attributeOf(LONG, false), new Budget(1 << 20))
    for (let t = 1; t <= 10; t++) column.begin(t - 1, t, t)
    column.begin(3, 7, 20)
    for (let t = 21; t <= 30; t++) column.begin(t - 11, t, t)
    const [early, late] = [column.factsAt(25), column.factsAt(22)]
    expect([early.count, late.count]).toEqual([15, 12])
    expect(late.v).toBe(early.v)
    // also when more is born after the array was made, but not for what it cannot know
    column.begin(20, 31, 31)
    expect(column.factsAt(23).v).toBe(early.v)
    expect(column.factsAt(31).v).not.toBe(early.v)
    expect(column.factsAt(19).v).not.toBe(early.v)
  })
})

test('a block whose arrays got pieces of unequal size, from memory that is used again, counts every birth', () => {
  const memory = new Memory()
  const column = new OneColumn(attributeOf(STRING, false), undefined, undefined, memory)
  column.begin(0, 1, 1)
  column.begin(0, 2, 2)
  // values and since when get these as they grow to 4,096 bytes, and births a piece of their own
  for (const piece of [memory.allocate(4928), memory.allocate(4928)]) memory.release(piece)
  for (let ordinal = 1; ordinal < 1200; ordinal++) column.begin(ordinal, ordinal, ordinal + 2)
  for (const ordinal of [1023, 1024, 1199]) expect(column.firstFrom(ordinal)).toBe(ordinal + 2)
  expect(column.countAt(1201)).toBe(1200)
  expect(column.countAt(1025)).toBe(1024)
})
