import { type AnyValue, PullMap } from '../../../src/model/answer.ts'
import { arrayStore } from '../../../src/model/array-view.ts'
import { entityNumber } from '../../../src/model/entity-id.ts'
import type { FactView } from '../../../src/model/fact-view.ts'
import { HistoryView } from '../../../src/model/history.ts'
import { EntityRef, isList, Keyword, type Value } from '../../../src/model/value.ts'
import { keyText } from '../../../src/query/columns/numbering.ts'
import type { Question } from './question.ts'
import { allFacts, LAST, type PlainWorld, schemaFor } from './world.ts'

/** The sources of a question over a world. */
export interface Opened {
  readonly store: (t?: number) => FactView
  readonly sources: ReadonlyMap<string, FactView>
}

export function open(world: PlainWorld, { now, old, where }: Question): Opened {
  const store = arrayStore({
    schema: schemaFor(world),
    // so that there are as many transactions in every world
    facts: [...allFacts(world), { e: 'q:c', a: ':q/id', v: 'c', from: LAST + 1 }].slice(0, -1),
    layout: world.layout,
  })
  const uses = (source: string) => where.some(clause => clause.includes(`${source} `))
  const sources = new Map<string, FactView>([['$', store(now)]])
  if (uses('$old')) sources.set('$old', store(old))
  if (uses('$h')) sources.set('$h', new HistoryView(store(now)))
  return { store, sources }
}

/** An entity as DataScript numbers it: kinds one after the other, so that the order is the same. */
export const plainNumber = (entity: number): number => {
  const kind = Math.floor(entity / 2 ** 32)
  return kind === 0 ? entity : kind * 1000 + (entity - entityNumber(kind, 0)) + 1
}

/** A text that equal values share, whichever of the three gave them: numbers by value, entities by number, attributes by name. */
export function canonical(value: AnyValue | undefined): string {
  if (value === null || value === undefined) return 'nil'
  if (value instanceof EntityRef) return canonicalNumber(plainNumber(value.number))
  if (value instanceof Keyword) return JSON.stringify(value.name.slice(1))
  if (isList(value)) return `[${value.map(each => canonical(each)).join(' ')}]`
  if (value instanceof PullMap)
    return object(value.pairs.map(([key, inside]) => [canonical(key), canonical(inside)] as const))
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return String(value)
  const number = Number(String(value))
  return Number.isNaN(number) ? keyText(value as Value) : canonicalNumber(number)
}

/** Twelve digits: a mean of doubles may differ in its last ones. */
export const canonicalNumber = (value: number): string => String(Number(value.toPrecision(12)))

export const object = (pairs: readonly (readonly [string, string])[]): string =>
  `{${pairs
    .map(pair => pair.join(' '))
    .sort()
    .join()}}`
