import { entityNumber } from '../model/entity-id.ts'
import { entityText } from '../model/entity-text.ts'
import type { FactView } from '../model/fact-view.ts'
import { showInstant } from '../model/instant.ts'
import { jsonValue } from '../model/json-value.ts'
import type { Attribute } from '../model/schema.ts'
import type { ValueType } from '../model/type.ts'
import type { LoggedFact, LoggedTransaction } from './api.ts'
import { Origins } from './origin.ts'

interface Change {
  readonly attribute: Attribute
  readonly ordinal: number
  readonly fact: LoggedFact
}

/**
 * The transactions from `first` to the view's own, each with the facts that it began and ended: by entity, then attribute, what ended first.
 * Costs a look at every attribute that changed since `first`, so callers take pages.
 */
export function readTransactions(view: FactView, first: number): LoggedTransaction[] {
  const changes: Change[][] = Array.from({ length: Math.max(0, view.t - first + 1) }, () => [])
  const after = first - 1
  for (const attribute of view.schema.attributes) {
    if (attribute.kind.number === 0) continue
    const { length, e, from, to } = view.intervals(attribute, after)
    const entities = new Set<number>()
    for (let row = 0; row < length; row++) if (from[row] > after || to[row] > after) entities.add(e[row])
    for (const ordinal of entities) collect(view, attribute, ordinal, after, changes)
  }
  const origins = new Origins(view)
  return changes.map((found, i) => {
    const t = first + i
    found.sort(inOrder)
    return {
      t,
      instant: showInstant(view.instantOf(t)),
      recordTime: timeOf(view, 'recordTime', t)!,
      eventTime: timeOf(view, 'eventTime', t),
      contract: origins.text('contract', t)!,
      origin: origins.of(t),
      facts: found.map(({ fact }) => fact),
    }
  })
}

function collect(view: FactView, attribute: Attribute, ordinal: number, after: number, into: Change[][]): void {
  const { ident, kind, type } = attribute
  const about = { id: entityText(view, kind, ordinal), entity: entityNumber(kind.number, ordinal), attribute: ident }
  for (const { value, from, to } of view.intervalsOf(attribute, ordinal)) {
    const shown = jsonValue(value, view, type)
    const put = (t: number, op: LoggedFact['op']) =>
      into[t - after - 1].push({ attribute, ordinal, fact: { ...about, value: shown, op } })
    if (to > after) put(to, 'retract')
    if (from > after) put(from, 'assert')
  }
}

const inOrder = (a: Change, b: Change): number =>
  a.attribute.kind.number - b.attribute.kind.number ||
  a.ordinal - b.ordinal ||
  a.attribute.number - b.attribute.number ||
  (a.fact.op === b.fact.op ? 0 : a.fact.op === 'retract' ? -1 : 1)

const INSTANT: ValueType = { base: 'instant', micros: false }

function timeOf(view: FactView, name: string, t: number): string | null {
  const [fact] = view.values(view.schema.attribute(`:tx/${name}`), t)
  return fact === undefined ? null : (jsonValue(fact.value, view, INSTANT) as string)
}
