import { type Random, seeded } from '../../../src/base/random.ts'
import type { FactColumn, IntervalColumn } from '../../../src/model/fact-view.ts'
import { visible } from '../../../src/model/fact-view.ts'
import { type Attribute, Schema } from '../../../src/model/schema.ts'
import { decimalOf, LONG, STRING, type ValueType } from '../../../src/model/type.ts'
import { ManyColumn } from '../../../src/store/many-column.ts'
import type { OneColumn } from '../../../src/store/one-column.ts'
import type { RawValue } from '../../../src/store/raw-value.ts'
import type { Pace } from '../../../src/store/slot-block.ts'
import { rawAt } from '../../../src/store/value-array.ts'

/*
 * A long history that follows from a seed, so that every thread knows what each moment must show without being told; the oracle is a plain
 * list of intervals. Blocks are small and checkpoints frequent: arrays are replaced all the time while readers are at them.
 */

export const PACE: Pace = { blockBits: 4, share: 1 / 2, least: 4 }

export interface Interval {
  readonly ordinal: number
  readonly value: RawValue
  readonly from: number
  to: number
}

export interface Change {
  readonly t: number
  readonly column: number
  readonly ends: boolean
  readonly ordinal: number
  readonly value: RawValue
}

const KINDS: readonly { readonly type: ValueType; readonly many: boolean; readonly values: readonly RawValue[] }[] = [
  { type: STRING, many: false, values: [0, 1, 2, 3, 4, 5, 6, 7] },
  // wide values come late, and widen what readers have in hand
  { type: LONG, many: false, values: [0, -7, 41, 5, 12, 2n ** 53n + 1n] },
  { type: decimalOf(2), many: false, values: [1, 2, 3, 2n ** 60n, 2n ** 100n] },
  { type: STRING, many: true, values: [0, 1, 2] },
]

export const COLUMNS = KINDS.length

export function attributeOf(column: number, index = true): Attribute {
  const { type, many } = KINDS[column]
  const schema = new Schema()
  schema.addKind('a', STRING)
  // codes have value order
  const flags = { many, index, component: false, restated: false, identity: false }
  schema.addAttribute({ ident: ':a/x', kind: 'a', type, doc: '', ...flags })
  return schema.attribute(':a/x')
}

/** The values that a column ever has. */
export const valuesOf = (column: number): readonly RawValue[] => KINDS[column].values

export interface History {
  readonly changes: readonly Change[]
  readonly intervals: readonly (readonly Interval[])[]
  readonly last: number
}

/** Several changes a transaction; the number of entities grows as it goes on. */
export function historyOf(seed: number, transactions: number): History {
  const random = seeded(seed)
  const changes: Change[] = []
  const intervals: Interval[][] = KINDS.map(() => [])
  const held = KINDS.map(() => new Map<string, Interval>())
  for (let t = 1; t <= transactions; t++) {
    const entities = 8 + Math.floor((90 * t) / transactions)
    for (let left = 1 + random.below(6); left > 0; left--) {
      const column = random.below(KINDS.length)
      const change = { t, column, ends: random.below(4) === 0, ...drawn(random, column, t / transactions, entities) }
      if (apply(change, intervals[column], held[column])) changes.push(change)
    }
  }
  return { changes, intervals, last: transactions }
}

function drawn(random: Random, column: number, done: number, entities: number) {
  const { values } = KINDS[column]
  const some = done < 0.3 ? Math.ceil(values.length / 2) : values.length
  return { ordinal: random.below(entities), value: values[random.below(some)] }
}

/** False where the change says nothing new, or would leave an interval empty. */
function apply({ t, column, ends, ordinal, value }: Change, facts: Interval[], held: Map<string, Interval>): boolean {
  const name = KINDS[column].many ? `${ordinal} ${value}` : String(ordinal)
  const now = held.get(name)
  if (now?.from === t || (ends && !now)) return false
  // what ended in a transaction does not begin again in it
  if (!ends && facts.slice(-12).some(fact => fact.to === t && fact.ordinal === ordinal && fact.value === value))
    return false
  if (now) now.to = t
  held.delete(name)
  if (ends) return true
  const fact = { ordinal, value, from: t, to: 0 }
  facts.push(fact)
  held.set(name, fact)
  return true
}

export function write(column: OneColumn | ManyColumn, { t, ends, ordinal, value }: Change): void {
  if (!ends) column.begin(ordinal, value, t)
  else if (column instanceof ManyColumn) column.end(ordinal, value, t)
  else column.end(ordinal, t)
}

const shown = (facts: Iterable<Interval>): string =>
  [...facts]
    .map(({ ordinal, value, from, to }) => `${ordinal} ${value} ${from} ${to}`)
    .sort()
    .join('\n')

export const visibleAt = (facts: readonly Interval[], t: number): string =>
  shown(facts.filter(({ from, to }) => from <= t && (to === 0 || to > t)).map(fact => ({ ...fact, to: 0 })))

export const withValue = (facts: readonly Interval[], value: RawValue): readonly Interval[] =>
  facts.filter(fact => fact.value === value)

export const intervalsAt = (facts: readonly Interval[], t: number): string =>
  shown(facts.filter(({ from }) => from <= t).map(fact => ({ ...fact, to: fact.to > t ? 0 : fact.to })))

/** What a column shows; throws where it contradicts itself. */
export function read(column: FactColumn): string {
  const found: Interval[] = []
  let last = -1
  const presence = column.presence ?? column.from
  for (let row = 0; row < column.length; row++) {
    const ordinal = column.e ? column.e[row] : row
    const here = visible(column.from[row], column.t)
    if (visible(presence[row], column.t) !== here) throw new Error(`row ${row} is present or not, by its two columns`)
    if (ordinal < last) throw new Error(`row ${row} is out of order`)
    last = ordinal
    if (here) found.push({ ordinal, value: rawAt(column.v, row), from: column.from[row], to: 0 })
  }
  if (found.length !== column.count) throw new Error(`it counts ${column.count} for ${found.length}`)
  return shown(found)
}

export function readIntervals({ length, e, v, from, to }: IntervalColumn): string {
  return shown(Array.from({ length }, (_, i) => ({ ordinal: e[i], value: rawAt(v, i), from: from[i], to: to[i] })))
}

export function readPoints(column: OneColumn | ManyColumn, ordinals: Iterable<number>, t: number): string {
  const found: Interval[] = []
  for (const ordinal of ordinals)
    for (const fact of [column.at(ordinal, t) ?? []].flat()) found.push({ ordinal, ...fact, to: 0 })
  return shown(found)
}

/** The same, asked entity by entity. */
export function readIntervalsOf(column: OneColumn | ManyColumn, ordinals: Iterable<number>, t: number): string {
  const found: Interval[] = []
  for (const ordinal of ordinals)
    for (const { value, from, to } of column.intervalsOf(ordinal))
      if (from <= t) found.push({ ordinal, value, from, to: to > t ? 0 : to })
  return shown(found)
}
