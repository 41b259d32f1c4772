import { type FactColumn, type FactView, presenceOf, visible } from '../../model/fact-view.ts'
import type { Attribute } from '../../model/schema.ts'
import { askedFor, type Condition, passesRow, rawTest } from '../columns/condition.ts'
import type { Run } from '../columns/relation.ts'
import { type Coding, vectorOf } from '../columns/vector.ts'
import { showLiteral } from '../functions/comparable.ts'

const SAMPLE = 1024

/** Samples are kept for as long as the column that they are of: a view that serves many queries is sampled once. */
const samples = new WeakMap<FactColumn, readonly number[]>()
const shares = new WeakMap<FactColumn, Map<string, number>>()
/** Conditions remembered of a column. */
const SHARES = 256
const distinctValues = new WeakMap<FactColumn, number>()
/** Samples that were found one by one, of columns whose arrays nobody else needs. */
const found = new WeakMap<FactColumn, FactColumn>()

/** What a planner asks of one view: counts are exact, the rest is guessed from a sample of evenly spaced rows. */
export class Statistics {
  readonly #view: FactView
  readonly #coding: Coding
  readonly #partial: boolean

  constructor(view: FactView, coding: Coding & Pick<Run, 'partial'>) {
    this.#view = view
    this.#coding = coding
    this.#partial = coding.partial ?? false
  }

  count(attribute: Attribute): number {
    return this.#view.count(attribute)
  }

  /** A column with a sample of the facts: the column itself, or evenly spaced ones alone where only a part of the entities is asked for. */
  #sampled(attribute: Attribute): FactColumn {
    const column = this.#view.facts(attribute)
    const { e, length, seek } = column
    if (!this.#partial || e !== null || seek === undefined || length < SAMPLE) return column
    let few = found.get(column)
    if (few === undefined) {
      few = seek.of(Int32Array.from({ length: SAMPLE }, (_, i) => Math.floor((i * length) / SAMPLE))) ?? column
      found.set(column, few)
    }
    return few
  }

  #rows(column: FactColumn): readonly number[] {
    let rows = samples.get(column)
    if (rows === undefined) {
      const { length, t } = column
      // in the past an array that nobody needs would have to be made
      const from = column.count === length ? null : presenceOf(column)
      const step = Math.max(1, length / SAMPLE)
      const sampled: number[] = []
      for (let i = 0; i < length; i += step)
        if (from === null || visible(from[Math.floor(i)], t)) sampled.push(Math.floor(i))
      samples.set(column, (rows = sampled))
    }
    return rows
  }

  /** The share of facts whose value meets all conditions. */
  share(attribute: Attribute, conditions: readonly Condition[]): number {
    if (conditions.length === 0) return 1
    const column = this.#view.facts(attribute)
    const most = this.#most(attribute, column, conditions)
    if (most !== undefined) return Math.min(1, (most + 0.5) / (column.count + 1))
    const sampled = this.#sampled(attribute)
    if (sampled.v.as === 'i128') return 0.1
    const key = conditions.map(({ comparison, literal }) => `${comparison} ${showLiteral(literal)}`).join()
    const known = shares.get(column) ?? new Map<string, number>()
    shares.set(column, known)
    let share = known.get(key)
    if (share === undefined) {
      if (known.size >= SHARES) known.clear()
      known.set(key, (share = this.#share(attribute, sampled, conditions)))
    }
    return share
  }

  /** How many facts are found by value order for the one constant that is asked of the value; undefined where there is none. */
  seeks(attribute: Attribute, conditions: readonly Condition[]): number | undefined {
    return this.#most(attribute, this.#view.facts(attribute), conditions)
  }

  #most(attribute: Attribute, { seek }: FactColumn, conditions: readonly Condition[]): number | undefined {
    if (seek === undefined || conditions.length !== 1) return undefined
    const value = askedFor(conditions, attribute.type, this.#coding)
    return value === undefined ? undefined : seek.most(value)
  }

  #share(attribute: Attribute, column: FactColumn, conditions: readonly Condition[]): number {
    const vector = vectorOf(column.v, attribute.type, column.length)
    const tests = conditions.map(condition => passesRow(rawTest(condition, vector, this.#coding), vector))
    const rows = this.#rows(column)
    let hits = 0
    for (const row of rows) if (tests.every(passes => passes(row))) hits++
    return (hits + 0.5) / (rows.length + 1)
  }

  /** How many different values the attribute has: the GEE estimator (Charikar et al., "Towards Estimation Error Guarantees for Distinct Values", 2000). */
  distinct(attribute: Attribute): number {
    const column = this.#view.facts(attribute)
    let estimate = distinctValues.get(column)
    if (estimate === undefined) {
      const sampled = this.#sampled(attribute)
      const { v } = sampled
      const rows = this.#rows(sampled)
      const seen = new Map<number | bigint, number>()
      for (const row of rows) {
        const raw = v.values[v.as === 'i128' ? 2 * row : row]
        seen.set(raw, (seen.get(raw) ?? 0) + 1)
      }
      const once = [...seen.values()].filter(times => times === 1).length
      const scale = Math.sqrt(Math.max(1, this.count(attribute) / Math.max(1, rows.length)))
      distinctValues.set(column, (estimate = Math.max(1, scale * once + (seen.size - once))))
    }
    return estimate
  }
}
